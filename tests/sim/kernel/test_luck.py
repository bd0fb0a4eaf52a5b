"""Keyed luck looks like luck, for the very regular keys that a simulation has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.kernel import luck

FALSE_ALARMS = 1e-3
"""How often a perfect source of luck would fail any of the BATTERY, had it other keys: each of the
battery's tests is two-sided at FALSE_ALARMS / len(BATTERY) (Bonferroni).  Keys are fixed, so a run
repeats itself."""

N = 1 << 17
A = luck.purpose("tests.luck.a")
B = luck.purpose("tests.luck.b")
CHILD = luck.purpose("tests.luck.child")
ROOT = np.array([luck.root(2026, 1)], np.uint64)

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]


def purposes(n: int) -> Keys:
    """Digests of n names, as :func:`luck.purpose` makes them."""
    digests = (hashlib.blake2b(f"tests.{i}".encode(), digest_size=8).digest() for i in range(n))
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)


def one_bit_apart() -> Keys:
    """2^11 keys, each with its 64 neighbours at distance one bit: neighbours stand side by side."""
    base = luck.child(np.repeat(ROOT, N // 64), CHILD, np.arange(N // 64))
    return (base[:, None] ^ (np.uint64(1) << np.arange(64, dtype=np.uint64))).ravel()


KEYS: dict[str, Keys] = {
    "0, 1, 2, …": np.arange(N, dtype=np.uint64),
    "multiples of 2^40": np.arange(N, dtype=np.uint64) << np.uint64(40),
    "one bit apart": one_bit_apart(),
    "neighbouring ordinals of one parent": luck.child(np.repeat(ROOT, N), CHILD, np.arange(N)),
    "one ordinal of neighbouring parents": luck.child(np.arange(N, dtype=np.uint64), CHILD, 3),
    "grandchildren": luck.child(
        luck.child(np.repeat(ROOT, N), CHILD, np.arange(N) // 8), A, np.arange(N, dtype=np.int64) % 8
    ),
}

DRAWS: dict[str, Callable[[Keys], Floats]] = {
    "uniform": lambda key: luck.uniform(key, A),
    "first of a pair": lambda key: luck.uniform_pair(key, A)[0],
    "second of a pair": lambda key: luck.uniform_pair(key, A)[1],
    "exponential": lambda key: -np.expm1(-luck.exponential(key, A)),
    "normal": lambda key: stats.norm.cdf(luck.normal(key, A)),
}


def kolmogorov(u: Floats) -> float:
    return float(stats.kstest(u, "uniform").pvalue)


def cells(index: NDArray[np.int64], n: int) -> float:
    """Chi-square of equally likely cells 0 … n-1."""
    return float(stats.chisquare(np.bincount(index, minlength=n)).pvalue)


def pairs(u: Floats, v: Floats) -> float:
    """Chi-square over 16 × 16 cells: each of the two uniform, and both independent."""
    return cells((u * 16).astype(np.int64) * 16 + (v * 16).astype(np.int64), 256)


def serial(u: Floats) -> float:
    """Correlation of neighbours."""
    z = np.sqrt(12.0) * (u - 0.5)
    return float(stats.norm.cdf((z[1:] * z[:-1]).sum() / np.sqrt(u.size - 1)))


def low_bits(key: Keys) -> float:
    return cells((luck.bits(key, A) & np.uint64(255)).astype(np.int64), 256)


def avalanche(key: Keys) -> float:
    """Each input bit, flipped from 0 to 1, flips each output bit half the time (64 × 64 counts)."""
    z2 = 0.0
    for bit in np.uint64(1) << np.arange(64, dtype=np.uint64):
        off = key[key & bit == 0]
        flipped = luck.bits(off, A) ^ luck.bits(off | bit, A)
        counts = np.unpackbits(flipped.view(np.uint8).reshape(-1, 8), axis=1).sum(0, dtype=np.int64)
        z2 += float(((counts - off.size / 2) ** 2).sum()) / (off.size / 4)
    return float(stats.chi2.sf(z2, 64 * 64))


def nested_split(key: Keys) -> dict[str, Callable[[], float]]:
    """A control group of 10 % by one purpose, split again by another: the parts stay fair."""
    u, v = luck.uniform(key, A), luck.uniform(key, B)
    inside = u < 0.1
    return {
        "the share below 10 %": lambda: float(stats.binom.cdf(inside.sum(), u.size, 0.1)),
        "the same draw within the 10 %": lambda: kolmogorov(u[inside] / 0.1),
        "another purpose within the 10 %": lambda: kolmogorov(v[inside]),
        "the share below 10 % of both": lambda: float(stats.binom.cdf((v[inside] < 0.1).sum(), inside.sum(), 0.1)),
    }


def battery() -> dict[str, Callable[[], float]]:
    tests: dict[str, Callable[[], float]] = {}
    for keys, key in KEYS.items():
        for draw, of in DRAWS.items():
            tests[f"uniformity of {draw}, keys {keys}"] = lambda key=key, of=of: kolmogorov(of(key))
        u = luck.uniform(key, A)
        tests[f"low bits, keys {keys}"] = lambda key=key: low_bits(key)
        tests[f"serial correlation, keys {keys}"] = lambda u=u: serial(u)
        tests[f"neighbours in pairs, keys {keys}"] = lambda u=u: pairs(u[:-1:2], u[1::2])
        tests[f"two purposes, keys {keys}"] = lambda u=u, key=key: pairs(u, luck.uniform(key, B))
        tests[f"halves of a pair, keys {keys}"] = lambda key=key: pairs(*luck.uniform_pair(key, A))
        tests[f"parent and child, keys {keys}"] = lambda u=u, key=key: pairs(u, luck.uniform(luck.child(key, A), A))
        tests[f"first and second child, keys {keys}"] = lambda key=key: pairs(
            luck.uniform(luck.child(key, CHILD, 1), A), luck.uniform(luck.child(key, CHILD, 2), A)
        )
        tests[f"avalanche, keys {keys}"] = lambda key=key: avalanche(key[: 1 << 14])
        tests |= {f"{name}, keys {keys}": test for name, test in nested_split(key).items()}
    u = luck.uniform(np.repeat(ROOT, N), purposes(N))  # type: ignore[arg-type]
    tests["uniformity over purposes of one key"] = lambda: kolmogorov(u)
    tests["serial correlation over purposes of one key"] = lambda: serial(u)
    return tests


BATTERY = battery()


@pytest.mark.parametrize("name", BATTERY)
def test_battery(name: str) -> None:
    p = BATTERY[name]()
    assert 2 * min(p, 1 - p) > FALSE_ALARMS / len(BATTERY)


def test_the_battery_sees_a_bad_source() -> None:
    """Power: a multiplicative hash without the finaliser fails where keys are regular."""
    u = (np.arange(N, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) * 2.0**-64
    assert pairs(u[:-1:2], u[1::2]) < 1e-12
    assert serial(u) < 1e-12 or serial(u) > 1 - 1e-12


def test_mix_is_the_finaliser_of_splitmix64() -> None:
    """First outputs of SplitMix64 with seed 1234567, as its author's C code prints them."""
    states = np.uint64(1234567) + np.arange(1, 6, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert luck.mix(states).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def unmix(h: int) -> int:
    """The key that :func:`luck.mix` takes to ``h``."""
    mask = (1 << 64) - 1
    h ^= h >> 31 ^ h >> 62
    h = h * pow(0x94D049BB133111EB, -1, 1 << 64) & mask
    h ^= h >> 27 ^ h >> 54
    h = h * pow(0xBF58476D1CE4E5B9, -1, 1 << 64) & mask
    return h ^ h >> 30 ^ h >> 60


def test_draws_never_reach_their_ends() -> None:
    """The keys whose hash is all zeros and all ones: a uniform of 1 would make a normal infinite."""
    hashes = np.array([0, (1 << 64) - 1], np.uint64)
    key = np.array([unmix(int(h)) for h in hashes], np.uint64) ^ A
    assert np.array_equal(luck.bits(key, A), hashes)
    for draw in (luck.uniform, lambda *k: luck.uniform_pair(*k)[0], lambda *k: luck.uniform_pair(*k)[1]):
        low, high = draw(key, A).tolist()
        assert 0.0 < low < 1e-9
        assert 1 - 1e-9 < high < 1.0
    assert np.isfinite(luck.normal(key, A)).all()
    assert (luck.exponential(key, A) > 0).all()


@pytest.mark.slow
def test_a_million_child_keys_do_not_collide() -> None:
    """Chance of a collision among 3·10^6 random 64-bit keys: 2.4e-7."""
    n = 1_000_000
    siblings = luck.child(np.repeat(ROOT, n), CHILD, np.arange(n))
    nephews = luck.child(siblings[:1_000].repeat(1_000), CHILD, np.tile(np.arange(1_000), 1_000))
    raw = luck.child(np.arange(n, dtype=np.uint64), CHILD)
    assert np.unique(np.concatenate([siblings, nephews, raw])).size == 3 * n


@given(st.integers(0, 2**64 - 1), st.integers(-(2**62), 2**62))
def test_an_ordinal_gives_the_same_child_as_number_and_as_array(parent: int, ordinal: int) -> None:
    key = np.array([parent], np.uint64)
    expected = luck.child(key, CHILD, np.array([ordinal], np.int64))
    assert luck.child(key, CHILD, ordinal) == expected
    assert luck.child(key, CHILD, np.array([ordinal & (1 << 64) - 1], np.uint64)) == expected
    assert key[0] == parent


@pytest.mark.parametrize("draw", [luck.uniform, luck.exponential, luck.normal, luck.bits])
def test_a_draw_does_not_depend_on_its_batch(draw: Callable[[Keys, luck.Purpose], Floats]) -> None:
    key = KEYS["grandchildren"][:5_000]
    whole = draw(key, A)
    assert np.array_equal(np.concatenate([draw(part, A) for part in np.split(key, [1, 4, 9, 64, 1_000])]), whole)
    assert np.array_equal(draw(key[::-1], A)[::-1], whole)


def test_a_key_worked_out_again_is_the_same_and_unaudited() -> None:
    key, ordinal = KEYS["0, 1, 2, …"][:100], np.arange(100)
    with luck.audit():
        made = luck.child(key, CHILD, ordinal)
        assert np.array_equal(luck.same_child(key, CHILD, ordinal), made)
        assert np.array_equal(luck.sticky_uniform(key, A, 7), luck.sticky_uniform(key, A, 7))


def test_sticky_assignments_are_nested_and_ordinals_independent() -> None:
    """Shares and independence by chi-square; chance of failing 1e-4 in all (Bonferroni over three)."""
    key = KEYS["neighbouring ordinals of one parent"]
    one, other = luck.sticky_uniform(key, A, 1), luck.sticky_uniform(key, A, 2)
    assert set(np.flatnonzero(one < 0.1)) < set(np.flatnonzero(one < 0.2))
    assert min(kolmogorov(one), kolmogorov(other), pairs(one, other)) > 1e-4 / 3


def test_roots_tell_indices_apart() -> None:
    roots = {luck.root(*indices) for indices in [(1, 2), (12,), (2, 1), (1, 2, 0), (-1, 2), ()]}
    assert len(roots) == 6


def test_a_purpose_is_declared_once() -> None:
    with pytest.raises(ValueError, match=r"^purpose 'tests\.luck\.a' is declared twice$"):
        luck.purpose("tests.luck.a")


def test_audit_catches_a_key_used_twice_for_one_purpose() -> None:
    key = np.array([1, 2, 3, 2], np.uint64)
    with (  # noqa: PT012
        pytest.raises(luck.KeyUsedTwiceError, match=r"^1 of 7 keyed draws repeat the key and purpose of another: "),
        luck.audit(),
    ):
        luck.uniform(key[:3], A)
        luck.normal(key, B)


def test_audit_catches_a_child_made_twice() -> None:
    with pytest.raises(luck.KeyUsedTwiceError), luck.audit():  # noqa: PT012
        luck.child(ROOT, CHILD, np.array([4]))
        luck.child(ROOT, CHILD, 4)


def test_audit_accepts_several_purposes_of_one_key_and_ends_with_its_block() -> None:
    with luck.audit():
        for purpose in (A, B):
            luck.uniform(ROOT, purpose)
        luck.child(ROOT, CHILD, 1)
        luck.child(ROOT, CHILD, 2)
    luck.uniform(ROOT, A)
    luck.uniform(ROOT, A)
    with pytest.raises(ZeroDivisionError), luck.audit():  # noqa: PT012
        luck.uniform(ROOT, A)
        raise ZeroDivisionError
    assert luck._audit is None


@given(st.integers(0, 1 << 20), st.integers(0, 1 << 20))
def test_a_number_in_a_few_bits_is_told_apart_from_its_neighbours(one: int, other: int) -> None:
    """Small numbers stand as they are, and no two stand alike, nor do their low bits leave the few."""
    told = luck.in_bits(one, 8, 40)
    assert (told == luck.in_bits(other, 8, 40)) == (one == other)
    assert (told == one) == (one < 256)
    assert told % (1 << 40) < 256
