"""Rows of the contact policy that a change drops without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_doubts import USED, told

OWN = """contact_policy:
  quiet_hours: {from: "22:00", to: "09:00"}
  sunset: {channel: email, none_of: [opened], for: 100d}
  pause_after: {order: 2d}
"""
CHANGES = "changes:\n  - {on: 2026-03-10, contact_policy: {%s}}\n"
NIGHT = ", and messages may go out at night from then on"


def with_change(tmp_path: Path, keys: str, own: str = OWN) -> list[tuple[int, str]]:
    return told(tmp_path, USED.replace("contact_policy:\n", own) + CHANGES % keys)


@pytest.mark.parametrize(
    ("keys", "ends", "then", "meant"),
    [
        (
            "like: braze@2025",
            "quiet_hours, pause_after and sunset end",
            f"{NIGHT}, caps become those of braze@2025",
            "'quiet_hours: []', 'pause_after: []', 'sunset: []'",
        ),
        (
            'quiet_hours: {from: "23:00", to: "07:00"}',
            "caps, pause_after and sunset end",
            "",
            "'caps: []', 'pause_after: []', 'sunset: []'",
        ),
        (
            "caps: [{max: 1, per: day}], sunset: []",
            "quiet_hours and pause_after end",
            NIGHT,
            "'quiet_hours: []', 'pause_after: []'",
        ),
        (
            'send_window: {from: "10:00", to: "20:00"}, caps: [], sunset: []',
            "pause_after ends",
            "",
            "'pause_after: []'",
        ),
    ],
)
def test_rows_that_end_without_their_like(tmp_path: Path, keys: str, ends: str, then: str, meant: str) -> None:
    lines = USED.count("\n") + OWN.count("\n") - 1
    text = (
        f"changes[0].contact_policy: takes the place of the whole policy before it, so on 2026-03-10 {ends} without a "
        f"word{then}; to keep what is meant to stay write it here again, or 'like: before' for all that is not written "
        "anew" + (f"; where an end is meant, write {meant}" if meant else "")
    )
    assert with_change(tmp_path, keys) == [(lines + 2, text)]


@pytest.mark.parametrize(
    "keys",
    [
        "like: before",
        "like: before, caps: []",
        "quiet_hours: [], sunset: [], caps: [{max: 9, per: day}], pause_after: {order: 1d}",
    ],
)
def test_a_word_is_enough(tmp_path: Path, keys: str) -> None:
    assert with_change(tmp_path, keys) == []


def test_rows_of_a_bundle_end_with_the_vendor(tmp_path: Path) -> None:
    assert with_change(tmp_path, "like: braze@2025", "contact_policy:\n  like: klaviyo@2025\n") == []


def test_a_row_that_does_nothing_cannot_end(tmp_path: Path) -> None:
    own = "contact_policy:\n  sunset: []\n  at_goal: go_on\n"
    assert with_change(tmp_path, "like: braze@2025", own) == []


def test_each_change_is_held_against_the_policy_before_it(tmp_path: Path) -> None:
    text = USED.replace("contact_policy:\n", OWN) + CHANGES % "like: before"
    found = told(tmp_path, text + CHANGES.splitlines()[1].replace("03-10", "03-20") % "like: before, caps: []" + "\n")
    assert found == []
    ((_, last),) = told(tmp_path, text + "  - {on: 2026-03-20, contact_policy: {like: klaviyo@2025}}\n")
    assert last.startswith(
        "changes[1].contact_policy: takes the place of the whole policy before it, so on 2026-03-20 "
    )
    assert "quiet_hours, caps, pause_after and sunset end" in last
