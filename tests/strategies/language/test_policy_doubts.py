"""Rows of the contact policy that a change drops without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.small import load
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


@pytest.mark.parametrize(
    ("row", "end"),
    [
        ("one_main_chain: {others: wait}", "[]"),
        ("quiet_elsewhere_after: {click: 1d}", "[]"),
        ("preferences: {weekly: 6d}", "{}"),
        ("in_app: {obeys: [control], counts: true}", "{}"),
        ("exempt: {transactional: {obeys: [address]}}", "{}"),
        ("at_goal: end", "go_on"),
    ],
)
def test_every_end_can_be_said(tmp_path: Path, row: str, end: str) -> None:
    key, own = row.partition(":")[0], f"contact_policy:\n  {row}\n"
    ((_, text),) = with_change(tmp_path, "caps: []", own)
    assert f"{key} ends without a word" in text
    assert text.endswith(f"where an end is meant, write '{key}: {end}'")
    assert with_change(tmp_path, f"caps: [], {key}: {end}", own) == []


def test_an_empty_list_takes_the_main_chain_away(tmp_path: Path) -> None:
    keys = "contact_policy:\n  one_main_chain: []\n  quiet_elsewhere_after: []\n"
    policy = load(tmp_path, USED.replace("contact_policy:\n", keys)).policy
    assert (policy.one_main_chain, policy.quiet_elsewhere) == (None, None)


NAMED = USED.replace(
    "    - {max: 2, per: day}\n", "    - {name: daily, max: 2, per: day}\n    - {name: weekly, max: 5, per: week}\n"
)


@pytest.mark.parametrize(
    ("keys", "ends"),
    [
        ("like: before, caps: [{name: weekly, max: 2, per: week}]", True),
        ("caps: [{name: weekly, max: 2, per: week}]", True),
        ("like: before, caps: [{max: 2, per: week}]", None),
        ("caps: [{max: 2, per: week}]", False),
        ("like: before, caps: [{name: strict, max: 2, per: week}]", False),
        ("like: before, caps: [{name: weekly, max: 2, per: week}, {name: daily, max: 1, per: day}]", False),
        ("like: before, caps: []", False),
        ("like: before", False),
        ("like: braze@2025, sunset: []", False),
    ],
)
def test_named_rows_that_end_where_their_list_is_written_anew(tmp_path: Path, keys: str, ends: bool | None) -> None:
    who = "daily and weekly end" if ends is None else "daily ends"
    text = (
        f"changes[0].contact_policy.caps: takes the place of all caps before it, so on 2026-03-10 {who}; what is meant "
        "to stay is written here again, and where an end is meant, give the rows here names of their own"
    )
    found = [text for _, text in told(tmp_path, NAMED + CHANGES % keys) if ".caps: takes" in text]
    assert found == ([] if ends is False else [text])


GAPS = "contact_policy:\n  like: klaviyo@2025\n  min_gap: "


def test_rows_of_a_vendor_that_own_rows_replace(tmp_path: Path) -> None:
    ((_, text),) = told(tmp_path, USED.replace("contact_policy:\n", GAPS + "{same_topic: 12h}\n"))
    assert text == (
        "contact_policy.min_gap: takes the place of all min_gap of klaviyo@2025, so smart_sending_email, "
        "smart_sending_push and smart_sending_sms do not hold; to have them leave min_gap out, or write the same here "
        "too; where a row here is meant instead of one, give it the name"
    )
    meant = "[" + ", ".join(f"{{name: smart_sending_{on}, any: 9h}}" for on in ("email", "sms", "push")) + "]\n"
    assert told(tmp_path, USED.replace("contact_policy:\n", GAPS + meant)) == []
    assert told(tmp_path, USED.replace("contact_policy:\n", GAPS + "[]\n")) == []


def test_inherited_rows_that_replace_those_of_a_vendor(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        USED.replace("contact_policy:\n", GAPS.replace("like: klaviyo@2025", "") + "{any: 1h}\n")
    )
    found = told(tmp_path, "extends: base.yaml\ncontact_policy: {like: klaviyo@2025}\n")
    ((line, note),) = found
    assert line == 2
    assert "to have them write 'min_gap: off' beside 'like', or write" in note
    assert told(tmp_path, "extends: base.yaml\ncontact_policy: {like: klaviyo@2025, min_gap: off}\n") == []
