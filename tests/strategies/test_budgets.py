"""Budgets of the contact policy: several rows, what each pays for, and what the log says of them."""

from __future__ import annotations

import pytest

from strategies.budget import purses
from strategies.vocabulary import DAY
from tests.strategies.story import Story, scenario_of, tell

TEXT = """
channels: {{email: {{cost: 2}}, sms: {{cost: 5}}, vk: {{}}}}
contact_policy:
  budget: {budget}
  exempt: {{transactional: {{obeys: [address], counts: false}}}}
messages: {{m: {{purpose: promo, topic: news}}, s: {{purpose: service}}, t: {{purpose: transactional}}}}
{more}
"""
BOTH = "chains: {a: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}, {send: {sms: m}}]}}"


def told(budget: str, more: str = BOTH, days: tuple[int, ...] = (0, 1, 8)) -> Story:
    visits = [f"day {day} 10:00 anna site_visited" for day in days]
    return tell(TEXT.format(budget=budget, more=more), visits)


def test_every_budget_stops_what_it_pays_for_and_the_log_names_it() -> None:
    letters = "{name: letters, channel: email, max: 4, per: month}"
    rows = f"[{{max: 1000, per: month}}, {{channel: sms, max: 5, per: week}}, {letters}]"
    assert told(rows, days=(0, 1, 8, 9)).contacts == [
        "day 0 10:00 sent email:m",
        "day 0 10:00 sent sms:m",
        "day 1 10:00 sent email:m",
        "day 1 10:00 dropped sms:m (budget: budget[1])",
        "day 8 10:00 dropped email:m (budget: letters)",
        "day 8 10:00 sent sms:m",
        "day 9 10:00 dropped email:m (budget: letters)",
        "day 9 10:00 dropped sms:m (budget: budget[1])",
    ]


def test_a_lone_budget_is_named_as_it_ever_was() -> None:
    assert told("{max: 7, per: week}").contacts[2:4] == [
        "day 1 10:00 dropped email:m (budget)",
        "day 1 10:00 dropped sms:m (budget)",
    ]
    assert told("[{max: 7, per: week}]").contacts == told("{max: 7, per: week}").contacts


def test_the_first_row_that_is_spent_is_named() -> None:
    rows = "[{name: all, max: 7, per: week}, {channel: sms, max: 5, per: week}]"
    assert told(rows).contacts[3] == "day 1 10:00 dropped sms:m (budget: all)"
    swapped = "[{channel: sms, max: 5, per: week}, {name: all, max: 7, per: week}]"
    assert told(swapped).contacts[3] == "day 1 10:00 dropped sms:m (budget: budget[0])"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "stopped"),
    [
        ("channel: [email, vk]", {"email"}),
        ("purposes: promo", {"email", "sms"}),
        ("purposes: service", set()),
        ("topic: news", {"email", "sms"}),
        ("message: s", set()),
        ("chain: a, channel: sms", {"sms"}),
        ("chain: b", set()),
        ("team: sales", set()),
    ],
)
def test_a_row_pays_for_the_contacts_that_it_names(row: str, stopped: set[str]) -> None:
    more = BOTH.replace(
        "chains: {", "teams: {sales: {people: 1}}\nchains: {b: {trigger: searched, steps: [{send: {vk: s}}]}, "
    )
    found = told(f"{{max: 1, per: month, {row}}}", more).contacts
    assert {line.split()[4].split(":")[0] for line in found if "dropped" in line} == stopped


TASKS = """
teams: {sales: {people: 1, cost: 40}, care: {people: 1, cost: 30}}
chains:
  a:
    trigger: site_visited
    reenter: always
    steps:
      - task: {to: sales, do: call, about: m, within: 3h}
      - task: {to: care, do: work, name: check, within: 3h}
      - send: {sms: m}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "stopped"),
    [
        ("channel: sms", {"sms:m"}),
        ("team: sales", {"phone:m"}),
        ("team: [sales, care]", {"phone:m", "work:check"}),
        ("team: care, channel: sms", {"work:check", "sms:m"}),
        ("purposes: service", {"work:check"}),
        ("topic: news", {"phone:m", "sms:m"}),
        ("chain: a", {"phone:m", "work:check", "sms:m"}),
    ],
)
def test_budgets_of_teams_and_of_channels_are_apart(row: str, stopped: set[str]) -> None:
    """A call is no SMS, though it needs the same number."""
    story = told(f"{{max: 1, per: month, {row}}}", TASKS, days=(0, 1))
    second = [line.split() for line in story.lines("task_closed", "sent", "dropped") if line.startswith("day 1")]
    done = {words[4] for words in second if words[-1] in ("(answered)", "(done)") or words[3] == "sent"}
    assert {"phone:m", "work:check", "sms:m"} - done == stopped


def test_purposes_that_do_not_obey_are_counted_and_go_on() -> None:
    more = "chains: {a: {trigger: site_visited, reenter: always, steps: [{send: {email: t}}, {send: {sms: m}}]}}"
    found = told("[{channel: email, max: 2, per: month}, {max: 7, per: month}]", more).contacts
    assert [line for line in found if "dropped" in line] == [
        "day 1 10:00 dropped sms:m (budget: budget[1])",
        "day 8 10:00 dropped sms:m (budget: budget[1])",
    ]


def test_what_counts_the_same_keeps_its_purse_over_a_change_and_what_is_new_begins_then() -> None:
    change = (
        "changes: [{on: 2026-02-04, contact_policy: {budget: "
        "[{channel: email, max: 3, per: month}, {name: texts, channel: sms, max: 9, per: month}]}}]\n"
    )
    story = told("[{name: letters, channel: email, max: 100, per: month}]", change + BOTH, days=(0, 1, 2, 3, 4))
    assert story.contacts[4:] == [
        "day 2 10:00 dropped email:m (budget: budget[0])",  # 4 of days 0 and 1 are counted
        "day 2 10:00 sent sms:m",  # 10 of days 0 and 1 are not
        "day 3 10:00 dropped email:m (budget: budget[0])",
        "day 3 10:00 sent sms:m",
        "day 4 10:00 dropped email:m (budget: budget[0])",
        "day 4 10:00 dropped sms:m (budget: texts)",
    ]
    scenario = scenario_of(TEXT.format(budget="{channel: email, max: 100, per: month}", more=change + BOTH))
    assert [(one.scope.channels, begin) for one, begin in purses(scenario).items()] == [
        (("email",), 0),
        (("sms",), 2 * DAY),
    ]


def test_what_budgets_count_is_shared_state_that_can_be_replayed() -> None:
    rows = "[{channel: sms, max: 5, per: week}, {max: 1000, per: month}]"
    first = told(rows)
    assert {"budget:0", "budget:0:purse2"} <= first.path.keys()
    text = TEXT.format(budget=rows, more=BOTH)
    visits = [f"day {day} 10:00 anna site_visited" for day in (0, 1, 8)]
    assert tell(text, visits, replay=first.path).contacts == first.contacts
    assert tell(text, visits, bucket=300).contacts == first.contacts
