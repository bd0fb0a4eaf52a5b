"""LANGUAGE, Goal measures, exit ends; while; re-entry, retrigger, timeout."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, tell

VISIT = "day 0 10:00 anna site_visited"


def chain(
    more: str = "", steps: str = "{wait: 2d}, {send: {email: m}}", trigger: str = "site_visited", top: str = ""
) -> str:
    return f"""
{top}
messages: {{m: {{purpose: promo}}, n: {{purpose: promo}}}}
chains: {{c: {{trigger: {trigger}, {more} steps: [{steps}]}}}}
"""


# ------------------------------------------------------------------ goal and exit


def test_a_goal_measures_and_does_not_end_the_run() -> None:
    told = tell(chain("goal: {event: order, window: 7d},"), [VISIT, "day 1 10:00 anna order 10"])
    assert told.runs == [
        "day 0 10:00 chain_entered c",
        "day 1 10:00 goal_reached c",
        "day 2 10:00 chain_exited c (finished)",
    ]
    assert told.sent == ["day 2 10:00 email:m"]


def test_exit_ends_the_run_at_once() -> None:
    told = tell(chain("exit_on: [order, cart_emptied],"), [VISIT, "day 1 10:00 anna cart_emptied"])
    assert told.runs == ["day 0 10:00 chain_entered c", "day 1 10:00 chain_exited c (exit_event)"]
    assert told.sent == []


def test_a_goal_counts_before_the_exit_that_the_same_event_makes() -> None:
    told = tell(chain("goal: {event: order, window: 7d}, exit_on: order,"), [VISIT, "day 1 10:00 anna order 10"])
    assert told.runs[1:] == ["day 1 10:00 goal_reached c", "day 1 10:00 chain_exited c (exit_event)"]


def test_conversions_count_inside_the_window_also_after_the_run_ended() -> None:
    goal = "goal: {event: order, window: 7d},"
    inside = tell(chain(goal), [VISIT, "day 7 10:00 anna order 10"])
    assert inside.lines("goal_reached") == ["day 7 10:00 goal_reached c"]
    late = tell(chain(goal), [VISIT, "day 7 10:00:01 anna order 10"])
    assert late.lines("goal_reached") == []


def test_a_goal_is_reached_once_per_run() -> None:
    timeline = [VISIT, "day 1 10:00 anna order 10", "day 3 10:00 anna order 10"]
    assert len(tell(chain("goal: {event: order, window: 7d},"), timeline).lines("goal_reached")) == 1


def test_the_triggering_event_never_counts_for_the_goal() -> None:
    told = tell(chain("goal: {event: order, window: 7d},", trigger="order"), "day 0 10:00 anna order 10")
    assert told.lines("goal_reached") == []
    told = tell(
        chain("goal: {event: order, window: 7d},", trigger="order"),
        ["day 0 10:00 anna order 10", "day 3 10:00 anna order 9"],
    )
    assert told.lines("goal_reached") == ["day 3 10:00 goal_reached c"]


def test_goal_events_of_channels_count_for_the_run_whose_message_they_answer() -> None:
    steps = "{send: {email: m}}"
    goal = "goal: {event: click, window: 7d},"
    assert len(tell(chain(goal, steps), [VISIT, "day 1 10:00 anna click 1"]).lines("goal_reached")) == 1
    other = chain(goal, steps) + 'campaigns: {x: {every: "Mon 09:00", send: {sms: n}}}\n'
    assert tell(other, [VISIT, "day 1 10:00 anna click 1"], days=5).lines("goal_reached") == []
    assert len(tell(other, [VISIT, "day 1 10:00 anna click 2"], days=5).lines("goal_reached")) == 1


def test_answers_long_after_the_run_do_no_harm() -> None:
    """A click on a message of a run that was taken out of the customer's list, between runs that go on."""
    steps = "{send: {email: m}}, {wait: {until: click, at_most: 10d}}, {send: {sms: n}}"
    text = chain(
        "reenter: always, on_retrigger: {parallel_by: cart}, goal: {event: order, window: 1d},", steps, "cart_added"
    )
    carts = [f"day {2 * i} 10:00 anna cart_added 10" for i in range(4)]
    emptied = [f"day {2 * i + 1} 10:00 anna cart_emptied" for i in range(4)]
    clicks = [
        "day 7 11:00 anna click 2",
        "day 7 11:01 anna click 2",
        "day 7 11:02 anna click 1",
        "day 7 11:03 anna click 2",
    ]
    told = tell(text, [*carts, *emptied, *clicks, "day 7 12:00 anna click 3", "day 7 12:01 anna click 4"])
    assert [line for line in told.sent if "sms" in line] == [
        "day 7 11:00 sms:n",
        "day 7 11:02 sms:n",
        "day 7 12:00 sms:n",
        "day 7 12:01 sms:n",
    ]


def test_while_is_checked_before_every_message_and_false_ends_the_run() -> None:
    steps = "{send: {email: m}}, {wait: 1d}, {send: {email: m}}, {wait: 1d}, {send: {email: m}}"
    told = tell(chain('while: "orders < 1",', steps), [VISIT, "day 1 09:00 anna order 10"])
    assert told.lines("sent", "dropped", "chain_exited") == [
        "day 0 10:00 sent email:m",
        "day 1 10:00 dropped email:m (condition)",
        "day 1 10:00 chain_exited c (condition)",
    ]


def test_while_is_not_checked_between_messages() -> None:
    told = tell(
        chain('while: "orders < 1",', "{send: {email: m}}, {wait: 1d}, {wait: 1d}"), [VISIT, "day 0 11:00 anna order 9"]
    )
    assert told.lines("chain_exited") == ["day 2 10:00 chain_exited c (finished)"]


def test_while_ends_ghosts_when_it_would_end_the_run() -> None:
    steps = "{send: {email: m}}, {wait: 1d}, {send: {email: m}}, {wait: 1d}, {send: {email: m}}"
    told = tell(chain('while: "orders < 1", holdout: 100%,', steps), [VISIT, "day 1 09:00 anna order 10"])
    assert told.lines("dropped", "chain_exited") == [
        "day 0 10:00 dropped email:m (holdout)",
        "day 1 10:00 dropped email:m (holdout)",
        "day 1 10:00 chain_exited c (condition)",
    ]


# ------------------------------------------------------------------ entering again

MONTHLY = [f"day {day} 10:00 anna site_visited" for day in (0, 1, 5, 8, 20)]


@pytest.mark.parametrize(
    ("reenter", "entries"),
    [
        ("never", [0]),
        ("always", [0, 5, 8, 20]),
        ("{after: 7d}", [0, 8, 20]),
        ("{after: 8d}", [0, 8, 20]),
        ("{after: 9d}", [0, 20]),
    ],
)
def test_reenter_counts_from_entry_and_a_running_run_ignores_its_trigger(reenter: str, entries: list[int]) -> None:
    told = tell(chain(f"reenter: {reenter},"), MONTHLY)
    assert told.lines("chain_entered") == [f"day {day} 10:00 chain_entered c" for day in entries]


def test_without_reenter_a_customer_enters_once() -> None:
    assert len(tell(chain(), MONTHLY).lines("chain_entered")) == 1


@pytest.mark.parametrize("reenter", ["", "reenter: always,", "reenter: {after: 7d},"])
def test_restart_ends_the_running_run_and_begins_anew(reenter: str) -> None:
    told = tell(chain(f"on_retrigger: restart, {reenter}"), MONTHLY[:2])
    assert told.runs == [
        "day 0 10:00 chain_entered c",
        "day 1 10:00 chain_exited c (restarted)",
        "day 1 10:00 chain_entered c",
        "day 3 10:00 chain_exited c (finished)",
    ]
    assert told.sent == ["day 3 10:00 email:m"]


def test_a_restarted_run_withdraws_what_waits() -> None:
    night = 'contact_policy: {quiet_hours: {from: "22:00", to: "08:00"}}'
    text = chain("on_retrigger: restart, reenter: always,", "{send: {email: m}}", top=night)
    told = tell(text, ["day 0 23:00 anna site_visited", "day 1 02:00 anna site_visited"])
    assert told.contacts == [
        "day 0 23:00 held email:m (quiet_hours)",
        "day 1 02:00 dropped email:m (run_ended)",
        "day 1 02:00 held email:m (quiet_hours)",
        "day 1 08:00 sent email:m",
    ]


def test_after_the_run_reenter_decides_whatever_the_retrigger() -> None:
    told = tell(chain("on_retrigger: restart,"), [MONTHLY[0], MONTHLY[2]])
    assert len(told.lines("chain_entered")) == 1


def test_parallel_runs_go_side_by_side_one_per_category() -> None:
    text = chain("on_retrigger: {parallel_by: category}, reenter: always,", trigger="cart_abandoned")
    carts = ["day 0 10:00 anna cart_abandoned 9 shoes", "day 0 11:00 anna cart_abandoned 9 books"]
    told = tell(text, [*carts, "day 0 12:00 anna cart_abandoned 9 shoes"])
    assert told.sent == ["day 2 10:00 email:m", "day 2 11:00 email:m"]


def test_parallel_runs_by_cart_need_a_new_cart() -> None:
    """A cart ends with an order or by being emptied; leaving the same cart twice starts one run."""
    text = chain("on_retrigger: {parallel_by: cart}, reenter: always,", trigger="cart_abandoned")
    left = ["day 0 10:00 anna cart_abandoned 9 shoes", "day 0 12:00 anna cart_abandoned 12 shoes"]
    assert tell(text, left).sent == ["day 2 10:00 email:m"]
    for end in ("order 12", "cart_emptied"):
        assert len(tell(text, [left[0], f"day 0 11:00 anna {end}", left[1]]).sent) == 2


@pytest.mark.parametrize("reenter", ["never", "{after: 20d}"])
def test_parallel_runs_ask_for_no_reenter_while_one_is_on(reenter: str) -> None:
    text = chain(f"on_retrigger: {{parallel_by: cart}}, reenter: {reenter},", trigger="cart_abandoned")
    left = [f"day {day} 10:00 anna cart_abandoned 9 shoes" for day in (0, 1, 4)]
    bought = [f"day {day} 12:00 anna order 9" for day in (0, 3)]
    assert tell(text, sorted([*left, *bought])).lines("chain_entered") == [
        "day 0 10:00 chain_entered c",
        "day 1 10:00 chain_entered c",
    ]


def test_timeout_ends_a_run_and_withdraws_what_waits() -> None:
    told = tell(chain("timeout: 1d,"), VISIT)
    assert told.runs[-1] == "day 1 10:00 chain_exited c (timeout)"
    night = 'contact_policy: {quiet_hours: {from: "22:00", to: "08:00"}}'
    told = tell(chain("timeout: 2h,", "{send: {email: m}}", top=night), "day 0 23:00 anna site_visited")
    assert told.contacts == ["day 0 23:00 held email:m (quiet_hours)", "day 1 01:00 dropped email:m (run_ended)"]


def test_a_run_that_ended_does_not_time_out() -> None:
    told = tell(chain("timeout: 5d,"), VISIT)
    assert told.lines("chain_exited") == ["day 2 10:00 chain_exited c (finished)"]


def test_a_timeout_ends_its_own_run_only() -> None:
    told = tell(
        chain("timeout: 3d, reenter: always, exit_on: order,"),
        [VISIT, "day 1 10:00 anna order 1", "day 2 10:00 anna site_visited"],
    )
    assert told.lines("chain_exited") == [
        "day 1 10:00 chain_exited c (exit_event)",
        "day 4 10:00 chain_exited c (finished)",
    ]


def test_exit_as_a_step() -> None:
    steps = "{choose: [{if: 'orders > 0', steps: [exit]}]}, {send: {email: m}}"
    told = tell(chain("", steps), ["day -1 10:00 anna order 10", VISIT, "day 0 10:00 boris site_visited"])
    assert told.lines("chain_exited", of="anna") == ["day 0 10:00 chain_exited c (exit_step)"]
    assert told.lines("sent", of="boris") == ["day 0 10:00 sent email:m"]


def test_choose_takes_the_first_branch_that_holds_and_else_otherwise() -> None:
    steps = """{choose: [
      {if: 'orders > 5', steps: [{send: {sms: m}}]},
      {if: 'orders > 0', steps: [{send: {vk: m}}]},
      {else: [{send: {email: m}}]}]},
      {send: {telegram: n}}"""
    orders = [f"day -{i} 10:00 boris order 10" for i in range(1, 3)] + [
        f"day -{i} 10:00 carla order 10" for i in range(1, 8)
    ]
    told = tell(chain("", steps), [*orders, VISIT, "day 0 10:00 boris site_visited", "day 0 10:00 carla site_visited"])
    assert [told.lines("sent", of=name)[0] for name in ("anna", "boris", "carla")] == [
        "day 0 10:00 sent email:m",
        "day 0 10:00 sent vk:m",
        "day 0 10:00 sent sms:m",
    ]
    assert all(told.lines("sent", of=name)[1].endswith("telegram:n") for name in ("anna", "boris", "carla"))


# ------------------------------------------------------------------ what channels report


def test_a_message_without_data_and_fallback_goes_out() -> None:
    text = chain("", "{send: {email: m}}").replace("m: {purpose: promo}", "m: {purpose: promo, personal: [cart_items]}")
    assert tell(text, VISIT).sent == ["day 0 10:00 email:m (broken)"]


@pytest.mark.parametrize("event", ["bounced", "delivered"])
def test_a_run_may_exit_on_what_the_channel_reports_while_sending(event: str) -> None:
    text = chain(f"exit_on: {event}, goal: {{event: order, window: 7d}},", "{send: {email: m}}, {send: {sms: n}}")
    people = {"anna": Person(bounces={"email": "hard"} if event == "bounced" else {})}
    told = tell(text, [VISIT, "day 1 10:00 anna order 10"], people)
    assert told.lines("sent", "chain_exited", "goal_reached") == [
        "day 0 10:00 sent email:m",
        "day 0 10:00 chain_exited c (exit_event)",
        "day 1 10:00 goal_reached c",
    ]


def test_unsubscribing_ends_runs_whichever_message_it_answers() -> None:
    text = chain("exit_on: unsubscribed,") + 'campaigns: {x: {every: "Mon 09:00", send: {sms: n}}}\n'
    told = tell(text, [VISIT, "day 0 11:00 anna unsubscribed 1"], days=5)
    assert told.lines("chain_exited") == ["day 0 11:00 chain_exited c (exit_event)"]


@pytest.mark.parametrize("event", ["opened", "click"])
def test_an_answer_ends_only_the_run_whose_message_it_answers(event: str) -> None:
    steps = "{send: {email: m}}, {wait: 2d}, {send: {email: m}}, {wait: 1d}"
    text = chain(f"exit_on: {event},", steps) + 'campaigns: {x: {every: "Mon 09:00", send: {vk: n}}}\n'
    told = tell(text, [VISIT, f"day 0 11:00 anna {event} 1"], days=5)
    assert told.lines("chain_exited") == ["day 3 10:00 chain_exited c (finished)"]
    told = tell(text, [VISIT, f"day 2 11:00 anna {event} 2"], days=5)
    assert told.lines("chain_exited") == ["day 2 11:00 chain_exited c (exit_event)"]
