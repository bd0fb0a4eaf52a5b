"""How often the interval of a cost or a share that cannot be negative covers the truth.

    python -m benchmarks.bounds [--draws 5000]

Means of replications of 500 customers.  ``costs``: so many customers cost something, lognormal with σ = 1; ``shares``:
so many did something.  Printed are the shares of intervals that cover, and of those whose upper end is below the truth:
Student's t over replications as it is, and as :func:`experiments.bounded.within_bounds` tells it; how many of
Student's reach below zero; and both coverages among those.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from experiments.bounded import within_bounds
from experiments.statistics import Estimate, over_replications

CUSTOMERS = 500
REPLICATIONS = (2, 3, 4, 8, 20)
RARE = (0.002, 0.01, 0.05)


def means(luck: np.random.Generator, cost: bool, share: float, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Means of replications, of the given shape."""
    who = luck.binomial(CUSTOMERS, share, shape)
    if not cost:
        return who / CUSTOMERS
    paid = np.repeat(np.arange(who.size), who.reshape(-1))
    amounts = luck.lognormal(0.0, 1.0, paid.size)
    return np.bincount(paid, amounts, who.size).reshape(shape) / CUSTOMERS


def report(draws: int) -> None:
    """Draw and print."""
    print("kind    of 1,000   R   Student above    told above   below 0  Student told")
    for cost in (True, False):
        for share in RARE:
            truth = share * np.exp(0.5) if cost else share
            for replications in REPLICATIONS:
                drawn = means(np.random.default_rng(2), cost, share, (draws, replications))
                student = [figure for row in drawn if (figure := over_replications(row)).known]
                told = [within_bounds(figure, high=np.inf if cost else 1.0) for figure in student]
                under = [(figure.low or 0.0) < 0.0 for figure in student]
                columns: tuple[float, ...] = (*_covers(student, truth), *_covers(told, truth), float(np.mean(under)))
                cut = [[f for f, below in zip(each, under, strict=True) if below] for each in (student, told)]
                columns += tuple(_covers(each, truth)[0] for each in cut)
                figures = " ".join(f"{figure:7.3f}" for figure in columns)
                print(
                    f"{'costs' if cost else 'shares':6s} {1_000 * share:9g} {replications:3d}   {figures}", flush=True
                )


def _covers(figures: list[Estimate], truth: float) -> tuple[float, float]:
    """Coverage, and how often the truth lies above; of nothing not a number."""
    if not figures:
        return np.nan, np.nan
    low, high = (np.array([getattr(figure, end) for figure in figures]) for end in ("low", "high"))
    return float(np.mean((low <= truth) & (truth <= high))), float(np.mean(truth > high))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=5_000)
    report(parser.parse_args().draws)
