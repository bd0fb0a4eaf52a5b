"""Chains that nobody enters, or only once: told with line, reason and remedy, and true in a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.small import SMALL
from tests.strategies.language.test_doubts import USED, told
from tests.strategies.story import tell

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


@pytest.mark.parametrize("condition", ["orders == 0", "orders < 1", "0 == orders", "consent.email and orders == 0"])
@pytest.mark.parametrize("place", ["enter", "if"])
def test_an_order_of_customers_without_one(tmp_path: Path, condition: str, place: str) -> None:
    enter = "consent.email and not segment.vip"
    text = USED.replace("trigger: cart_abandoned", "trigger: order")
    if place == "enter":
        text = text.replace(enter, f"{condition} and not segment.vip")
    else:
        text = text.replace("trigger: order", f'trigger: {{event: order, if: "{condition}"}}')
    ((_, found),) = told(tmp_path, text)
    part = condition.removeprefix("consent.email and ")
    path = "chains.cart.enter" if place == "enter" else "chains.cart.trigger.if"
    assert found == (
        f"{path}: '{part}' is never true at an order, which counts already; of a first order say orders == 1"
    )


@pytest.mark.parametrize("condition", ["orders == 1", "orders < 2", "orders == 0 or consent.email"])
def test_a_first_order_is_fine(tmp_path: Path, condition: str) -> None:
    text = USED.replace("trigger: cart_abandoned", f'trigger: {{event: order, if: "{condition}"}}')
    assert told(tmp_path, text) == []


TOO_LONG = "so nobody ever enters; expected a shorter time, or a longer horizon or at_start.history"


@pytest.mark.parametrize(
    ("trigger", "at_start", "found"),
    [
        (
            "{inactive: 90d, of: nps_answered}",
            "",
            "waits for 90d without nps_answered, but nothing of the past is known",
        ),
        ("{inactive: 89d, of: nps_answered}", "", ""),
        ("{inactive: 455d, of: order}", "", "waits for 455d without order, but a past of 365d is known"),
        (
            "{inactive: 90d, of: order}",
            "at_start: {history: 0d}\n",
            "waits for 90d without order, but nothing of the past is known",
        ),
        ("{date: last_order, after: 455d}", "", "comes 455d after last_order, but a past of 365d is known"),
        ("{date: last_order, after: 454d}", "", ""),
        ("{date: registered, after: 900d}", "", ""),
    ],
)
def test_more_time_than_the_past_and_the_run_have(tmp_path: Path, trigger: str, at_start: str, found: str) -> None:
    text = at_start + USED.replace("trigger: cart_abandoned", f"trigger: {trigger}")
    expected = [f"chains.cart.trigger: {found} and the run has 90d, {TOO_LONG}"] if found else []
    assert [text for _, text in told(tmp_path, text)] == expected


STARTER = "  other: {trigger: order, steps: [{start: cart}]}\n"


def test_what_another_chain_starts_may_be_entered_all_the_same(tmp_path: Path) -> None:
    text = USED.replace("trigger: cart_abandoned", "trigger: {inactive: 500d, of: nps_answered}")
    assert len(told(tmp_path, text)) == 1
    assert told(tmp_path, text.replace("campaigns:", f"{STARTER}campaigns:")) == []


MISSED = (
    "chains.cart.enter: '{}' never holds when the trigger comes, for last_order.age is 30d{} then, so nobody enters"
)
LONGER = "; for those inactive for longer at the start write at_start: {backlog: enter}"


@pytest.mark.parametrize(
    ("enter", "backlog", "told_of"),
    [
        ("last_order.age < 20d", "skip", " or more"),
        ("last_order.age < 20d", "enter", " or more"),
        ("last_order.age > 30d", "skip", LONGER),
        ("last_order.age > 30d", "enter", None),
        ("last_order.age >= 30d", "skip", None),
        ("last_order.age < 20d or orders > 1", "skip", None),
        ("last_visit.age < 20d", "skip", None),
    ],
)
def test_an_entry_that_a_missed_event_excludes(tmp_path: Path, enter: str, backlog: str, told_of: str | None) -> None:
    text = USED.replace("trigger: cart_abandoned", "trigger: {inactive: 30d, of: order}")
    text = text.replace("consent.email and", f"({enter}) and")
    more = told_of == LONGER
    expected = [] if told_of is None else [MISSED.format(enter, "" if more else told_of) + (LONGER if more else "")]
    assert [text for _, text in told(tmp_path, f"at_start: {{backlog: {backlog}}}\n" + text)] == expected


@pytest.mark.parametrize(("enter", "runs"), [("last_visit.age > 3d", 0), ("last_visit.age >= 3d", 1)])
def test_the_age_of_a_missed_event_is_the_period_to_the_second(enter: str, runs: int) -> None:
    story = f"""
    messages: {{m: {{purpose: service}}}}
    chains: {{c: {{trigger: {{inactive: 3d, of: site_visited}}, enter: "{enter}", steps: [{{send: {{email: m}}}}]}}}}
    """
    assert len(tell(story, "day 0 10:00 anna site_visited").sent) == runs


EXCLUDED = "chains.cart.enter: '{}' never holds when the trigger comes, for then '{}' does, so nobody enters"


@pytest.mark.parametrize(
    ("trigger", "enter", "pair"),
    [
        ('{event: order, if: "value > 100"}', "trigger.value < 50", ("trigger.value < 50", "trigger.value > 100")),
        ('{event: order, if: "value > 100"}', "trigger.value < 500", None),
        ("{segment_entered: vip}", "orders < 2", ("orders < 2", "orders >= 3")),
        ("{segment_left: vip}", "orders < 2", None),
        ("{segment_entered: vip}", "not known(orders)", ("not known(orders)", "orders >= 3")),
    ],
)
def test_an_entry_that_the_trigger_excludes(
    tmp_path: Path, trigger: str, enter: str, pair: tuple[str, str] | None
) -> None:
    text = SMALL.replace("trigger: cart_abandoned", f"trigger: {trigger}").replace("consent.email", enter, 1)
    found = [text for _, text in told(tmp_path, text) if ".enter:" in text]
    assert found == ([] if pair is None else [EXCLUDED.format(*pair)])


ONCE = (
    "chains.cart: without 'reenter' a customer enters once in the whole run, and what he leaves behind later is passed "
    "over; write reenter: {after: 7d} or so, and reenter: never where this is meant"
)


@pytest.mark.parametrize(
    ("trigger", "reenter", "doubtful"),
    [
        ("cart_abandoned", "", True),
        ("{any: [view_abandoned, checkout_abandoned]}", "", True),
        ('{event: cart_abandoned, if: "value > 100"}', "", True),
        ("cart_abandoned", "    reenter: never\n", False),
        ("cart_abandoned", "    reenter: {after: 1d}\n", False),
        ("registered", "", False),
    ],
)
def test_a_chain_about_what_is_left_behind_that_is_entered_once(
    tmp_path: Path, trigger: str, reenter: str, doubtful: bool
) -> None:
    text = USED.replace("    reenter: {after: 7d}\n", reenter).replace("trigger: cart_abandoned", f"trigger: {trigger}")
    assert told(tmp_path, text) == doubtful * [(21, ONCE)]


AGAIN = (
    "chains.cart: without 'reenter' a customer enters once in the whole run, and {} is passed over; write reenter: "
    "{{after: 7d}} or so, and reenter: never where this is meant"
)


@pytest.mark.parametrize(
    ("trigger", "later"),
    [
        ("{segment_entered: vip}", "whoever enters vip again"),
        ("{segment_left: vip}", "whoever leaves vip again"),
        ("{count: 2, of: site_visited}", "what is counted after that"),
        ("{field_changed: orders}", "every later change"),
        ("{inactive: 3d, of: searched}", "whoever comes back and stays away again"),
        ('{external: {table: "customer,time\\n1,2026-02-03 10:00\\n1,2026-02-04 10:00"}}', "every later row about him"),
        ('{external: {table: "customer,time\\n1,2026-02-03 10:00\\n2,2026-02-04 10:00"}}', ""),
        ('{every: "Mon 10:00"}', ""),
        ("{date: birthday}", ""),
    ],
)
def test_a_chain_whose_trigger_comes_again_and_that_is_entered_once(tmp_path: Path, trigger: str, later: str) -> None:
    text = USED.replace("    reenter: {after: 7d}\n", "").replace("trigger: cart_abandoned", f"trigger: {trigger}")
    found = [text for _, text in told(tmp_path, text) if "reenter" in text]
    assert found == ([AGAIN.format(later)] if later else [])


@pytest.mark.parametrize(
    ("trigger", "double", "doubtful"),
    [
        ("registered", "[email]", True),
        ("{any: [registered, subscribed]}", "[sms, email]", True),
        ("registered", "[sms]", False),
        ("{any: [subscription_confirmed, registered]}", "[email]", False),
        ("order", "[email]", False),
    ],
)
def test_a_consent_that_is_not_confirmed_yet(tmp_path: Path, trigger: str, double: str, doubtful: bool) -> None:
    text = USED.replace("trigger: cart_abandoned", f"trigger: {trigger}") + f"double_opt_in: {double}\n"
    assert [text for _, text in told(tmp_path, text)] == doubtful * [
        "chains.cart.enter: 'consent.email' is not confirmed yet when the trigger comes (double_opt_in: email), so "
        "hardly anybody enters; expected trigger: subscription_confirmed"
    ]


@pytest.mark.parametrize(
    ("reenter", "period"),
    [
        ("{after: 7d, at_most: 2, per: 3d}", "2 times in 3d"),
        ("{after: 7d, at_most: 1, per: week}", "once in a week"),
        ("{after: 15d, at_most: 2, per: month}", ""),
        ("{after: 7d, at_most: 2, per: 14d}", "2 times in 14d"),
        ("{after: 7d, at_most: 2, per: 15d}", ""),
        ("{after: 7d, at_most: 3}", ""),
        ("{at_most: 2, per: 3d}", ""),
        ("{after: 7d, at_most: 2, per: 3d}, on_retrigger: restart", ""),
    ],
)
def test_a_limit_of_entries_that_the_time_between_them_keeps(tmp_path: Path, reenter: str, period: str) -> None:
    text = USED.replace("reenter: {after: 7d}", f"reenter: {reenter}".replace(", on_", "\n    on_"))
    assert [text for _, text in told(tmp_path, text)] == bool(period) * [
        f"chains.cart.reenter: with 7d between two entries nobody enters more than {period} anyway, so 'at_most' "
        "changes nothing; expected a shorter 'after', a longer 'per', or no 'at_most'"
    ]
