"""The event log's parts, in memory and on disk."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import event_log
from sim.event_log import EventLog, _on_disk
from sim.result import EventRows


def written(log: EventLog, sizes: list[int]) -> list[EventRows]:
    """Parts with rows of every column, one part for each size."""
    for number, n in enumerate(sizes):
        customer = np.arange(n) * 7 % 150
        time = np.arange(n) + number * 1_000
        key = (np.arange(n, dtype=np.uint64) + np.uint64(number)) << np.uint64(40)
        log.append(number, customer, time, key, key, np.arange(n) % 9, 3, 2, np.arange(n) % 5 - 1, -1, None, time * 11)
        log.append(number + 9, customer, time)
        log.flush()
    return log.parts


@pytest.mark.slow
@given(sizes=st.lists(st.integers(1, 3_000), min_size=1, max_size=4))
def test_parts_on_disk_are_those_in_memory(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    folder = tmp_path_factory.mktemp("spool")
    in_memory, on_disk = written(EventLog(50, "all"), sizes), written(EventLog(50, "all", folder), sizes)
    assert len(in_memory) == len(on_disk) == len(sizes)
    for mine, theirs in zip(in_memory, on_disk, strict=True):
        for column in fields(EventRows):
            one, other = getattr(mine, column.name), getattr(theirs, column.name)
            assert one.dtype == other.dtype
            assert other.flags.aligned
            assert one.tolist() == other.tolist(), column.name
    assert list(folder.iterdir()) == []


def test_parts_stay_in_memory_where_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [40, 30, 20, 10]
    log = EventLog(50, "all", tmp_path)
    full = iter([False, True])

    def no_room(columns: dict[str, Any], folder: Path) -> dict[str, Any]:
        if next(full):
            raise OSError("No space left on device")
        return _on_disk(columns, folder)

    monkeypatch.setattr(event_log, "_on_disk", no_room)
    parts, expected = written(log, sizes), written(EventLog(50, "all"), sizes)
    assert [part.time.flags.owndata for part in parts] == [False, True, True, True]
    assert [part.time.tolist() for part in parts] == [part.time.tolist() for part in expected]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the descriptors that the system lists")
def test_a_part_on_disk_holds_one_descriptor(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    parts = written(EventLog(50, "all", tmp_path), [10] * 20)
    assert len(list(Path("/proc/self/fd").iterdir())) - before <= len(parts)


def test_a_part_on_disk_takes_no_memory_of_its_own(tmp_path: Path) -> None:
    part = written(EventLog(50, "all", tmp_path), [100])[0]
    for column in fields(EventRows):
        array = getattr(part, column.name)
        assert not array.flags.owndata
        assert not array.flags.writeable
