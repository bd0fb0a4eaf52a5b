"""Answers that nobody can give, since nothing is sent where they are waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_doubts import USED, told

NOBODY = (
    "chains.cart.trigger: waits for {}, but no chain and no campaign sends there, so nobody is ever missed and nobody "
    "enters"
)
NEVER = "{}: {} never comes, for no chain and no campaign sends there"


@pytest.mark.parametrize(
    ("trigger", "found"),
    [
        ("{inactive: 30d, of: opened, channel: telegram}", NOBODY.format("opened (telegram)")),
        ("{inactive: 30d, of: click, channel: [vk, telegram]}", NOBODY.format("click (telegram) or click (vk)")),
        (
            "{inactive: 30d, of: {any: [searched, {event: click, channel: vk}]}}",
            NEVER.format("chains.cart.trigger.of", "click (vk)"),
        ),
        ("{inactive: 30d, of: click, channel: sms}", ""),
        ("{inactive: 30d, of: {any: [searched, opened]}}", ""),
        (
            "{count: 2, of: telegram_unopened}",
            "chains.cart.trigger: counts messages by telegram, but no chain and no campaign sends any, so nobody "
            "enters",
        ),
        ("{count: 2, of: sms_unclicked}", ""),
    ],
)
def test_triggers_that_wait_for_silent_channels(tmp_path: Path, trigger: str, found: str) -> None:
    text = "at_start: {backlog: skip}\n" + USED.replace("trigger: cart_abandoned", f"trigger: {trigger}")
    assert [text for _, text in told(tmp_path, text)] == ([found] if found else [])


def test_signs_of_rows_on_silent_channels(tmp_path: Path) -> None:
    signs = "engagement: {signs: [{event: click, channel: [email, vk]}]}\n"
    assert [text for _, text in told(tmp_path, signs + USED)] == [NEVER.format("engagement.signs", "click (vk)")]
    sunset = "contact_policy:\n  sunset: {channel: sms, none_of: [visit, {event: click, channel: vk}], for: 90d}"
    text = USED.replace("contact_policy:", sunset, 1) if "contact_policy:" in USED else f"{USED}{sunset}\n"
    found = [text for _, text in told(tmp_path, text) if "never comes" in text]
    assert found == [NEVER.format("contact_policy.sunset[0].none_of", "click (vk)")]
