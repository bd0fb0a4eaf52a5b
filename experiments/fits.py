"""How the fits behind predictive segments went: which of them have no top within reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.btyd import NAMES
from strategies.predictions import PARAMETERS

FITS = "fits"
"""Key beside the names of the parameters: how many fits there were."""


def fits_at_bounds(path: NDArray[np.generic], arms: Sequence[str]) -> dict[str, dict[str, int]]:
    """Arm → number of its fits, and of those that stopped at a bound of each parameter; arms without such are left out.

    path: (settlements, arms or more, replications, 6) recorded :data:`strategies.predictions.PARAMETERS`.
    """
    bits = np.asarray(path[..., PARAMETERS.index("bounds")]).astype(np.int64)
    found = {}
    for number, arm in enumerate(arms):
        counts = {name: int((bits[:, number] >> bit & 1).sum()) for bit, name in enumerate(NAMES)}
        if any(counts.values()):
            fitted = np.asarray(path[:, number, :, PARAMETERS.index("r")]) != 0
            found[arm] = {FITS: int(fitted.sum()), **{name: count for name, count in counts.items() if count}}
    return found


def bounds_in_words(counts: dict[str, Any]) -> str:
    """``a in 3 of 20 fits, b in 2``."""
    first, *others = (name for name in counts if name != FITS)
    return ", ".join([f"{first} in {counts[first]} of {counts[FITS]} fits", *(f"{n} in {counts[n]}" for n in others)])
