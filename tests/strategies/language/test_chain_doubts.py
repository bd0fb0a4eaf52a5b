"""Chains that load and are hardly meant, and hours in which nothing goes out: told with line, reason and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.brief import check_brief
from experiments.options import USUAL
from strategies.language.doubts import USUAL_CUSTOMERS
from tests.strategies.language.small import load
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


AFTER_ALL = (
    "chains.cart: nothing ends the chain when the customer orders, so he is reminded of what he bought; expected "
    "'exit_on: order', or a condition in 'while'"
)
GOAL = "goal: {event: order, window: 7d}"


@pytest.mark.parametrize(
    ("old", "new", "doubtful"),
    [
        ("exit_on: order", "exit_on: click", True),
        ("exit_on: order", GOAL, True),
        ("exit_on: order", 'while: "orders == 0"', False),
        ("exit_on: order", "priority: 40", True),
        ("until: click", "until: order", False),
        ('if: "clicked(nudge)"', 'if: "last_order.age < 1d"', False),
        ("- wait: 1h", "- send: {email: nudge}", True),
        ("trigger: cart_abandoned", "trigger: {any: [view_abandoned, checkout_abandoned]}", True),
        ("trigger: cart_abandoned", "trigger: registration_abandoned", False),
    ],
)
def test_reminders_of_what_was_bought(tmp_path: Path, old: str, new: str, doubtful: bool) -> None:
    text = USED if old.startswith("exit_on") else USED.replace("exit_on: order", "priority: 40")
    assert [text for _, text in told(tmp_path, text.replace(old, new))] == doubtful * [AFTER_ALL]


def test_one_message_at_once_reminds_of_nothing_bought(tmp_path: Path) -> None:
    steps = USED[USED.index("      - wait: 1h") : USED.index("    reenter:")]
    text = USED.replace(steps, "      - send: {email: nudge}\n").replace("exit_on: order", "priority: 40")
    assert told(tmp_path, text) == []


@pytest.mark.parametrize("policy", ["at_goal: end", "at_goal: go_on", "like: klaviyo@2025"])
def test_a_policy_that_says_what_a_goal_does_decides(tmp_path: Path, policy: str) -> None:
    text = USED.replace("exit_on: order", GOAL).replace("contact_policy:\n", f"contact_policy:\n  {policy}\n")
    assert told(tmp_path, text) == []


@pytest.mark.parametrize(("window", "doubtful"), [("91d", True), ("90d", False)])
def test_a_goal_window_longer_than_the_horizon(tmp_path: Path, window: str, doubtful: bool) -> None:
    goal = f"exit_on: order\n    goal: {{event: order, window: {window}}}"
    assert told(tmp_path, USED.replace("exit_on: order", goal)) == doubtful * [
        (
            24,
            "chains.cart.goal: the window of 91d is longer than the horizon of 90d, so no run is watched to its end; "
            "expected a shorter window or a longer horizon",
        )
    ]


@pytest.mark.parametrize(
    ("kpi", "doubtful"),
    [
        ("{metric: click_rate, channel: vk, at_least: 1%}", True),
        ("{metric: click_rate, channel: sms, at_least: 1%}", False),
    ],
)
def test_targets_of_a_channel_on_which_nothing_goes_out(tmp_path: Path, kpi: str, doubtful: bool) -> None:
    assert told(
        tmp_path, f"brief:\n  kpis:\n    - {kpi}\n" + USED.replace("  sms:", "  vk: {}\n  sms:")
    ) == doubtful * [
        (
            3,
            "brief.kpis: click_rate of vk, on which no chain and no campaign sends anything; expected one of: email, "
            "sms",
        )
    ]


@pytest.mark.parametrize(
    ("metric", "target", "doubtful"),
    [
        ("romi", "100", True),
        ("romi", "100%", False),
        ("romi", "1.5", False),
        ("contribution", "100", False),
    ],
)
def test_returns_without_percent(tmp_path: Path, metric: str, target: str, doubtful: bool) -> None:
    kpi = f"brief:\n  kpis:\n    - {{metric: {metric}, at_least: {target}}}\n"
    assert told(tmp_path, kpi + USED) == doubtful * [
        (3, "brief.kpis: romi at_least: 100 is 10000%; did you mean '100%' ('100%' and '1' are the same)?")
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "budget", "doubtful"),
    [(1000, True, True), (1000, False, False), (5000, True, False)],
)
def test_a_base_smaller_than_a_run(tmp_path: Path, base: int, budget: bool, doubtful: bool) -> None:
    text = USED.replace("contact_policy:\n", "contact_policy:\n  budget: {max: 500, per: month}\n") if budget else USED
    assert told(tmp_path, f"base: {base}\n" + text) == doubtful * [
        (
            1,
            "base: 1,000 customers are fewer than the 5,000 that a run simulates by default, whose budget is then as "
            "much larger than the one stated; expected the size of the real base, or --customers 1000",
        )
    ]


def test_the_customers_of_a_run_by_default() -> None:
    assert USUAL.customers == USUAL_CUSTOMERS


def test_a_goal_rate_needs_a_goal(tmp_path: Path) -> None:
    kpi = "brief: {kpis: [{metric: goal_rate, chain: cart, at_least: 1%}]}\n"
    assert check_brief(load(tmp_path, kpi + USED.replace("exit_on: order", GOAL))) == []
    assert [problem.text for problem in check_brief(load(tmp_path, kpi + USED))] == [
        "goal_rate: the chain 'cart' has no goal, expected one such as 'goal: {event: order, window: 7d}'"
    ]


BANNER = (
    "chains.cart: a run that waits behind an in_app message (nudge) is the main chain meanwhile, seen or not, and "
    "holds back other chains (contact_policy.one_main_chain); expected a purpose that its 'free' names, or no wait "
    "behind it"
)
ONE_CHAIN = "  one_main_chain: {free: [transactional]}\n"
SHOW, LONG = "      - send: {in_app: nudge}\n", "      - wait: 1d\n"


@pytest.mark.parametrize(
    ("rule", "steps", "doubtful"),
    [
        (ONE_CHAIN, SHOW + LONG, True),
        (ONE_CHAIN, "      - cascade: [{in_app: nudge, wait: 1d}, {in_app: nudge}]\n", True),
        (ONE_CHAIN, LONG + SHOW, False),
        (ONE_CHAIN, SHOW + LONG + "      - send: {email: digest}\n", False),
        (ONE_CHAIN.replace("transactional", "promo"), SHOW + LONG, False),
        ("", SHOW + LONG, False),
    ],
)
def test_banners_that_hold_other_chains_back(tmp_path: Path, rule: str, steps: str, doubtful: bool) -> None:
    own = USED[USED.index("      - wait: 1h") : USED.index("    reenter:")]
    text = USED.replace(own, steps).replace("  sms:", "  in_app: {}\n  sms:")
    assert [text for _, text in told(tmp_path, text.replace("contact_policy:\n", "contact_policy:\n" + rule))] == (
        doubtful * [BANNER]
    )


NO_CALLS = (
    "{}: waits for the answer to a call, and no chain asks a team to call anybody, so it never comes; expected a step "
    "such as task: {{to: sales, do: call, about: message}}, or another event"
)
CALLING = """teams: {sales: {people: 1, cost: 100}}
chains:
  calls: {trigger: order, steps: [{task: {to: sales, do: call, about: nudge, within: 1d}}]}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("trigger: cart_abandoned", "trigger: call_answered", "trigger"),
        ("trigger: cart_abandoned", "trigger: {any: [order, call_answered]}", ""),
        ("exit_on: order", "exit_on: [order, call_answered]", "exit_on"),
        ("exit_on: order", "exit_on: order\n    goal: {event: call_answered, window: 7d}", "goal"),
        ("{until: click, at_most: 24h}", "{until: call_answered, at_most: 24h}", "steps"),
        ("{until: click, at_most: 24h}", "{until: click or call_answered, at_most: 24h}", ""),
        ("{until: click, at_most: 24h}", "{until: {event: order, if: 'value > 5'}, at_most: 24h}", ""),
        ("{until: click, at_most: 24h}", "{until: {event: call_answered, if: 'orders > 1'}, at_most: 24h}", "steps"),
    ],
)
def test_answers_to_calls_that_nobody_makes(tmp_path: Path, old: str, new: str, place: str) -> None:
    text = USED.replace(old, new)
    assert [found for _, found in told(tmp_path, text)] == bool(place) * [NO_CALLS.format(f"chains.cart.{place}")]
    assert told(tmp_path, text.replace("chains:\n", CALLING)) == []


CALL = """teams: {sales: {people: 1, cost: 100}}
base: 10000
chains:
  big: {trigger: order, priority: 90, steps: [{task: {to: sales, do: call, about: nudge, within: 1d}}]}
"""
NO_LEADER = (
    "chains.big.priority: the chain has tasks alone, which make no main chain, so it holds back nothing of cart; to "
    "keep other chains quiet while people are at work write contact_policy.pause_after: {task_created: 2d, until: "
    "task_closed}"
)
HELLO = "[{task: {to: sales, do: call, about: nudge, within: 1d}}, {send: {email: digest}}]"
WORK = "{to: sales, do: work, name: check, within: 1d}"


@pytest.mark.parametrize(
    ("rule", "change", "doubtful"),
    [
        (ONE_CHAIN, ("", ""), True),
        ("", ("", ""), False),
        (ONE_CHAIN, (", priority: 90", ""), False),
        (ONE_CHAIN, ("priority: 90", "priority: 5"), False),
        (ONE_CHAIN, ("[{task: {to: sales, do: call, about: nudge, within: 1d}}]", HELLO), False),
        (ONE_CHAIN, ("{to: sales, do: call, about: nudge, within: 1d}", WORK), False),
        (ONE_CHAIN.replace("transactional", "promo"), ("", ""), False),
        (ONE_CHAIN + "  pause_after: {task_created: 2d, until: task_closed}\n", ("", ""), False),
    ],
)
def test_a_chain_of_tasks_never_leads(tmp_path: Path, rule: str, change: tuple[str, str], doubtful: bool) -> None:
    text = USED.replace("chains:\n", CALL.replace(*change), 1).replace("contact_policy:\n", "contact_policy:\n" + rule)
    assert [text for _, text in told(tmp_path, text) if ".priority:" in text] == doubtful * [NO_LEADER]
