"""Cached pasts: found again, and made anew where their file is damaged."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.history import KEPT_DAYS, Past, past_of
from tests.sim.blocks import scenario, shop


def past(cache: Path | None) -> Past:
    return past_of(shop(), scenario("cart_rescue", history=3), 20, 5, (0,), cache)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwrite(file: Path) -> None:
    """Zeros in the middle, as a disk that lost a page leaves them."""
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4_096] = bytes(4_096)
    file.write_bytes(bytes(content))


def empty(file: Path) -> None:
    file.write_bytes(b"")


def other(file: Path) -> None:
    with file.open("wb") as stream:
        np.savez(stream, something=np.zeros(3))


@pytest.mark.slow
@pytest.mark.parametrize("damage", [cut, overwrite, empty, other])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    first = past(tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    damage(file)
    second = past(tmp_path)
    assert file.read_bytes() == whole
    for name, column in first.columns.items():
        assert np.array_equal(column, second.columns[name]), name


def test_a_whole_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = past(tmp_path)
    monkeypatch.setattr("sim.history._simulate", lambda *_: pytest.fail("simulated although cached"))
    second = past(tmp_path)
    assert all(np.array_equal(column, second.columns[name]) for name, column in first.columns.items())


def test_what_nobody_used_for_a_month_is_deleted(tmp_path: Path) -> None:
    past(tmp_path)
    (used,) = tmp_path.iterdir()
    old = [tmp_path / "past-of-other-code.npz", tmp_path / "past-half.npz.17.tmp"]
    mine = tmp_path / "notes.txt"
    month = time.time() - (KEPT_DAYS + 1) * 86_400
    for file in (*old, mine, used):
        file.touch()
        os.utime(file, (month, month))
    past(tmp_path)  # read, so used
    past_of(shop(), scenario("cart_rescue", history=3), 20, 6, (0,), tmp_path)  # another, so kept
    assert used.exists()
    assert mine.exists()
    assert not any(file.exists() for file in old)
    assert len(list(tmp_path.glob("past-*"))) == 2


def test_without_room_the_past_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sim.history.np.savez", full)
    assert past(tmp_path).columns
    assert not list(tmp_path.iterdir())
