"""Keyed luck: a random number is a pure function of what it is for, never a generator's next value.

A *key* is 64 bits that name one occurrence (a customer, a visit, a contact); a *purpose* is a
64-bit digest of a name fixed in code.  ``child`` makes the key of a caused occurrence,

    child = mix(mix(parent XOR purpose) + ordinal),

and a draw hashes key and purpose once, ``bits = mix(key XOR purpose)``.  ``mix`` is the finaliser
of SplitMix64 (Steele, Lea, Flood 2014, variant 13 of Stafford), a bijection of 64 bits, so equal
results need equal inputs up to chance collisions of 2^-64 a pair.

Nothing here has state, so neither batch size nor order nor the number of processes can change a draw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Purpose = NDArray[np.uint64]
"""A 0-d array: a third cheaper per call than a NumPy scalar on small cohorts."""

_M1 = np.array(0xBF58476D1CE4E5B9, np.uint64)
_M2 = np.array(0x94D049BB133111EB, np.uint64)
_S30, _S27, _S31 = (np.array(shift, np.uint64) for shift in (30, 27, 31))
_S12 = np.array(12, np.uint64)
_S32 = np.array(32, np.uint64)
_LOW32 = np.array(0xFFFFFFFF, np.uint64)
_2_52, _2_53 = np.array(2.0**-52), np.array(2.0**-53)
_2_32, _2_33 = np.array(2.0**-32), np.array(2.0**-33)

_ALL = (1 << 64) - 1

Number = TypeVar("Number", int, NDArray[np.int64])

_names: dict[str, int] = {}


class KeyUsedTwiceError(AssertionError):
    """Two draws of one world hashed the same 64 bits: they would share their luck."""


def purpose(name: str) -> Purpose:
    """The 64-bit digest of a name fixed in code; made once, at import.

    Raises ValueError when a name is declared twice, so that no two places share a purpose unaware.
    """
    if name in _names:
        raise ValueError(f"purpose '{name}' is declared twice")
    digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    _names[name] = digest
    return np.array(digest, np.uint64)


def mix(x: Keys) -> Keys:
    """SplitMix64's finaliser, in place; ``x`` belongs to the caller.  Returns ``x``."""
    t = x >> _S30
    x ^= t
    x *= _M1
    np.right_shift(x, _S27, out=t)
    x ^= t
    x *= _M2
    np.right_shift(x, _S31, out=t)
    x ^= t
    return x


def root(*indices: int) -> int:
    """The 64-bit key that a tuple of indices (seed, base, …) stands for."""
    return root_of_text(",".join(str(index) for index in indices))


def root_of_text(text: str) -> int:
    """The 64-bit digest of a text that a user gave (the constant name of a split), for use as an ordinal."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def child(parent: Keys, purpose: Purpose, ordinal: NDArray[np.int64] | NDArray[np.uint64] | int = 0) -> Keys:
    """Key of an occurrence caused by ``parent``: ``mix(mix(parent ^ purpose) + ordinal)``.

    parent: (n,) uint64; ordinal: an int or (n,) integers that tell siblings apart.
    """
    x = _before_last_mix(parent, purpose, ordinal)
    if _audit is not None:
        _audit.append((int(purpose), x.copy()))
    return mix(x)


def in_bits(number: Number, bits: int, beyond: int) -> Number:
    """A number for so many low bits of an ordinal; what does not fit stands from bit ``beyond`` on.

    So a number that nobody expected to be so large is told apart from what stands above the low bits.

    >>> in_bits(255, 8, 40), in_bits(256, 8, 40) == 1 << 40
    (255, True)
    """
    return number & ((1 << bits) - 1) | (number >> bits) << beyond


def same_child(parent: Keys, purpose: Purpose, ordinal: NDArray[np.int64] | NDArray[np.uint64] | int = 0) -> Keys:
    """The key that :func:`child` gives, where it is worked out again each time it is needed.

    The audit leaves it out: what is drawn from the key is still audited.
    """
    return mix(_before_last_mix(parent, purpose, ordinal))


def sticky_uniform(key: Keys, purpose: Purpose, ordinal: int) -> Floats:
    """The same uniform at every call: for assignments (control, holdout, split) that must not change.

    Thresholds on one ordinal are nested, ordinals are independent.  The audit leaves it out.
    """
    return _unit(mix(_before_last_mix(key, purpose, ordinal)))


def _before_last_mix(parent: Keys, purpose: Purpose, ordinal: NDArray[np.int64] | NDArray[np.uint64] | int) -> Keys:
    x = mix(parent ^ purpose)
    if isinstance(ordinal, int):
        if ordinal:
            x += np.uint64(ordinal & _ALL)
    else:
        x += ordinal.astype(np.uint64, copy=False)
    return x


def bits(key: Keys, purpose: Purpose) -> Keys:
    """64 random bits per key."""
    x = key ^ purpose
    if _audit is not None:
        _audit.append((int(purpose), x.copy()))
    return mix(x)


def uniform(key: Keys, purpose: Purpose) -> Floats:
    """One uniform in (0, 1) per key, 52 bits: the middles of 2^52 equal cells, so neither 0 nor 1 occurs."""
    return _unit(bits(key, purpose))


def _unit(h: Keys) -> Floats:
    """The upper 52 bits as a uniform in (0, 1); ``h`` belongs to the caller."""
    h >>= _S12
    u: Floats = h * _2_52
    u += _2_53
    return u


def uniform_pair(key: Keys, purpose: Purpose) -> tuple[Floats, Floats]:
    """Two independent uniforms in (0, 1) per key out of one hash, 32 bits each.

    For decisions with probabilities well above 2^-32 only; use :func:`uniform` for rare events.
    """
    h = bits(key, purpose)
    u = (h & _LOW32) * _2_32
    u += _2_33
    h >>= _S32
    v = h * _2_32
    v += _2_33
    return u, v


def exponential(key: Keys, purpose: Purpose) -> Floats:
    """One unit exponential per key."""
    u = uniform(key, purpose)
    np.log(u, out=u)
    return np.negative(u, out=u)


def normal(key: Keys, purpose: Purpose) -> Floats:
    """One standard normal per key, by inversion."""
    u = uniform(key, purpose)
    ndtri(u, out=u)
    return u


_audit: list[tuple[int, Keys]] | None = None


@contextmanager
def audit() -> Iterator[None]:
    """Debug mode: every hash input inside the block is remembered; at its end none may occur twice.

    Meant for one world (arms share luck by design, so stacked arms would repeat keys).

    Raises KeyUsedTwiceError with the number of repeated inputs and the names of their purposes.
    """
    global _audit
    _audit = []
    try:
        yield
        drawn = _audit
    finally:
        _audit = None
    used = np.concatenate([inputs for _, inputs in drawn]) if drawn else np.empty(0, np.uint64)
    _, first, counts = np.unique(used, return_inverse=True, return_counts=True)
    repeated = counts.take(first) > 1
    if repeated.any():
        purposes = np.repeat(
            np.array([purpose for purpose, _ in drawn], np.uint64), [inputs.size for _, inputs in drawn]
        )
        name_of = {digest: name for name, digest in _names.items()}
        names = sorted({name_of.get(int(digest), hex(digest)) for digest in np.unique(purposes[repeated])})
        found = f"{used.size - counts.size} of {used.size} keyed draws repeat the key and purpose of another"
        raise KeyUsedTwiceError(f"{found}: {', '.join(names)}")
