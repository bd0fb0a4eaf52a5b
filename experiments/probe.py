"""A fingerprint of how this machine computes: equal fingerprints give equal bits.

NumPy picks code by processor features, and its functions change their last bits between versions.
Blocks computed under different fingerprints are not mixed in one run.
"""

from __future__ import annotations

import hashlib

import numpy as np


def probe() -> str:
    """Hash of ``exp``, ``log``, powers and sums over a fixed vector, and of NumPy's version.

    >>> probe() == probe()
    True
    """
    x = np.linspace(-20.0, 20.0, 4_099)
    positive = np.abs(x) + 1e-3
    values = (np.exp(x), np.log(positive), np.exp2(x), np.sqrt(positive), np.cos(x), np.power(positive, 0.37))
    digest = hashlib.sha256(np.__version__.encode())
    for value in values:
        digest.update(value.tobytes())
        digest.update(np.add.reduce(value).tobytes())
    return digest.hexdigest()
