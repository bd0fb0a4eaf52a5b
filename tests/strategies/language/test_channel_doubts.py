"""Channels and calls without a price, and messages at night."""

from __future__ import annotations

from pathlib import Path

import pytest

from strategies.prices import unpriced
from strategies.shares import slow_teams
from tests.strategies.language.small import load
from tests.strategies.language.test_doubts import USED, all_told, told

FREE = (
    "channels.{name}: costs nothing, so all that it brings looks like profit, and every provider takes money for each "
    "message; expected its price, such as {price}, or {{cost: 0}} where it is free"
)
TEAM = 'teams: {{sales: {{people: 2, hours: {{from: "10:00", to: "19:00"}}{cost}}}}}\n'
CALLS = (
    "teams.sales: its calls cost nothing, so all that they bring looks like profit; expected the cost of one call, "
    "such as cost: 120, or cost: 0 where it is paid elsewhere"
)
NIGHT = (
    "contact_policy: nothing keeps sms from going out at night; expected quiet_hours such as "
    '{from: "22:00", to: "09:00"}, or quiet_hours: [] where that is meant'
)


@pytest.mark.parametrize(
    ("settings", "doubtful", "free"),
    [
        ("sms: {cost: 4.5}", "", ()),
        ("sms: {cost: 0}", "", ("sms",)),
        ("sms: {}", FREE.format(name="sms", price="{cost: 4.5}"), ("sms",)),
        ("sms: {throughput: 100/h}", FREE.format(name="sms", price="{cost: 4.5}"), ("sms",)),
        ("sms: {cost: 4.5}\n  whatsapp: {}\n  telegram: {}", "", ()),
    ],
)
def test_a_channel_that_costs_money_everywhere(
    tmp_path: Path, settings: str, doubtful: str, free: tuple[str, ...]
) -> None:
    text = USED.replace("sms: {cost: 4.5}", settings)
    assert told(tmp_path, text) == ([(7, doubtful)] if doubtful else [])
    assert unpriced(load(tmp_path, text)) == free


@pytest.mark.parametrize(
    ("settings", "free"),
    [("{}", True), ("{template_cost: 7}", False), ("{cost: 1}", False), ("{cost: 0, template_cost: 0}", None)],
)
def test_whatsapp_has_two_prices(tmp_path: Path, settings: str, free: bool | None) -> None:
    text = USED.replace("sms: {cost: 4.5}", f"whatsapp: {settings}").replace("{sms: digest}", "{whatsapp: digest}")
    found = [text for _, text in told(tmp_path, text.replace("topic: news}", "topic: news, template: true}"))]
    assert found == ([FREE.format(name="whatsapp", price="{cost: 5}")] if free else [])
    assert unpriced(load(tmp_path, text)) == (() if free is False else ("whatsapp",))


def test_the_price_that_a_change_forgets(tmp_path: Path) -> None:
    text = USED + "changes:\n  - {on: 2026-03-10, channels: {sms: {throughput: 100/h}}}\n"
    ((_, found),) = told(tmp_path, text)
    assert found == FREE.format(name="sms", price="{cost: 4.5}").replace("channels", "changes[0].channels", 1)
    assert unpriced(load(tmp_path, text)) == ("sms",)


@pytest.mark.parametrize(("cost", "doubtful", "free"), [("", True, True), (", cost: 9", False, False)])
def test_calls_without_a_price(tmp_path: Path, cost: str, doubtful: bool, free: bool) -> None:
    step = "      - task: {to: sales, do: call, about: nudge, within: 2d}\n"
    text = TEAM.format(cost=cost) + USED.replace("      - wait: 1h\n", step)
    assert [text for _, text in told(tmp_path, text)] == doubtful * [CALLS]
    assert unpriced(load(tmp_path, text)) == free * ("calls by sales",)
    idle = TEAM.format(cost=cost) + USED
    assert (told(tmp_path, idle), unpriced(load(tmp_path, idle))) == ([], ())


@pytest.mark.parametrize(
    ("cost", "own", "doubtful", "free"),
    [("", "", True, True), (", cost: 9", "", False, False), ("", ", cost: 2", False, False)],
)
def test_work_without_a_price(tmp_path: Path, cost: str, own: str, doubtful: bool, free: bool) -> None:
    step = f"      - task: {{to: sales, do: work, name: check{own}, within: 2d}}\n"
    text = TEAM.format(cost=cost) + USED.replace("      - wait: 1h\n", step)
    work = (
        CALLS.replace("calls cost", "work costs")
        .replace("they bring looks", "it brings looks")
        .replace("one call", "one task")
    )
    assert [text for _, text in told(tmp_path, text)] == doubtful * [work]
    assert unpriced(load(tmp_path, text)) == free * ("work of sales",)


def at_night(tmp_path: Path, text: str) -> list[str]:
    """What is told of messages that ring at night."""
    return [told for _, told in all_told(tmp_path, text) if told == NIGHT]


@pytest.mark.parametrize(
    ("policy", "doubtful"),
    [
        ("", True),
        ("  like: braze@2025\n", True),
        ('  quiet_hours: {from: "22:00", to: "09:00"}\n', False),
        ("  quiet_hours: []\n", False),
        ('  send_window: {from: "10:00", to: "20:00"}\n', False),
    ],
)
def test_messages_that_ring_at_night(tmp_path: Path, policy: str, doubtful: bool) -> None:
    text = USED.replace("contact_policy:\n", f"contact_policy:\n{policy}")
    assert at_night(tmp_path, text) == doubtful * [NIGHT]
    assert at_night(tmp_path, text.replace("{sms: digest}", "{email: digest}")) == []


def test_a_campaign_has_its_own_hour(tmp_path: Path) -> None:
    text = USED.replace("{sms: digest}", "{email: digest}").replace(
        "send: {email: digest}}\ncontrol", "send: {sms: digest}}\ncontrol"
    )
    assert "send: {sms: digest}" in text
    assert all_told(tmp_path, text) == []


@pytest.mark.parametrize(("people", "customers"), [(1, 16_667), (2, 8_334), (4, None)])
def test_a_team_that_has_hardly_a_task_a_day_of_the_simulated_part(
    tmp_path: Path, people: int, customers: int | None
) -> None:
    """Of a base of 200,000, for whom one person can make 24 calls a day."""
    step = "      - task: {to: sales, do: call, about: nudge, within: 2d}\n"
    team = f"base: 200000\nteams:\n  sales: {{people: {people}, minutes_per_task: 60, cost: 9}}\n"
    text = team + USED.replace("      - wait: 1h\n", step)
    assert slow_teams(load(tmp_path, text), 5_000) == ({} if customers is None else {"sales": 0.6 * people})
    assert [text for _, text in told(tmp_path, text)] == (customers is not None) * [
        f"teams.sales: of its day 5,000 of 200,000 customers have the time of {0.6 * people:.2g} tasks, so tasks that "
        "come together wait longer than they would in the whole base, and more of them expire; expected --customers "
        f"{customers} or more"
    ]
    assert slow_teams(load(tmp_path, team + USED), 5_000) == {}, "nobody asks for it"
    assert slow_teams(load(tmp_path, text), 200_000) == {}
