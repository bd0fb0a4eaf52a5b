"""One name per channel everywhere: each place takes it, and tells it to whoever writes another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.small import POLICY, SMALL, STEP, changed, problems_of

ENTER = 'enter: "consent.email"'
TRIGGER = "trigger: cart_abandoned"
PLACES = {
    "channels": changed("  sms: {cost: 4.5}\n", "  sms: {cost: 4.5}\n  NAME: {}\n"),
    "changes": SMALL + "changes: [{on: 2026-03-01, channels: {NAME: {cost: 1}}}]\n",
    "kpi": SMALL + "brief: {kpis: [{metric: delivery_rate, channel: NAME, at_least: 1%}]}\n",
    "send": changed(STEP, "      - send: {NAME: nudge}\n"),
    "rung": changed(STEP, "      - cascade: [{NAME: nudge, wait: 1h}, {sms: digest}]\n"),
    "first_of": changed(STEP, "      - send: {first_of: [NAME, sms], message: nudge}\n"),
    "best_channel": changed(STEP, "      - send: {best_channel: [sms, NAME], message: nudge}\n"),
    "campaign": changed("send: {email: digest}}\ncontrol", "send: {NAME: digest}}\ncontrol"),
    "cap": changed(POLICY, POLICY + "    - {max: 1, per: day, channel: NAME}\n"),
    "gap": changed(POLICY, POLICY + "  min_gap: {any: 2h, channel: [sms, NAME]}\n"),
    "quiet_hours": changed(POLICY, POLICY + '  quiet_hours: {from: "22:00", to: "08:00", channel: NAME}\n'),
    "send_window": changed(POLICY, POLICY + '  send_window: {from: "10:00", to: "18:00", channel: NAME}\n'),
    "sunset": changed(POLICY, POLICY + "  sunset: {channel: NAME, none_of: [click], for: 9d}\n"),
    "sign": changed(POLICY, POLICY + "  sunset: {channel: sms, none_of: [{event: click, channel: NAME}], for: 9d}\n"),
    "engagement": SMALL + "engagement: {signs: [order, {event: click, channel: NAME}]}\n",
    "inactive": changed(TRIGGER, "trigger: {inactive: 9d, of: click, channel: NAME}"),
    "silence": changed(TRIGGER, "trigger: {count: 3, of: NAME_unclicked}"),
    "attribute": changed(TRIGGER, "trigger: {event: click, if: \"channel == 'NAME'\"}"),
    "best_hour": changed(STEP, "      - wait: {best_hour: NAME}\n"),
    "unsubscribe": changed(STEP, "      - unsubscribe: NAME\n"),
    "consent": changed(ENTER, 'enter: "consent.NAME"'),
    "consent for service": changed(ENTER, 'enter: "consent.service.NAME"'),
    "sends": changed(ENTER, 'enter: "sends.NAME > 1"'),
    "last_click": changed(ENTER, 'enter: "last_click.NAME.age > 1d"'),
    "field": changed(ENTER, "enter: \"best_channel == 'NAME'\""),
}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_every_place_knows_the_name_and_tells_it(tmp_path: Path, place: str) -> None:
    declared = PLACES[place] if place == "channels" else PLACES[place].replace("  sms: {", "  vk: {}\n  sms: {", 1)
    assert problems_of(tmp_path, declared.replace("NAME", "vk")) == []
    for other, name in (("emial", "email"), ("e-mail", "email"), ("web-push", "web_push"), ("Email", "email")):
        told = problems_of(tmp_path, PLACES[place].replace("NAME", other))
        meant = (f"'{name}'", f".{name}'", f".{name}.age'", f"'{name}_unclicked'")
        assert any(word in problem for problem in told for word in meant), (other, told)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("sends.e-mail > 1", "22:13: chains.cart.enter: found 'sends.e-mail', expected 'sends.email'"),
        (
            "orders > 1 and consent.web-push",
            "22:28: chains.cart.enter: found 'consent.web-push', expected 'consent.web_push'",
        ),
        ("clicks.in-app >= 1", "22:13: chains.cart.enter: found 'clicks.in-app', expected 'clicks.in_app'"),
        ("orders-clicks.email > 1", None),
    ],
)
def test_a_hyphen_reads_as_a_minus(tmp_path: Path, condition: str, told: str | None) -> None:
    assert problems_of(tmp_path, changed(ENTER, f'enter: "{condition}"')) == ([told] if told else [])
