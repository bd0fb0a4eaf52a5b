"""Columns have one owner each and are forked as a whole."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim.kernel.columns import Columns


def columns(worlds: int, customers: int) -> Columns:
    """One column of every shape, filled so that each cell names its world, customer and row."""
    made = Columns(worlds, customers)
    cell = np.arange(worlds * customers)
    made.add("mood.level", np.float64)[:] = cell / 2
    made.add("jobs.stage", np.int8, rows=3)[:] = (cell % 100) + np.array([[0], [1], [2]])
    made.add_world("sender.inbox", np.float64)[:] = np.arange(worlds)
    made.add_world("sender.counts", np.int64, columns=2)[:] = np.arange(worlds)[:, None] * [10, 100]
    return made


def test_columns_have_their_shapes_types_and_first_values() -> None:
    made = Columns(3, 5)
    assert (made.worlds, made.customers, made.size) == (3, 5, 15)
    level = made.add("level", np.float32, fill=1.5)
    assert (level.shape, level.dtype, set(level.tolist())) == ((15,), np.float32, {1.5})
    assert made.add("stage", np.int8, fill=-1, rows=4).shape == (4, 15)
    assert made.add("one_row", np.int8, rows=1).shape == (1, 15)
    assert made.add_world("inbox", np.float64).shape == (3,)
    assert made.add_world("counts", np.int64, columns=2).shape == (3, 2)
    assert made.world_of(np.array([0, 4, 5, 14])).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("first", ["add", "add_world"])
@pytest.mark.parametrize("second", ["add", "add_world"])
def test_a_name_has_one_owner(first: str, second: str) -> None:
    made = Columns(2, 2)
    getattr(made, first)("mood.level", np.int8)
    with pytest.raises(ValueError, match=r"^column 'mood\.level' already has an owner$"):
        getattr(made, second)("mood.level", np.int8)


def test_a_fork_copies_whole_worlds() -> None:
    history = columns(2, 4)
    forked = columns(5, 4)
    source = np.array([0, 1, 0, 1, 1])
    forked.restore(history.snapshot(), source)
    before, after = history.snapshot(), forked.snapshot()
    for name in ("mood.level", "jobs.stage"):
        for world, from_world in enumerate(source.tolist()):
            here, there = slice(4 * world, 4 * world + 4), slice(4 * from_world, 4 * from_world + 4)
            assert np.array_equal(after[name][..., here], before[name][..., there])
    assert after["world:sender.inbox"].tolist() == [0, 1, 0, 1, 1]
    assert after["world:sender.counts"][:, 1].tolist() == [0, 100, 0, 100, 100]


def test_a_fork_is_a_copy_and_keeps_the_arrays_that_owners_hold() -> None:
    history, forked = Columns(1, 2), Columns(2, 2)
    old, new = history.add("x", np.int64, 7), forked.add("x", np.int64)
    forked.restore(history.snapshot(), np.zeros(2, np.int64))
    old[:] = 0
    assert new.tolist() == [7, 7, 7, 7]
    assert forked.snapshot()["x"] is new


def test_columns_that_the_snapshot_lacks_keep_their_first_values() -> None:
    history, forked = Columns(1, 2), Columns(1, 2)
    history.add("x", np.int64, 7)
    forked.add("x", np.int64)
    brought = forked.add("strategy.y", np.int64, 3)
    forked.restore(history.snapshot(), np.zeros(1, np.int64))
    assert brought.tolist() == [3, 3]


def test_state_is_never_lost_or_bent_silently() -> None:
    zero = np.zeros(1, np.int64)

    def error(snapshot: dict[str, np.ndarray]) -> str:
        here = Columns(1, 2)
        here.add("x", np.int64)
        here.add("stage", np.int8, rows=3)
        here.add_world("w", np.float64)
        with pytest.raises(ValueError, match=re.escape("column")) as caught:
            here.restore(snapshot, zero)
        return str(caught.value)

    assert error({"y": np.zeros(2)}) == "the snapshot holds a column 'y' that has no owner here"
    assert error({"world:x": np.zeros(2)}) == "the snapshot holds a column 'world:x' that has no owner here"
    assert error({"x": np.zeros(2)}) == "column 'x' is float64 (2,) in the snapshot, int64 (2,) here"
    assert error({"x": np.zeros(3, np.int64)}) == "column 'x' is int64 (3,) in the snapshot, int64 (2,) here"
    assert error({"stage": np.zeros((2, 6), np.int8)}) == (
        "column 'stage' is int8 (2, 6) in the snapshot, int8 (3, 2) here"
    )
    assert (
        error({"world:w": np.zeros((1, 4))}) == "column 'world:w' is float64 (1, 4) in the snapshot, float64 (1,) here"
    )
