"""What a number becomes must not depend on where in which array it stands.

Results are bit-identical for every bucket, batch and stacking only if NumPy computes each element alike
in the middle and at the ends of an array, aligned or not.  It does for arrays that go forward in memory.
It does *not* promise it for arrays that are read backwards (``x[::-1]``) nor between ``x ** 2`` of an
array and of a single number: both take other routes in NumPy 2.4 with AVX-512 and differ in the last bit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri

Floats = NDArray[np.float64]

GENERATOR = np.random.default_rng(5)
SIZE = 2_053
UNIT = GENERATOR.random(SIZE) * 0.999 + 0.0005
OTHER = GENERATOR.random(SIZE) + 0.1
WIDE = GENERATOR.normal(0, 12, SIZE)
TIMES = GENERATOR.integers(-(10**8), 10**8, SIZE).astype(np.float64)

FUNCTIONS: dict[str, tuple[Callable[..., Floats], tuple[Floats, ...]]] = {
    "exp": (np.exp, (WIDE,)),
    "expm1": (np.expm1, (WIDE,)),
    "exp2": (np.exp2, (WIDE,)),
    "log": (np.log, (UNIT,)),
    "log1p": (np.log1p, (UNIT,)),
    "log2": (np.log2, (UNIT,)),
    "sin": (np.sin, (WIDE,)),
    "cos": (np.cos, (WIDE,)),
    "tanh": (np.tanh, (WIDE,)),
    "sqrt": (np.sqrt, (UNIT,)),
    "power": (np.power, (OTHER, WIDE)),
    "power by a number": (lambda x: np.power(x, 1.7), (OTHER,)),
    "power of a number": (lambda x: np.power(0.5, x), (WIDE,)),
    "square": (lambda x: x**2, (WIDE,)),
    "divide": (np.divide, (WIDE, OTHER)),
    "reciprocal": (np.reciprocal, (OTHER,)),
    "floor divide": (np.floor_divide, (TIMES, OTHER)),
    "remainder": (np.remainder, (TIMES, OTHER)),
    "ndtri": (ndtri, (UNIT,)),
    "ndtr": (ndtr, (WIDE,)),
    "expit": (expit, (WIDE,)),
    "logistic": (lambda x: 1.0 / (1.0 + np.exp(-x)), (WIDE,)),
    "decay": (lambda x, t: x * np.exp2(t * (-1 / 864_000)), (OTHER, TIMES)),
}

LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100)


def same_bits(a: Floats, b: Floats) -> bool:
    return a.tobytes() == b.tobytes()


def unaligned(x: Floats) -> Floats:
    """A copy whose numbers do not begin at multiples of 8 bytes."""
    view = np.zeros(x.nbytes + 1, np.uint8)[1:].view(np.float64)
    view[:] = x
    return view


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_element_does_not_depend_on_its_place(name: str) -> None:
    function, arguments = FUNCTIONS[name]
    whole = function(*arguments)
    for start in range(40):
        for length in LENGTHS:
            part = slice(start, start + length)
            assert same_bits(function(*(x[part] for x in arguments)), whole[part])
            assert same_bits(function(*(x[part].copy() for x in arguments)), whole[part])
    alone = [function(*(x[i : i + 1] for x in arguments)) for i in range(SIZE)]
    assert same_bits(np.concatenate(alone), whole)
    assert same_bits(function(*(unaligned(x) for x in arguments)), whole)
    shuffled = GENERATOR.permutation(SIZE)
    assert same_bits(function(*(x.take(shuffled) for x in arguments)), whole.take(shuffled))
    rows = [np.stack([x, x, x]) for x in arguments]
    assert same_bits(function(*(x[1, 7:2_000] for x in rows)), whole[7:2_000])


@pytest.mark.parametrize("function", [np.exp, np.exp2, np.sqrt, np.sin, np.cos, np.tanh])
def test_in_place_gives_the_same_bits(function: np.ufunc) -> None:
    x = np.abs(WIDE)
    whole = function(x)
    assert same_bits(function(x, out=x), whole)
