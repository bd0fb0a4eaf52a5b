"""Rounds keep each customer's own order, and buckets only batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.kernel.agenda import Agenda, Cohort, choose_bucket

from .toy import DAY, Program, Push, programs, reference, run

BUCKETS = (300, 3_600, 6 * 3_600, DAY)

TIES = Program(  # one instant, all kinds, equal keys, rows pushed to the very instant of their cause
    customers=2,
    days=2,
    starts=((0, 3_600, 1, 0), (0, 3_600, 1, 1), (0, 3_600, 0, 1), (1, 3_600, 3, 0), (0, 3_600, 3, 2), (1, 3_600, 3, 0)),
    rules=((Push(0, 0, 1), Push(2, 0, 2)), (Push(1, 0, 2),), ()),
    ordered=frozenset({1}),
)


@pytest.mark.slow
@given(program=programs(), shuffle=st.integers(0, 2**32 - 1))
@example(program=TIES, shuffle=1)
@settings(max_examples=150, deadline=None)
def test_every_bucket_and_every_shuffle_gives_what_one_heap_per_customer_gives(program: Program, shuffle: int) -> None:
    trace, states = reference(program)
    for bucket in BUCKETS:
        got, got_states = run(program, bucket, shuffle)
        assert got == trace
        assert np.array_equal(got_states, states)


@pytest.mark.slow
@given(program=programs())
@settings(max_examples=50, deadline=None)
def test_stacked_worlds_equal_separate_ones(program: Program) -> None:
    trace, states = run(program, DAY)
    stacked, stacked_states = run(program, 6 * 3_600, worlds=3)
    n = program.customers
    assert stacked == [(customer + world * n, *rest) for world in range(3) for customer, *rest in trace]
    assert np.array_equal(stacked_states, np.tile(states, 3))


@pytest.mark.slow
@given(program=programs(), days=st.lists(st.integers(1, 119), max_size=4, unique=True))
@settings(max_examples=50, deadline=None)
def test_stopping_on_the_way_changes_nothing(program: Program, days: list[int]) -> None:
    stops = [day * DAY for day in sorted(days) if day < program.days]
    assert run(program, 3_600, stops=stops)[0] == run(program, 3_600)[0]


def many_rows(agenda: Agenda, customers: int, rows: int) -> list[tuple[int, int, int]]:
    """Random rows of two kinds pushed at once; returns them sorted as they must be met."""
    generator = np.random.default_rng(11)
    customer = generator.integers(0, customers, rows)
    time = generator.integers(0, agenda.end, rows)
    for kind in (0, 1):
        mine = generator.permutation(np.flatnonzero(np.arange(rows) % 2 == kind))
        agenda.push(kind, customer[mine], time[mine], mine.astype(np.uint64), mine)
    return sorted(zip(customer.tolist(), time.tolist(), (np.arange(rows) % 2).tolist(), range(rows), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("bucket", [300, 3_600, DAY])
@pytest.mark.parametrize("days", [3, 400])
def test_long_pushes_are_handed_out_in_each_customers_order(bucket: int, days: int) -> None:
    """Enough rows for the radix sort of long rounds (1,000 rows and more) and for copied parts of pages."""
    agenda = Agenda(700, bucket, 0, days * DAY)
    met: list[tuple[np.ndarray, int]] = []
    for kind in (0, 1):
        agenda.register(kind, lambda c, kind=kind: met.append((np.stack([c.customer, c.time, c.payload]), kind)))
    expected = many_rows(agenda, 700, 30_000)
    agenda.run()
    by_customer = sorted(
        ((c, turn, t, kind, p) for turn, (rows, kind) in enumerate(met) for c, t, p in rows.T.tolist()),
        key=lambda row: row[:2],
    )
    assert [(c, t, kind, p) for c, _, t, kind, p in by_customer] == expected
    assert agenda.rows_handled == 30_000


def collect(agenda: Agenda, *kinds: int) -> list[tuple[int, int, int]]:
    """Register handlers that write (kind, customer, time) down."""
    met: list[tuple[int, int, int]] = []
    for kind in kinds:
        agenda.register(
            kind,
            lambda c, kind=kind: met.extend(
                (kind, who, when) for who, when in zip(c.customer.tolist(), c.time.tolist(), strict=True)
            ),
        )
    return met


def push(agenda: Agenda, kind: int, customers: list[int], times: list[int], keys: list[int] | None = None) -> None:
    key = np.array(keys if keys is not None else range(len(customers)), np.uint64)
    agenda.push(kind, np.array(customers, np.int64), np.array(times, np.int64), key)


def test_cohorts_hold_rows_of_all_customers_and_lower_kinds_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.kernel.rounds.FEW_ROWS", 0)
    agenda = Agenda(3, DAY, 0, DAY)
    cohorts: list[tuple[int, list[int]]] = []
    for kind in (5, 2):
        agenda.register(kind, lambda c, kind=kind: cohorts.append((kind, c.customer.tolist())))
    push(agenda, 5, [0, 1], [10, 20])
    push(agenda, 2, [2, 0], [30, 40])
    agenda.run()
    assert cohorts == [(2, [2]), (5, [0, 1]), (2, [0])]
    assert (agenda.rounds, agenda.cohorts, agenda.rows_handled) == (2, 3, 4)


def test_of_few_rows_the_largest_cohort_goes_first_and_the_others_wait_for_company() -> None:
    agenda = Agenda(3, DAY, 0, DAY)
    cohorts: list[tuple[int, list[int]]] = []
    for kind in (5, 2):
        agenda.register(kind, lambda c, kind=kind: cohorts.append((kind, sorted(c.customer.tolist()))))
    push(agenda, 5, [0, 1], [10, 20])
    push(agenda, 2, [2, 0], [30, 40])
    agenda.run()
    assert cohorts == [(5, [0, 1]), (2, [0, 2])]
    assert (agenda.rounds, agenda.cohorts, agenda.rows_handled) == (2, 2, 4)


def test_a_payload_may_be_one_number_for_all_and_reaches_the_handler() -> None:
    agenda = Agenda(2, DAY, 0, DAY)
    payloads: list[list[int]] = []
    agenda.register(0, lambda c: payloads.append(c.payload.tolist()))
    agenda.push(0, np.array([0, 1]), np.array([5, 5]), np.array([1, 2], np.uint64), -7)
    agenda.run()
    assert payloads == [[-7, -7]]


def test_without_an_end_every_row_waits_however_late() -> None:
    agenda = Agenda(3, 3_600, 0, None)
    seen: list[int] = []
    agenda.register(0, lambda c: seen.extend(c.time.tolist()))
    push(agenda, 0, [0, 1, 2], [10, DAY, 30_000 * DAY])
    agenda.run(DAY)
    assert seen == [10]
    assert sorted(agenda.pending()["time"].tolist()) == [DAY, 30_000 * DAY]
    with pytest.raises(ValueError, match=r"^an agenda without an end must be told until when to run$"):
        agenda.run()


def test_rows_at_or_after_the_end_are_dropped() -> None:
    agenda = Agenda(4, DAY, 0, 2 * DAY + 100)
    met = collect(agenda, 0)
    push(agenda, 0, [0, 1, 2, 3], [2 * DAY + 99, 2 * DAY + 100, 9 * DAY, 0])
    push(agenda, 0, [1], [5 * DAY])
    push(agenda, 0, [1], [2 * DAY + 100])
    agenda.push(0, np.array([1, 2]), np.array([0, 3 * DAY]), np.array([1, 2], np.uint64), np.array([8, 9]))
    assert agenda.pending()["customer"].size == 3
    agenda.run()
    assert sorted(met) == [(0, 0, 2 * DAY + 99), (0, 1, 0), (0, 3, 0)]


def test_history_has_negative_times() -> None:
    agenda = Agenda(2, 3_600, -365 * DAY, 0)
    met = collect(agenda, 0)
    times = [-365 * DAY, -200 * DAY - 1, -1]
    push(agenda, 0, [0, 0, 1], times)
    settled: list[int] = []
    agenda.every(100 * DAY, settled.append)
    agenda.run()
    assert met == [(0, 0, times[0]), (0, 0, times[1]), (0, 1, times[2])]
    assert settled == [-265 * DAY, -165 * DAY, -65 * DAY]


def test_settlements_come_before_the_rows_of_their_instant() -> None:
    agenda = Agenda(1, 3_600, 0, 2 * DAY)
    story: list[str] = []
    agenda.register(0, lambda c: story.append(f"row {int(c.time[0])}"))
    agenda.every(DAY, lambda time: story.append(f"settled {time}"))
    agenda.at(3_600, lambda: story.append("once"))
    push(agenda, 0, [0, 0, 0], [DAY, DAY - 1, 3_600])
    agenda.run()
    assert story == ["once", "row 3600", f"row {DAY - 1}", f"settled {DAY}", f"row {DAY}"]


def test_a_settlement_may_push_rows_of_its_own_instant() -> None:
    agenda = Agenda(1, DAY, 0, 3 * DAY)
    met = collect(agenda, 0)
    agenda.every(DAY, lambda time: push(agenda, 0, [0], [time]))
    agenda.run()
    assert met == [(0, 0, DAY), (0, 0, 2 * DAY)]


def test_a_settlement_at_the_begin_of_a_page_meets_the_rows_kept_there() -> None:
    """Pages open before settlements, so rows of one bucket that come from both are handled together, in order."""
    agenda = Agenda(1, DAY, 0, 70 * DAY)
    met = collect(agenda, 0)
    push(agenda, 0, [0], [64 * DAY + 10])
    agenda.at(64 * DAY, lambda: push(agenda, 0, [0], [64 * DAY + 100]))
    agenda.run()
    assert met == [(0, 0, 64 * DAY + 10), (0, 0, 64 * DAY + 100)]


@pytest.mark.parametrize("stops", [[7 * DAY], [3 * DAY, 7 * DAY], [DAY, 6 * DAY, 7 * DAY]])
def test_a_run_stops_before_the_settlement_of_that_instant_wherever_it_paused(stops: list[int]) -> None:
    agenda = Agenda(1, DAY, 0, 30 * DAY)
    met = collect(agenda, 0)
    settled: list[int] = []
    agenda.every(7 * DAY, settled.append)
    push(agenda, 0, [0], [7 * DAY])
    for stop in stops:
        agenda.run(stop)
    assert (settled, met) == ([], [])
    agenda.run(8 * DAY)
    assert (settled, met) == ([7 * DAY], [(0, 0, 7 * DAY)])


@pytest.mark.slow
def test_pending_rows_can_be_pushed_to_another_agenda() -> None:
    whole, first = Agenda(700, 3_600, 0, 300 * DAY), Agenda(700, 3_600, 0, 300 * DAY)
    second = Agenda(700, DAY, 100 * DAY, 300 * DAY)
    all_rows, early, late = (collect(agenda, 0, 1) for agenda in (whole, first, second))
    many_rows(whole, 700, 5_000)
    many_rows(first, 700, 5_000)
    whole.run()
    first.run(100 * DAY)
    rows = first.pending()
    assert set(rows) == {"customer", "time", "key", "payload", "kind"}
    assert rows["time"].min() >= 100 * DAY
    assert rows["key"].dtype == np.uint64
    for kind in (0, 1):
        mine = rows["kind"] == kind
        second.push(kind, *(rows[name][mine] for name in ("customer", "time", "key", "payload")))
    second.run()
    assert sorted(early + late) == sorted(all_rows)
    assert second.pending()["customer"].size == 0


def test_the_parts_of_a_page_do_not_keep_the_whole_push_alive() -> None:
    """A push of rows far apart must not hold its memory until the last of them is handled."""
    agenda = Agenda(2_000, DAY, 0, 400 * DAY)
    agenda.register(0, lambda c: None)
    customers = np.arange(2_000)
    agenda.push(0, customers, customers * (DAY // 5), customers.astype(np.uint64))
    parts = [block for shelf in (agenda._buckets, agenda._pages) for rows in shelf.values() for _, block in rows]
    assert sum(block.shape[1] for block in parts) == 2_000
    assert all(block.base is None for block in parts)


def test_where_and_take_select_rows() -> None:
    cohort = Cohort(np.arange(3), np.arange(3) * 10, np.arange(3, dtype=np.uint64), np.arange(3) * 100)
    assert cohort.where(np.ones(3, bool)) is cohort
    chosen = cohort.where(np.array([True, False, True]))
    assert (chosen.size, chosen.customer.tolist(), chosen.payload.tolist()) == (2, [0, 2], [0, 200])
    assert cohort.take(np.array([2, 0])).time.tolist() == [20, 0]


@pytest.mark.parametrize(
    ("rows_per_day", "period", "bucket"),
    [(1e3, DAY, DAY), (1e3, 3_600, 3_600), (5e5, DAY, DAY), (5e5 + 1, DAY, 43_200), (1e9, DAY, 300), (1e6, 900, 900)],
)
def test_the_bucket_holds_half_a_million_rows_and_divides_the_shortest_period(
    rows_per_day: float, period: int, bucket: int
) -> None:
    assert choose_bucket(rows_per_day, period) == bucket


def test_errors_name_what_was_found_and_expected() -> None:
    def error(call: object, *arguments: object, of: type[Exception] = ValueError) -> str:
        with pytest.raises(of) as caught:
            call(*arguments)  # type: ignore[operator]
        return str(caught.value)

    agenda = Agenda(4, 3_600, 0, 10 * DAY)
    met = collect(agenda, 3)
    assert error(Agenda, 1, 0, 0, DAY) == "bucket (0) must be positive and divide the begin (0); end is 86400"
    assert error(Agenda, 1, 7, 3, DAY) == "bucket (7) must be positive and divide the begin (3); end is 86400"
    assert error(Agenda, 1, 60, DAY, DAY) == "bucket (60) must be positive and divide the begin (86400); end is 86400"
    assert error(Agenda, 1, 2**24 + 1, 0, DAY) == "bucket (16777217) must not exceed 16777216 s"
    assert error(agenda.register, 3, print) == "kind 3 already has a handler"
    assert error(agenda.register, 256, print) == "kind 256 must lie in 0 … 255"
    assert (
        error(agenda.every, 5_000, print) == "buckets of 3600 s must divide the period 5000 s and its first time 5000"
    )
    assert error(agenda.at, 5_000, print) == "buckets of 3600 s must divide the time 5000"
    assert error(agenda.run, 5_000) == "buckets of 3600 s must divide the stop 5000"
    assert error(choose_bucket, 1.0, 60) == (
        "no bucket of [300, 900, 1800, 3600, 10800, 21600, 43200, 86400] s divides the settlement period 60 s"
    )
    agenda.run(2 * DAY)
    assert error(push, agenda, 3, [0], [2 * DAY - 1]) == "row time 172799 lies before the current bucket 172800"
    assert error(agenda.at, DAY, print) == "time 86400 lies before the current bucket 172800"
    assert error(agenda.every, DAY, print, DAY) == "time 86400 lies before the current bucket 172800"
    push(agenda, 9, [0, 1], [3 * DAY, 3 * DAY])
    assert error(agenda.run, of=LookupError) == "2 rows of kind 9 have no handler"
    assert met == []


def test_the_test_aid_sees_a_row_pushed_before_its_cause() -> None:
    agenda = Agenda(2, DAY, 0, DAY, shuffle=0)
    agenda.register(4, lambda c: push(agenda, 4, [1], [500]) if int(c.time[0]) == 700 else None)
    push(agenda, 4, [1], [700])
    with pytest.raises(ValueError, match=r"^row of kind 4 at 500 pushed when customer 1 had reached 700$"):
        agenda.run()


def test_a_handler_pushes_rows_of_its_own_customers_only() -> None:
    """Into the current bucket; customers act on each other through shared state, after its settlement."""
    agenda = Agenda(3, DAY, 0, 3 * DAY)
    agenda.register(0, lambda c: push(agenda, 0, [2], [int(c.time[0]) + DAY]) if c.time[0] < DAY else None)
    push(agenda, 0, [0], [5])
    agenda.run()
    agenda = Agenda(3, DAY, 0, DAY)
    agenda.register(0, lambda c: push(agenda, 0, [2], [500]) if c.customer[0] < 2 else None)
    push(agenda, 0, [0, 1], [5, 5])
    with pytest.raises(
        ValueError,
        match=r"^a handler pushed a row of kind 0 and customer 2 into the current bucket, "
        r"but was not handling that customer$",
    ):
        agenda.run()


@pytest.mark.slow
@pytest.mark.parametrize("few_rows", [0, 1, 8, 10**9])
def test_which_cohorts_wait_for_company_changes_nothing(few_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.kernel.rounds.FEW_ROWS", few_rows)

    @given(program=programs())
    @settings(max_examples=40, deadline=None)
    def compare(program: Program) -> None:
        trace, states = reference(program)
        got, got_states = run(program, DAY, shuffle=1)
        assert got == trace
        assert np.array_equal(got_states, states)

    compare()
