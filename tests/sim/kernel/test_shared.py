"""Shared state changes at settlements only, and its path can be replayed."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.shared import SharedState

DAY = 86_400


class Queue:
    """Rows add themselves to an integer counter; the value of tomorrow is what came in today."""

    def __init__(self, rows: list[int], bucket: int = 3_600, replay: dict[str, np.ndarray] | None = None) -> None:
        self.agenda = Agenda(10, bucket, 0, 4 * DAY)
        self.shared = SharedState(replay)
        self.waiting = np.zeros(1, np.int64)
        self.seen: list[tuple[int, int]] = []
        self.load = self.shared.declare("load", DAY, np.zeros(1, np.int64), self.settle)
        self.agenda.register(0, self.arrive)
        self.shared.start(self.agenda)
        time = np.array(rows, np.int64)
        self.agenda.push(0, np.arange(time.size), time, np.arange(time.size, dtype=np.uint64))
        self.agenda.run()

    def settle(self, time: int) -> np.ndarray:
        came, self.waiting = self.waiting, np.zeros(1, np.int64)
        return came

    def arrive(self, cohort: Cohort) -> None:
        self.waiting += cohort.size
        self.seen += [(time, int(self.load[0])) for time in cohort.time.tolist()]


ROWS = [5, DAY - 1, DAY, DAY + 7, 2 * DAY, 3 * DAY + 1]


@pytest.mark.parametrize("bucket", [300, 3_600, DAY])
def test_within_a_period_everybody_sees_the_value_of_its_beginning(bucket: int) -> None:
    queue = Queue(ROWS, bucket)
    assert sorted(queue.seen) == [(5, 0), (DAY - 1, 0), (DAY, 2), (DAY + 7, 2), (2 * DAY, 2), (3 * DAY + 1, 1)]
    assert queue.shared.path()["load"].tolist() == [[2], [2], [1]]
    assert queue.shared.path()["load"].dtype == np.int64


def test_a_replayed_path_shields_from_one_more_customer() -> None:
    path = Queue(ROWS).shared.path()
    more = [*ROWS, 17]
    own, replayed = Queue(more), Queue(more, replay=path)
    assert (DAY, 3) in own.seen
    assert set(Queue(ROWS).seen) < set(replayed.seen)
    assert np.array_equal(replayed.shared.path()["load"], path["load"])


def test_after_is_called_once_the_new_value_stands() -> None:
    agenda, shared, told = Agenda(1, DAY, 0, 3 * DAY), SharedState(), []
    value = np.zeros(1)
    shared.declare(
        "x", DAY, value, lambda time: np.array([time / DAY]), first=0, after=lambda time: told.append((time, value[0]))
    )
    shared.start(agenda)
    agenda.run()
    assert told == [(0, 0.0), (DAY, 1.0), (2 * DAY, 2.0)]


def test_the_shortest_period_binds_the_buckets() -> None:
    shared = SharedState()
    assert shared.shortest_period(DAY) == DAY
    for name, period in (("a", DAY), ("b", 3_600)):
        shared.declare(name, period, np.zeros(1), lambda time: np.zeros(1))
    assert shared.shortest_period(300) == 3_600


def test_a_path_without_settlements_can_be_replayed() -> None:
    shared = SharedState()
    shared.declare("x", DAY, np.zeros((2, 3)), lambda time: np.zeros((2, 3)))
    path = shared.path()
    assert path["x"].shape == (0, 2, 3)
    SharedState(path).declare("x", DAY, np.zeros((2, 3)), lambda time: np.zeros((2, 3)))


def test_errors_name_what_was_found_and_expected() -> None:
    def declare(shared: SharedState, name: str, shape: tuple[int, ...] = (2,)) -> None:
        shared.declare(name, DAY, np.zeros(shape), lambda time: np.zeros(shape))

    shared = SharedState()
    declare(shared, "inbox")
    with pytest.raises(ValueError, match=r"^shared state 'inbox' is declared twice$"):
        declare(shared, "inbox")
    path = {"inbox": np.zeros((1, 2)), "budget": np.zeros((1, 2))}
    with pytest.raises(ValueError, match=r"^the replayed path holds no 'stock'; it has \['budget', 'inbox'\]$"):
        declare(SharedState(path), "stock")
    with pytest.raises(ValueError, match=r"^the replayed path of 'inbox' has the shape \(2,\), expected \(3,\)$"):
        declare(SharedState(path), "inbox", (3,))
    short = SharedState(path)
    declare(short, "inbox")
    agenda = Agenda(1, DAY, 0, 5 * DAY)
    short.start(agenda)
    with pytest.raises(
        ValueError, match=r"^the replayed path of 'inbox' ends after 1 settlements, before time 172800$"
    ):
        agenda.run()
