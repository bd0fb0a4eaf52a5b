"""Money that hangs on few customers: what so few orders allow is in the interval, and many change nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.coverage import ORDER, covers, few_orders
from experiments.comparison import compare
from experiments.measures import Measures
from experiments.metrics import catalogue
from experiments.moments import Moments
from experiments.paired import paired_difference
from experiments.rare_money import FewMoved, few_moved
from experiments.relevance import settled, size_p
from experiments.statistics import FEW, Estimate, estimate, over_replications
from experiments.tables import SILENT, RunTables
from tests.experiments.made_runs import MadeArm, made_tables
from tests.experiments.weighed import weight_alone

CONTRIBUTION = catalogue()["contribution"]


def drawn(amounts: list[list[float]], customers: int = 500) -> list[Moments]:
    """Replications in which orders differ by these amounts; the baseline's orders bring ORDER each."""
    luck = np.random.default_rng(5)
    return [few_orders(luck, customers, np.array(each), 0.0) for each in amounts]


def told(figure: Estimate) -> tuple[float, float]:
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.high


def plain(moments: list[Moments]) -> Estimate:
    return over_replications(np.array([m.average("Δcontribution") for m in moments]))


def test_where_nobodys_orders_differ_the_interval_allows_for_those_that_were_not_seen() -> None:
    """No event of n has the exact upper limit − ln 0.025 / n, here of orders of ORDER each."""
    moments = drawn([[], [], [], []])
    figure, _, within = paired_difference(moments, CONTRIBUTION)
    most = -math.log(0.025) * ORDER / 2_000.0
    low, high = told(figure)
    assert figure.moved == 0
    assert high - (figure.value or 0.0) == pytest.approx(most, rel=1e-6)
    assert (figure.value or 0.0) - low == pytest.approx(most, rel=1e-6)
    assert within is not None
    assert told(within) == pytest.approx((low, high))
    assert weight_alone(plain(moments), 0.05) == "nil"  # the cost of the messages
    assert weight_alone(figure, 0.05) == "open"
    assert weight_alone(figure, 5.0) == "nil"


def test_many_customers_whose_orders_differ_change_no_interval() -> None:
    few, many = drawn([[700.0, -800.0, 500.0, 300.0]] * 3), drawn([[700.0, -800.0, 500.0, 300.0, -400.0]] * 4)
    assert sum(m.total("moved") for m in many) >= FEW
    assert few_moved(many, CONTRIBUTION) is None
    assert told(paired_difference(many, CONTRIBUTION)[0]) == told(plain(many))
    assert told(paired_difference(few, CONTRIBUTION)[0])[0] < told(plain(few))[0]


def test_the_same_at_another_price_moves_nobody() -> None:
    """Nothing but the cost of messages differs: no order could."""
    columns = ("contribution", "contribution_before_marketing", "marketing_cost", "contact_cost", "offer_cost", "sent")
    paid = np.array([0.1, 0.0, 0.2, 0.1])
    steps = {f"Δ{name}": np.zeros(4) for name in columns} | {"Δcontact_cost": paid, "Δmarketing_cost": paid}
    moments = Moments.of(steps | {"Δcontribution": -paid} | {"orders": np.ones(4), "moved": np.zeros(4)})
    assert few_moved([moments], CONTRIBUTION) is None


def priced(offers: list[float], replications: int = 1) -> list[Moments]:
    """Nobody's orders differ, but one message does, and the discounts given on orders by these amounts."""
    luck = np.random.default_rng(5)
    found = few_orders(luck, 500, np.array([]), 0.0)
    place = [found.place(name) for name in ("Δoffer_cost", "Δcontribution", "Δmarketing_cost")]
    given = np.zeros((500, len(found.columns)))
    given[: len(offers), place] = np.outer(offers, (1.0, -1.0, 1.0))
    mean = found.mean + given.mean(axis=0)
    co_moment = found.co_moment + given.T @ given - 500 * np.outer(given.mean(axis=0), given.mean(axis=0))
    return [replace(found, mean=mean, co_moment=co_moment)] * replications


@pytest.mark.parametrize("replications", [1, 2, 4])
@pytest.mark.parametrize("offers", [[], [50.0], [50.0, -50.0], [50.0, -50.0, 20.0], [1e-13], [1e-13, -1e-13]])
def test_discounts_alone_that_differ_and_may_cancel_out_are_at_least_of_one_customer(
    offers: list[float], replications: int
) -> None:
    """Their size is no more than they come to together, and one unseen order is allowed for in each direction."""
    moments = priced(offers, replications)
    found = few_moved(moments, CONTRIBUTION)
    assert found is not None
    assert found.moved == 0
    assert found.size <= math.sqrt(replications * sum(one**2 for one in offers)) + 1e-3
    assert found.centre == pytest.approx(-sum(offers) / 500.0, abs=1e-6)
    low, high = told(paired_difference(moments, CONTRIBUTION)[0])
    assert high - low >= 2.0 * -math.log(0.025) * ORDER / (500.0 * replications) * 0.99


def test_nobodys_orders_differ_where_a_sum_of_floats_alone_does() -> None:
    """Tasks cost 200 ₽ more: what orders bring is the sum of what is left and what was paid, and not moved by it."""
    tables = made_tables((MadeArm("calm", noise=1.0), MadeArm("calls", noise=1.0)), replications=2, customers=300)
    left = 65.2145 + 0.3137 * pl.col("customer")
    paid = 0.1 + 200.0 * ((pl.col("arm") == "calls") & (pl.col("customer") % 7 == 0))
    outcomes = tables.outcomes.with_columns(
        contribution=left - paid, contact_cost=paid, offer_cost=pl.lit(0.0), orders=pl.lit(1, pl.Int32)
    )
    made = Measures(replace(tables, outcomes=outcomes), "calm").aggregates.pair("calls", "calm")
    assert all(m.is_zero("Δcontribution_before_marketing") for m in made)
    row = compare(replace(tables, outcomes=outcomes)).find("calls", "calm", "contribution")
    assert row is not None
    told(row.estimate)


def test_nobody_at_all_has_no_few() -> None:
    assert few_moved([m.emptied() for m in drawn([[900.0], []])], CONTRIBUTION) is None
    assert few_moved([], CONTRIBUTION) is None


def test_only_money_that_orders_bring_is_told_so() -> None:
    moments = drawn([[900.0], []])
    assert few_moved(moments, catalogue()["marketing_cost"]) is None
    assert few_moved(moments, catalogue()["orders"]) is None
    assert few_moved(moments, catalogue()["contribution_before_marketing"]) is not None


@pytest.mark.parametrize("count", [1, 2, 5, 8, 15])
def test_equal_gains_have_the_limits_of_their_number(count: int) -> None:
    """Garwood's limits of a Poisson count, times the size (Fay and Feuer 1997 for equal weights)."""
    found = FewMoved(count, 0.0, 900.0, 900.0, 2_000.0, count)
    low, high = (900.0 / 2_000.0 * stats.gamma.ppf(q, k) for q, k in ((0.025, count), (0.975, count + 1)))
    side = found._side(count, 0.95)
    assert told(side) == pytest.approx((low, high))
    assert found.ends()[1] >= high - 1e-9
    assert found.around(estimate(found.centre, 1e-6)).decided == (count > 5)  # McNemar: p = 0.0625 of 5, 0.03125 of 6


AMOUNTS = st.lists(
    st.lists(st.floats(-3_000.0, 3_000.0).filter(lambda x: abs(x) > 1.0), max_size=5), min_size=2, max_size=5
)


@pytest.mark.slow
@given(AMOUNTS)
def test_intervals_turn_with_the_arms_and_scale_with_the_currency(amounts: list[list[float]]) -> None:
    assume(0 < sum(map(len, amounts)) < FEW)
    found = few_moved(drawn(amounts), CONTRIBUTION)
    turned = few_moved(drawn([[-one for one in each] for each in amounts]), CONTRIBUTION)
    assert found is not None
    assert turned is not None
    low, high = found.ends()
    assert turned.ends() == pytest.approx((-high, -low), abs=1e-9)
    assert found.turned().ends() == pytest.approx((-high, -low), abs=1e-9)
    assert low <= found.centre <= high
    scaled = FewMoved(found.more, found.less, 3.0 * found.size, 3.0 * found.unseen, found.customers)
    assert scaled.ends() == pytest.approx((3.0 * low, 3.0 * high))
    figure = paired_difference(drawn(amounts), CONTRIBUTION)[0]
    assert figure.decided == ((1.0 if figure.p is None else figure.p) < 0.05)
    assert figure.decided == ((figure.certainty or 0.5) > 0.975 or (figure.certainty or 0.5) < 0.025)
    for least in (0.01, 0.5, 2.0):
        assert settled(figure, least) == (size_p(figure, least) <= 0.05 + 1e-9)


def test_an_arm_that_moves_few_has_a_return_and_periods_as_wide_as_its_gain() -> None:
    """Twelve more buyers of 1 500 customers: ROMI and contribution of the horizon are not surer than contribution."""
    tables = made_tables((MadeArm("calm", noise=1.0),), replications=3, customers=500, control=0.0)
    found = compare(_with_buyers(tables, [5, 4, 3]))
    gain, romi = found.true_difference("calm", SILENT, "contribution"), found.arms[0].metrics["romi"]
    part = found.true_difference("calm", SILENT, "contribution_horizon")
    assert gain is not None
    assert part is not None
    assert gain.moved == romi.moved == part.moved == 12
    assert romi.decided == gain.decided
    measures = Measures(_with_buyers(tables, [5, 4, 3]), "calm")
    cost = float(measures.gain_and_cost(catalogue()["romi"], "calm", SILENT)[1].sum()) / 1_500.0
    moved = few_moved(measures.aggregates.pair("calm", SILENT), CONTRIBUTION)
    assert moved is not None
    low, high = moved.ends()
    assert told(romi)[1] - (romi.value or 0.0) >= (high - moved.centre) / cost - 1e-9
    assert told(part)[0] <= (part.value or 0.0) - (moved.centre - low) + 1e-9


def _with_buyers(tables: RunTables, counts: list[int]) -> RunTables:
    """All orders alike in both arms, but for so many more of the arm in each replication, of 900 ₽ each."""
    more = pl.col("customer") < pl.col("replication").replace_strict(dict(enumerate(counts)), return_dtype=pl.Int64)
    mine = (pl.col("arm") == "calm") & more
    orders = pl.lit(1, pl.Int32) + mine.cast(pl.Int32)
    outcomes = tables.outcomes.with_columns(
        orders=orders,
        contribution=900.0 * orders - pl.col("contact_cost"),
        revenue=2_000.0 * orders,
        repeat_orders=orders - 1,
    )
    return replace(tables, outcomes=outcomes)


@pytest.mark.slow
def test_small_runs_cover_the_effect_of_rare_orders() -> None:
    """300 draws of four replications with two orders in all: at 95 % fewer than 270 covered is once in 10⁴."""
    luck = np.random.default_rng(3)
    as_told = alone = 0
    for _ in range(300):
        counts = luck.poisson(0.5, 4)
        moments = drawn([list(luck.lognormal(6.5, 0.8, count)) for count in counts], 300)
        value = 2.0 * math.exp(6.5 + 0.32) / 1_200.0 + sum(m.average("Δcontribution") for m in drawn([[]] * 4, 300)) / 4
        as_told += covers(paired_difference(moments, CONTRIBUTION)[0], value)
        alone += covers(plain(moments), value)
    assert as_told >= 270
    assert alone < 270
