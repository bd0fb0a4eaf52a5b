"""How often intervals of returns (ROMI) with few replications, and of rare events, cover the truth.

    python -m benchmarks.coverage [--draws 2000]

Returns: worlds whose truth is known, skewed contributions and costs of single customers, a few hundred of them in a
replication.  ``contacts``: every message costs the same and hardly anybody buys.  ``discounts``: most of the cost are
discounts of those who buy.  ``shared``: the same, with a season that all customers of a replication share.  ``gifts``:
only one customer in a hundred costs anything.  Printed are the shares of intervals that cover, by the jackknife and as
:func:`experiments.ratios.return_over_replications` tells it (Fieller), how many of the latter have an end on one side
only or on none, and the coverage of the difference of two such arms' returns by the jackknife.

Rare events: so many are to be expected in all replications of about 1,800 customers together.  Printed is how many
intervals of a rate cover, and in how many of 100 comparisons without an effect a difference is decided: of shares of
customers, of whom so many are to be expected in one arm only and as many in the other, and of rates of two arms.  Each
by the replications alone (Student's t, jackknife), and as it is told.

Rare orders: the same of a difference of contribution in which messages cost little and so many customers' orders differ
in all replications together, of skewed amounts; all of them gain, or as many lose.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.bounded import within_bounds
from experiments.metrics import catalogue
from experiments.moments import Moments, difference_name
from experiments.paired import paired_difference
from experiments.ratios import jackknife_ratio, jackknife_ratio_difference, return_over_replications
from experiments.shares import paired_rates, pooled_share
from experiments.statistics import LEVEL, Estimate, over_replications
from experiments.tables import MOVED

Floats = NDArray[np.float64]
World = Callable[[np.random.Generator, tuple[int, int]], tuple[Floats, Floats]]
"""From a generator and (replications, customers): gain and cost of every customer."""

Counts = NDArray[np.integer[Any]]
Judged = tuple[list[bool], list[bool]]
"""By the replications alone, and as told."""

REPLICATIONS = (2, 3, 5, 10, 20)
CUSTOMERS = (100, 300, 1_000)


def contacts(luck: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Eight messages each; one customer in twenty buys because of them, one in thirty does not buy for them."""
    cost = 0.5 * luck.poisson(8.0, shape)
    won = np.where(luck.random(shape) < 0.05, luck.lognormal(6.0, 1.2, shape), 0.0)
    lost = np.where(luck.random(shape) < 0.03, luck.lognormal(6.0, 1.2, shape), 0.0)
    return np.asarray(won - lost - cost), np.asarray(cost)


def discounts(luck: np.random.Generator, shape: tuple[int, int], season: float = 0.0) -> tuple[Floats, Floats]:
    """One customer in seventeen buys with 15 % off, three in ten of them because of it.

    season: logarithmic standard deviation of what a replication's customers share.
    """
    shared = np.exp(season * luck.normal(size=(shape[0], 1)) - season**2 / 2.0)
    order = np.where(luck.random(shape) < 0.06, luck.lognormal(7.5, 1.0, shape), 0.0)
    cost = 0.3 * luck.poisson(5.0, shape) + 0.15 * order * shared
    because = luck.random(shape) < 0.3 * np.minimum(shared, 3.0)
    return np.where(because, 0.35 * order, 0.0) - cost, cost


def shared(luck: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Discounts in seasons that differ by three tenths."""
    return discounts(luck, shape, 0.3)


def gifts(luck: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """One customer in a hundred gets a gift, half of them buy because of it."""
    order = np.where(luck.random(shape) < 0.01, luck.lognormal(7.5, 1.2, shape), 0.0)
    cost = 0.3 * order
    gain = np.where(luck.random(shape) < 0.5, 0.5 * order, 0.0) + luck.normal(0.0, 30.0, shape)
    return gain - cost, cost


WORLDS: Mapping[str, World] = {"contacts": contacts, "discounts": discounts, "shared": shared, "gifts": gifts}


def draw(world: World, luck: np.random.Generator, replications: int, customers: int) -> tuple[Floats, Floats]:
    """Sums of gain and cost of each replication, each (R,)."""
    gain, cost = world(luck, (replications, customers))
    return gain.sum(axis=1), cost.sum(axis=1)


def truth(world: World, thousands: int = 4_000) -> float:
    """The return of so many thousand customers."""
    gains, costs = draw(world, np.random.default_rng(1), thousands, 1_000)
    return float(gains.sum() / costs.sum())


def covers(figure: Estimate, value: float) -> bool:
    """Whether the interval holds a value; one without end holds all on that side, no figure excludes none."""
    low = -np.inf if figure.low is None else figure.low
    high = np.inf if figure.high is None else figure.high
    return bool(low <= value <= high)


def report(draws: int) -> None:
    """Draw and print."""
    print("world      customers  R   jackknife    told  open ends difference")
    for name, world in WORLDS.items():
        value = truth(world)
        for customers in CUSTOMERS:
            for replications in REPLICATIONS:
                luck = np.random.default_rng(2)
                one, other = ([draw(world, luck, replications, customers) for _ in range(draws)] for _ in range(2))
                plain = [jackknife_ratio(*sums) for sums in one]
                told = [return_over_replications(*sums) for sums in one]
                apart = [jackknife_ratio_difference(a, b, LEVEL) for a, b in zip(one, other, strict=True)]
                print(
                    f"{name:10s} {customers:9,d} {replications:2d} {_share(plain, value):11.3f} "
                    f"{_share(told, value):7.3f} {np.mean([not figure.known for figure in told]):10.3f} "
                    f"{_share(apart, 0.0):11.3f}",
                    flush=True,
                )


EVENTS = (0.5, 1.0, 3.0, 8.0, 20.0)
WORLDS_OF_FEW = (2, 4, 8, 20)


def few_paired(more: Counts, less: Counts, customers: Floats) -> list[Moments]:
    """Replications of ``customers``, of whom ``more`` complained in our arm only, ``less`` in the other; all (R,)."""
    names = (difference_name("complained"), "complained")
    made = []
    for one, other, count in zip(more.tolist(), less.tolist(), customers.tolist(), strict=True):
        sums, products = np.array([one - other, other]), np.array([[one + other, -other], [-other, other]])
        made.append(Moments(names, int(count), sums / count, products - np.outer(sums, sums) / count))
    return made


def few_rates(events: Counts, messages: Floats) -> tuple[Floats, Floats]:
    """Events and messages of replications as rates are made of, each (R,)."""
    return events.astype(np.float64), messages


def report_few(draws: int) -> None:
    """Draw and print what becomes of rare events."""
    metric = catalogue()["complained"]
    print("           rate covers     false alarms: customers       rates")
    print("R  events  alone   told           alone   told       alone   told")
    for replications in WORLDS_OF_FEW:
        for events in EVENTS:
            luck, each = np.random.default_rng(3), events / replications
            covered, customers, rates = ([], []), ([], []), ([], [])  # type: tuple[Judged, Judged, Judged]
            for _ in range(draws):
                sizes = luck.binomial(2_000, 0.9, (2, replications)).astype(np.float64)
                first, second = luck.poisson(each * sizes / 1_800.0)
                ours, theirs = few_rates(first, sizes[0]), few_rates(second, sizes[1])
                for into, figure in zip(covered, _levels(ours), strict=True):
                    into.append(covers(figure, each / 1_800.0))
                steps = over_replications((first - second) / sizes[0])
                happened = first.any() or second.any()
                paired = paired_difference(few_paired(first, second, sizes[0]), metric)[0] if happened else steps
                plain = jackknife_ratio_difference(ours, theirs, LEVEL)
                apart = paired_rates(ours, theirs, (1.0, 1.0), LEVEL)[0]
                for into, figure in zip((*customers, *rates), (steps, paired, plain, apart), strict=True):
                    into.append(figure.decided)
            told = [f"{np.mean(one):6.3f} {np.mean(other):6.3f}" for one, other in (covered, customers, rates)]
            print(f"{replications:2d} {events:6.1f} {told[0]}     {told[1]}   {told[2]}", flush=True)


ORDER = 900.0
"""What an order brings on average, before marketing."""


def few_orders(luck: np.random.Generator, customers: int, amounts: Floats, sigma: float) -> Moments:
    """A replication in which the orders of some customers differ by ``amounts``, each of another customer.

    Three customers in ten of the baseline have an order, lognormal with ``sigma`` and mean ORDER; one customer in
    twenty gets one message more at 0.12.
    """
    orders = (luck.random(customers) < 0.3).astype(np.float64)
    brought = orders * luck.lognormal(-(sigma**2) / 2.0, sigma, customers) * ORDER
    steps = np.zeros(customers)
    steps[luck.choice(customers, len(amounts), replace=False)] = amounts
    sent = (luck.random(customers) < 0.05).astype(np.float64)
    moved = {"contribution_before_marketing": steps, "orders": np.sign(steps), "offer_cost": np.zeros(customers)}
    costs = {"sent": sent, "contact_cost": 0.12 * sent, "marketing_cost": 0.12 * sent}
    apart = {"contribution": steps - 0.12 * sent, **moved, **costs}
    base = {"contribution": brought, "contribution_before_marketing": brought, "orders": orders}
    named = {difference_name(name): values for name, values in apart.items()}
    return Moments.of(named | base | {MOVED: steps != 0.0})


def report_orders(draws: int) -> None:
    """Draw and print what becomes of money that hangs on few orders."""
    metric = catalogue()["contribution"]
    print("                      covers: all gain      as many lose     decided: all gain   as many lose")
    print("sigma  R  orders     alone   told       alone   told          alone   told       alone   told")
    for sigma in (0.0, 0.8, 1.2):
        for replications in (2, 4, 10):
            for events in (0.5, 2.0, 6.0, 15.0):
                luck, told = np.random.default_rng(4), []
                for gaining in (1.0, 0.5):
                    value = (2.0 * gaining - 1.0) * events * ORDER / (replications * 500.0) - 0.05 * 0.12
                    found = [_orders(luck, replications, events, gaining, sigma) for _ in range(draws)]
                    plain = [over_replications(np.array([m.average("Δcontribution") for m in each])) for each in found]
                    as_told = [paired_difference(each, metric)[0] for each in found]
                    told.append([_share(plain, value), _share(as_told, value)])
                    told.append([float(np.mean([one.decided for one in figures])) for figures in (plain, as_told)])
                cells = "     ".join(f"{alone:6.3f} {other:6.3f}" for alone, other in (*told[::2], *told[1::2]))
                print(f"{sigma:5.1f} {replications:2d} {events:6.1f}    {cells}", flush=True)


def _orders(luck: np.random.Generator, replications: int, events: float, gaining: float, sigma: float) -> list[Moments]:
    made = []
    for count in luck.poisson(events / replications, replications):
        amounts = luck.lognormal(-(sigma**2) / 2.0, sigma, count) * ORDER
        made.append(few_orders(luck, 500, np.where(luck.random(count) < gaining, amounts, -amounts), sigma))
    return made


def _levels(sums: tuple[Floats, Floats]) -> tuple[Estimate, Estimate]:
    """A rate by the jackknife, its interval from 0 on, and as it is told; without an event both are exact."""
    told = pooled_share(*sums, 1.0, LEVEL)
    alone = jackknife_ratio(*sums)
    return within_bounds(alone, high=1.0) if alone.known else told, told


def _share(figures: list[Estimate], value: float) -> float:
    """Coverage."""
    return float(np.mean([covers(figure, value) for figure in figures]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2_000)
    count = parser.parse_args().draws
    report(count)
    report_few(count)
    report_orders(count)
