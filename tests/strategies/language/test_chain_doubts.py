"""Chains that load and are hardly meant, and hours in which nothing goes out: told with line, reason and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_doubts import USED, told

WINDOW = """contact_policy:
  quiet_hours: {{from: "{}", to: "{}"{}}}
  send_window: {{from: "{}", to: "{}"{}}}
"""
IN_IT = (
    "contact_policy.send_window: {} to {} lies within the quiet hours from {} to {}, so nothing that obeys both ever "
    "goes out in it; expected a window outside of them, or shorter quiet hours"
)


@pytest.mark.parametrize(
    ("quiet", "about", "window", "of", "doubtful"),
    [
        (("21:00", "09:00"), "", ("22:00", "23:00"), "", True),
        (("21:00", "09:00"), "", ("22:00", "23:00"), ", channel: email", True),
        (("21:00", "09:00"), ", channel: email", ("22:00", "23:00"), ", channel: email", True),
        (("21:00", "09:00"), "", ("21:00", "09:00"), "", True),
        (("21:00", "09:00"), "", ("00:00", "07:00"), "", True),
        (("21:00", "09:00"), "", ("20:59", "23:00"), "", False),
        (("21:00", "09:00"), "", ("08:00", "09:30"), "", False),
        (("21:00", "09:00"), "", ("09:00", "21:00"), "", False),
        (("21:00", "09:00"), ", channel: sms", ("22:00", "23:00"), "", False),
        (("21:00", "09:00"), ", channel: sms", ("22:00", "23:00"), ", channel: email", False),
        (("21:00", "09:00"), ", zone: company", ("22:00", "23:00"), "", False),
    ],
)
def test_a_send_window_within_quiet_hours(
    tmp_path: Path, quiet: tuple[str, str], about: str, window: tuple[str, str], of: str, doubtful: bool
) -> None:
    rows = WINDOW.format(*quiet, about, *window, of)
    found = told(tmp_path, USED.replace("contact_policy:\n", rows))
    assert found == doubtful * [(11, IN_IT.format(*window, *quiet))]


def test_windows_of_purposes_that_obey_no_quiet_hours_are_fine(tmp_path: Path) -> None:
    rows = WINDOW.format("21:00", "09:00", "", "22:00", "23:00", ", purposes: [service]")
    free = "  exempt: {service: {obeys: [address]}}\n"
    assert len(told(tmp_path, USED.replace("contact_policy:\n", rows))) == 1
    assert told(tmp_path, USED.replace("contact_policy:\n", rows + free)) == []


BACKLOG = (
    "chains.cart.trigger: whoever is inactive for longer at the start does not enter until he comes back and leaves "
    "again; for them write at_start: {backlog: enter}, and backlog: skip where this is meant"
)


@pytest.mark.parametrize(
    ("at_start", "of", "doubtful"),
    [
        ("", "order", True),
        ("at_start: {history: 100d}\n", "order", True),
        ("at_start: {backlog: skip}\n", "order", False),
        ("at_start: {backlog: enter}\n", "order", False),
        ("at_start: {history: 0d}\n", "order", False),
        ("", "nps_answered", False),
    ],
)
def test_inactive_customers_at_the_start(tmp_path: Path, at_start: str, of: str, doubtful: bool) -> None:
    text = at_start + USED.replace("trigger: cart_abandoned", f"trigger: {{inactive: 60d, of: {of}}}")
    assert [text for _, text in told(tmp_path, text)] == doubtful * [BACKLOG]


@pytest.mark.parametrize(("history", "doubtful"), [("59d", True), ("60d", False), ("0d", False)])
def test_inactivity_longer_than_the_past(tmp_path: Path, history: str, doubtful: bool) -> None:
    text = USED.replace("trigger: cart_abandoned", "trigger: {inactive: 60d, of: order}")
    found = told(tmp_path, f"at_start: {{history: {history}, backlog: enter}}\n" + text)
    assert [text for _, text in found] == doubtful * [
        "chains.cart.trigger: waits for 60d without order, and the past of the customers is only 59d long, so nobody "
        "enters in the first 1d of the run; expected at_start.history of at least 60d"
    ]
