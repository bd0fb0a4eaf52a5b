"""The two engines of the benchmark simulate one model, and the cohort engine keeps the kernel's promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks import agreement, core_cohorts, core_naive
from benchmarks import core_model as m
from sim.kernel import luck

pytestmark = pytest.mark.slow

FALSE_ALARMS = 1e-3
"""How often the quick comparison of two equal engines would fail, had it other seeds (Bonferroni)."""


def simulate(**options: int | None) -> core_cohorts.Simulation:
    return core_cohorts.Simulation(customers=400, days=60, seed=3, **options).run()  # type: ignore[arg-type]


def everything(simulation: core_cohorts.Simulation) -> dict[str, np.ndarray]:
    """All state and all counters."""
    state = {name: getattr(simulation, name) for name in ("fatigue", "left", "entered", "run_of_chain", "revenue")}
    state |= {f"sent {i}": simulation.sent[i] for i in range(3)}
    state |= {f"subscribed {i}": simulation.subscribed[i] for i in range(3)}
    return state | simulation.counts | {"reputation": simulation.reputation}


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    for name, values in one.items():
        assert values.tobytes() == other[name].tobytes(), name


def test_the_bucket_and_the_order_of_rows_change_nothing() -> None:
    expected = everything(simulate(bucket=86_400))
    assert expected["clicked"][0] > 50
    for bucket, shuffle in ((21_600, 1), (3_600, None), (300, 2)):
        assert_same(expected, everything(simulate(bucket=bucket, shuffle=shuffle)))


def test_stacked_worlds_equal_separate_ones() -> None:
    stacked = everything(simulate(worlds=3, bucket=21_600))
    separate = [everything(simulate(first_world=world)) for world in range(3)]
    assert_same(stacked, {name: np.concatenate([part[name] for part in separate]) for name in stacked})


def test_no_key_is_used_twice() -> None:
    with luck.audit():
        simulate()


def test_visits_follow_the_hours_of_the_day() -> None:
    """Chi-square over hours of 20,000 visits by the operational clock; chance of failing 1e-4."""
    key = luck.child(np.full(20_000, 5, np.uint64), core_cohorts._FIRST, np.arange(20_000))
    times = core_cohorts.after(np.zeros(key.size, np.int64), luck.uniform(key, core_cohorts._GAP) * 3)
    counts = np.bincount((times - 1) % m.DAY // m.HOUR, minlength=24)
    assert stats.chisquare(counts, m.HOURS * key.size).pvalue > 1e-4
    assert 0 < times.min() <= times.max() <= 3 * m.DAY


def test_time_of_operation_can_be_inverted() -> None:
    """From any second, a gap of whole days leads to the same second of a later day."""
    time = np.arange(0, m.DAY, 7)
    for days in (1, 5):
        assert np.abs(core_cohorts.after(time, np.full(time.size, float(days))) - time - days * m.DAY).max() <= 1


def test_both_engines_agree() -> None:
    """20 small worlds against 200: every ratio within chance of 1 (t test on logarithms, 19 degrees of freedom)."""
    customers, days, worlds = 300, 90, 20
    naive = np.concatenate([agreement.naive_world(seed, customers, days) for seed in range(1, worlds + 1)])
    cohorts = agreement.cohort_worlds(0, 10 * worlds, customers, days)
    far = stats.t.isf(FALSE_ALARMS / len(agreement.STATISTICS) / 2, worlds - 1)
    for row in agreement.compare(naive, cohorts):
        error = np.log(row.high / row.low) / 2 / agreement.NORMAL_95
        assert abs(np.log(row.ratio)) < far * error, row.name
        assert error < (0.05 if row.bound == agreement.BOUND else 0.2), row.name


def test_a_comparison_is_judged_by_its_whole_interval() -> None:
    generator = np.random.default_rng(1)
    naive = 1 + 0.01 * generator.normal(size=(50, len(agreement.STATISTICS)))
    same, higher = agreement.compare(naive, naive), agreement.compare(naive, 1.019 * naive)
    assert all(row.inside for row in same)
    assert not any(row.inside for row in higher)
    text = agreement.table(higher)
    assert " ".join(text.splitlines()[0].split()) == "statistic naive cohorts ratio 90 % interval bound ok"
    assert text.count("NO") == len(agreement.STATISTICS)


def test_naive_caps_hold() -> None:
    """The rival is checked, too: at most one send a calendar day and three in seven days."""
    world = core_naive.World(200, 1)
    sends: dict[int, list[float]] = {}
    for number, customer in enumerate(world.customers):

        class Remembering(type(customer.sent)):  # type: ignore[misc]
            log = sends.setdefault(number, [])

            def append(self, time: float) -> None:
                self.log.append(time)
                super().append(time)

        customer.sent = Remembering(maxlen=3)
    world.env.run(until=60 * m.DAY)
    times = [np.array(log) for log in sends.values() if len(log) > 3]
    assert len(times) > 100
    assert all((np.diff(log // m.DAY) >= 1).all() for log in times)
    assert all((log[3:] - log[:-3] >= m.CAP_WINDOW).all() for log in times)
