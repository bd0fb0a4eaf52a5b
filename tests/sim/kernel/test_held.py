"""Settlements inside a bucket: they stop those who wait for them and nobody else, and buckets stay mere batching."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort

MINUTE, HOUR, DAY = 60, 3_600, 86_400
VISIT, SERVED = 0, 1
GAP = luck.purpose("tests.held.gap")
NEXT = luck.purpose("tests.held.next")
ASKS = luck.purpose("tests.held.asks")
MOMENT = luck.purpose("tests.held.moment")


class Office:
    """Customers visit and sometimes take a number; every hour the first ``PLACES`` of the queue are served.

    What a customer wants changes with his visits, and a ticket is void when he visited often meanwhile: the
    settlement looks at his state of that hour.
    """

    PLACES = 2

    def __init__(self, bucket: int, shuffle: int | None = None, customers: int = 40, asks: float = 0.3) -> None:
        self.asks = asks
        self.agenda = Agenda(customers, bucket, 0, 5 * DAY, shuffle)
        self.agenda.register(VISIT, self.visit)
        self.agenda.register(SERVED, self.served)
        self.agenda.every(HOUR, self.settle, 0, held_only=True)
        self.queue: list[tuple[int, int, int]] = []
        """(time, key, customer)."""
        self.visits = np.zeros(customers, np.int64)
        self.trace: list[tuple[int, str, int, int]] = []
        key = luck.child(np.full(customers, luck.root(7), np.uint64), NEXT, np.arange(customers))
        self.plan(np.arange(customers), np.zeros(customers, np.int64), key)

    def plan(self, customer: np.ndarray, time: np.ndarray, key: np.ndarray) -> None:
        gap = np.ceil(luck.exponential(key, GAP) * 5 * HOUR).astype(np.int64)
        self.agenda.push(VISIT, customer, time + gap, luck.child(key, NEXT))

    def visit(self, rows: Cohort) -> None:
        self.visits[rows.customer] += 1
        self.note("visit", rows)
        asks = rows.where(luck.uniform(rows.key, ASKS) < self.asks)
        self.queue += zip(asks.time.tolist(), asks.key.tolist(), asks.customer.tolist(), strict=True)
        self.agenda.hold(asks.customer, (asks.time // HOUR + 1) * HOUR)
        self.plan(rows.customer, rows.time, rows.key)

    def served(self, rows: Cohort) -> None:
        self.visits[rows.customer] = 0
        self.note("served", rows)

    def settle(self, time: int) -> None:
        here = sorted(ticket for ticket in self.queue if ticket[0] < time)
        void = [ticket for ticket in here if self.visits[ticket[2]] % 5 == 4]
        self.trace += [(time, "void", customer, 0) for _, _, customer in void]
        called = [ticket for ticket in here if ticket not in void][: self.PLACES]
        self.queue = [ticket for ticket in self.queue if ticket not in void and ticket not in called]
        waiting = np.array([ticket[2] for ticket in self.queue if ticket[0] < time], np.int64)
        self.agenda.hold(waiting, time + HOUR)
        key = np.array([ticket[1] for ticket in called], np.uint64)
        when = time + (luck.uniform(key, MOMENT) * HOUR).astype(np.int64)
        self.agenda.push(SERVED, np.array([ticket[2] for ticket in called], np.int64), when, key)

    def note(self, what: str, rows: Cohort) -> None:
        self.trace += [
            (time, what, customer, seen)
            for time, customer, seen in zip(
                rows.time.tolist(), rows.customer.tolist(), self.visits[rows.customer].tolist(), strict=True
            )
        ]


def lived(bucket: int, shuffle: int | None = None) -> list[tuple[int, str, int, int]]:
    office = Office(bucket, shuffle)
    office.agenda.run()
    return sorted(office.trace)


@pytest.mark.slow
@pytest.mark.parametrize(("bucket", "shuffle"), [(6 * HOUR, None), (DAY, None), (DAY, 3), (5 * MINUTE, None)])
def test_the_bucket_only_batches(bucket: int, shuffle: int | None) -> None:
    hourly = lived(HOUR)
    assert {what for _, what, _, _ in hourly} == {"visit", "served", "void"}
    assert lived(bucket, shuffle) == hourly


def test_only_those_who_wait_are_cut_at_the_hour() -> None:
    office, hourly = (Office(bucket, customers=300, asks=0.002) for bucket in (DAY, HOUR))
    office.agenda.run()
    hourly.agenda.run()
    assert sorted(office.trace) == sorted(hourly.trace)
    assert any(what == "served" for _, what, _, _ in office.trace)
    assert office.agenda.cohorts < hourly.agenda.cohorts / 2


def test_settlements_inside_a_bucket_need_no_rows() -> None:
    agenda = Agenda(1, DAY, 0, DAY + 5 * HOUR)
    told: list[int] = []
    agenda.every(6 * HOUR, told.append, 12 * HOUR, held_only=True)
    agenda.run()
    assert told == [12 * HOUR, 18 * HOUR, DAY]


def test_at_the_begin_of_a_bucket_they_come_after_the_other_settlements() -> None:
    agenda = Agenda(1, DAY, 0, 2 * DAY)
    told: list[tuple[str, int]] = []
    agenda.every(12 * HOUR, lambda time: told.append(("held", time)), 0, held_only=True)
    agenda.every(DAY, lambda time: told.append(("all", time)), 0)
    agenda.run()
    assert told[:2] == [("all", 0), ("held", 0)]
    assert told[3:5] == [("all", DAY), ("held", DAY)]


def test_a_settlement_pushes_rows_of_held_customers_only() -> None:
    agenda = Agenda(2, DAY, 0, DAY)
    agenda.register(VISIT, lambda rows: None)
    one = np.ones(1, np.int64)
    agenda.every(
        HOUR, lambda time: agenda.push(VISIT, one, one * time, one.astype(np.uint64)) if time else None, 0, True
    )
    with pytest.raises(ValueError, match=r"settlement at 3600 pushed a row of kind 0 and customer 1 .* not held"):
        agenda.run()


def test_all_periods_inside_a_bucket_are_equal() -> None:
    agenda = Agenda(1, DAY, 0, DAY)
    agenda.every(HOUR, lambda time: None, 0, held_only=True)
    with pytest.raises(ValueError, match="periods of 3600 s already, not of 7200 s"):
        agenda.every(2 * HOUR, lambda time: None, 0, held_only=True)
