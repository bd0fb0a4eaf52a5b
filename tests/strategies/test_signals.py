"""Exits, goals and waits that ask more than the name of an event: a condition, a change of segment."""

from __future__ import annotations

import pytest

from strategies.language import ScenarioError
from tests.strategies.story import Person, tell

HEAD = "messages: {m: {purpose: service}, n: {purpose: service}}\n"


def chain(keys: str = "", steps: str = "[{wait: 5d}, {send: {email: m}}]", more: str = "") -> str:
    return f"{HEAD}{more}chains:\n  c: {{trigger: cart_abandoned, {keys} steps: {steps}}}\n"


CART = "day 0 09:00 anna cart_abandoned 900"


def runs(text: str, *timeline: str, days: int = 10) -> list[str]:
    return tell(text, [CART, *timeline], days=days).lines("chain_exited", "goal_reached")


# ------------------------------------------------------------------ conditions


@pytest.mark.parametrize("name", ["order", "vip"])
def test_a_wait_for_a_segment_knows_no_attributes_whatever_its_name(name: str) -> None:
    wait = f"{{wait: {{until: [{{segment_entered: {name}}}, click], name: ans, at_most: 1d}}}}"
    segments = f"segments: {{{name}: {{if: 'orders > 2'}}}}\n"
    with pytest.raises(ScenarioError, match=r"unknown field 'ans\.value'"):
        tell(chain(steps=f"[{wait}, {{choose: [{{if: 'ans.value > 3', steps: [exit]}}]}}]", more=segments), [])


def test_an_exit_asks_for_the_attributes_of_its_event() -> None:
    text = chain("exit_on: [cart_emptied, {event: order, if: 'value > 3000'}],")
    small, large = "day 1 10:00 anna order 2000", "day 2 10:00 anna order 3001"
    assert runs(text, small) == ["day 5 09:00 chain_exited c (finished)"]
    assert runs(text, small, large) == ["day 2 10:00 chain_exited c (exit_event)"]
    assert runs(text, "day 1 10:00 anna cart_emptied") == ["day 1 10:00 chain_exited c (exit_event)"]


def test_an_exit_asks_for_fields_of_its_moment() -> None:
    text = chain("exit_on: {event: order, if: 'orders == 2'},")
    assert runs(text, "day 1 10:00 anna order 10", days=4) == []
    later = runs(text, "day 0 08:00 anna order 500", "day 2 10:00 anna order 600", days=4)
    assert later == ["day 2 10:00 chain_exited c (exit_event)"]


def test_a_goal_asks_for_the_attributes_of_its_event() -> None:
    text = chain("goal: {event: order, if: 'value >= 1000', window: 7d},", "[{wait: 1d}]")
    told = runs(text, "day 2 10:00 anna order 999", "day 3 10:00 anna order 1000", "day 4 10:00 anna order 5000")
    assert told == ["day 1 09:00 chain_exited c (finished)", "day 3 10:00 goal_reached c"]


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        ("day 0 10:00 anna site_visited", ["day 0 10:00 goal_reached c"]),
        ("day 0 10:00 anna order 1000", ["day 0 10:00 goal_reached c"]),
        ("day 0 10:00 anna order 999", ["day 1 00:00 goal_reached c"]),  # the night that finds the segment entered
        ("day 0 10:00 anna searched", []),
    ],
)
def test_a_goal_may_be_any_of_several(line: str, reached: list[str]) -> None:
    several = "[site_visited, {event: order, if: 'value >= 1000'}, {segment_entered: buyers}]"
    text = chain(f"goal: {{any: {several}, window: 7d}},", "[{wait: 1d}]", SEGMENTS)
    assert tell(text, [CART, line], days=4).lines("goal_reached") == reached


def test_of_several_goals_the_first_counts_alone() -> None:
    text = chain("goal: {any: [site_visited, order], window: 7d},", "[{wait: 1d}]")
    told = tell(text, [CART, "day 0 10:00 anna order 10", "day 0 11:00 anna site_visited"], days=4)
    assert told.lines("goal_reached") == ["day 0 10:00 goal_reached c"]


def test_a_goal_that_ends_the_run_asks_too() -> None:
    text = chain("goal: {event: order, if: 'value >= 1000', window: 7d},", more="contact_policy: {at_goal: end}\n")
    told = runs(text, "day 2 10:00 anna order 999", "day 3 10:00 anna order 1000")
    assert told == ["day 3 10:00 goal_reached c", "day 3 10:00 chain_exited c (goal)"]


LARGE = "[cart_emptied, {event: order, if: 'value > 3000'}]"
WAIT = f"[{{wait: {{until: {LARGE}, name: answer, at_most: 3d%s}}}}, {{send: {{email: m}}}}]"


def test_a_wait_goes_on_when_its_condition_holds() -> None:
    text = chain(steps=WAIT % "")
    told = tell(text, [CART, "day 1 10:00 anna order 2000", "day 1 11:00 anna order 3001"], days=5)
    assert told.sent == ["day 1 11:00 email:m"]
    assert tell(text, [CART, "day 1 10:00 anna order 2000"], days=5).sent == ["day 3 09:00 email:m"]
    assert tell(text, [CART, "day 1 10:00 anna cart_emptied"], days=5).sent == ["day 1 10:00 email:m"]


def test_a_named_wait_knows_what_came() -> None:
    steps = WAIT % ", on_timeout: [{send: {sms: n}}]"
    ask = "{choose: [{if: 'answer.happened and answer.value > 4000', steps: [{send: {vk: n}}]}]}"
    text = chain(steps=steps.replace("{send: {email: m}}", ask))
    assert tell(text, [CART, "day 1 10:00 anna order 3500", "day 1 11:00 anna order 5000"], days=5).sent == []
    assert tell(text, [CART, "day 1 11:00 anna order 5000"], days=5).sent == ["day 1 11:00 vk:n"]
    assert tell(text, [CART, "day 1 11:00 anna order 100"], days=5).sent == ["day 3 09:00 sms:n"]


# ------------------------------------------------------------------ segments

SEGMENTS = "segments: {buyers: {if: 'orders >= 1'}, calls: {static: true}, rich: {if: 'last_order.value > 5000'}}\n"


def test_a_change_of_segment_ends_a_run_at_the_midnight_that_finds_it() -> None:
    text = chain("exit_on: [{segment_entered: buyers}],", more=SEGMENTS)
    assert runs(text, "day 1 10:00 anna order 10") == ["day 2 00:00 chain_exited c (exit_event)"]
    assert runs(text, "day 0 08:00 anna order 10") == ["day 1 00:00 chain_exited c (exit_event)"]
    assert runs(text.replace("segment_entered", "segment_left"), "day 1 10:00 anna order 10") == [
        "day 5 09:00 chain_exited c (finished)"
    ]


def test_a_change_of_segment_is_a_goal_and_moves_a_wait_on() -> None:
    steps = "[{wait: {until: {segment_entered: buyers}, at_most: 4d, on_timeout: [exit]}}, {send: {email: m}}]"
    text = chain("goal: {segment_entered: buyers, window: 3d},", steps, SEGMENTS)
    told = tell(text, [CART, "day 1 10:00 anna order 10"], days=6)
    assert told.lines("goal_reached") == ["day 2 00:00 goal_reached c"]
    assert told.sent == ["day 2 00:00 email:m"]
    assert tell(text, [CART], days=6).sent == []


def test_a_static_segment_is_known_at_once() -> None:
    text = chain("exit_on: {segment_left: calls},", "[{add_to: calls}, {wait: 5d}]", SEGMENTS)
    text += "  d: {trigger: order, steps: [{remove_from: calls}]}\n"
    assert runs(text, "day 1 10:00 anna order 10")[0] == "day 1 10:00 chain_exited c (exit_event)"


def test_a_run_may_take_itself_out_of_a_segment_and_end() -> None:
    steps = "[{add_to: calls}, {wait: 1d}, {remove_from: calls}, {send: {email: m}}]"
    told = tell(chain("exit_on: {segment_left: calls},", steps, SEGMENTS), CART, days=4)
    assert (told.lines("chain_exited"), told.sent) == (["day 1 09:00 chain_exited c (exit_event)"], [])


@pytest.mark.parametrize("names", ["abc", "cba"])
def test_names_of_segments_that_change_in_one_night_decide_nothing(names: str) -> None:
    """A wait for either hears the night once, and a wait behind it does not hear the same night again."""
    one, two, three = names
    more = f"segments: {{{one}: {{if: orders >= 1}}, {two}: {{if: last_order.value > 5}}, {three}: {{static: true}}}}\n"
    both = f"{{until: [{{segment_entered: {one}}}, {{segment_entered: {two}}}], at_most: 4d}}"
    again = f"{{wait: {{until: {{segment_entered: {two}}}, at_most: 2d}}}}"
    steps = f"[{{wait: {both}}}, {{send: {{email: m}}}}, {again}, {{send: {{sms: n}}}}]"
    told = tell(chain(steps=steps, more=more), [CART, "day 1 10:00 anna order 10"], days=6)
    assert told.sent == ["day 2 00:00 email:m", "day 4 00:00 sms:n"]


def test_what_is_asked_of_reports_of_the_own_message_only() -> None:
    steps = "[{send: {email: m}}, {wait: {until: {event: click, if: 'orders >= 1'}, at_most: 2d}}, {send: {sms: n}}]"
    text = chain(steps=steps)
    assert tell(text, [CART, "day 0 10:00 anna click 1"], days=4).sent[1] == "day 2 09:00 sms:n"
    bought = [CART, "day 0 09:30 anna order 10", "day 0 10:00 anna click 1"]
    assert tell(text, bought, days=4).sent[1] == "day 0 10:00 sms:n"


def test_a_delivery_in_the_very_second_is_heard_by_the_wait_behind() -> None:
    steps = (
        "[{send: {email: m}}, {wait: {until: {event: delivered, if: 'orders == %d'}, at_most: 2d}}, {send: {sms: n}}]"
    )
    assert tell(chain(steps=steps % 0), CART, days=4).sent == ["day 0 09:00 email:m", "day 0 09:00 sms:n"]
    assert tell(chain(steps=steps % 1), CART, days=4).sent == ["day 0 09:00 email:m", "day 2 09:00 sms:n"]


def test_a_wait_with_a_condition_tells_of_what_came_in_the_very_second() -> None:
    wait = "{wait: {until: {event: delivered, if: 'orders == 0'}, name: fate, at_most: 2d}}"
    ask = "{choose: [{if: \"fate.channel == 'email'\", steps: [{send: {sms: n}}]}]}"
    assert tell(chain(steps=f"[{{send: {{email: m}}}}, {wait}, {ask}]"), CART, days=4).sent[1:] == ["day 0 09:00 sms:n"]


@pytest.mark.parametrize("until", ["delivered", "{event: delivered, if: 'orders == 0'}"])
def test_a_delivery_is_not_heard_by_a_wait_that_begins_later(until: str) -> None:
    wait = f"{{wait: {{until: {until}, at_most: 2d}}}}"
    told = tell(chain(steps=f"[{{send: {{email: m}}}}, {{wait: 1h}}, {wait}, {{send: {{sms: n}}}}]"), CART, days=4)
    assert told.sent == ["day 0 09:00 email:m", "day 2 10:00 sms:n"]


# ------------------------------------------------------------------ pauses


def paused(also: str, *timeline: str, more: str = SEGMENTS) -> list[str]:
    """What becomes of a message a day that a pause may hold."""
    text = f"""
messages: {{m: {{purpose: promo}}}}
{more}contact_policy: {{pause_after: {{also: {also}}}}}
campaigns: {{daily: {{every: "day 10:00", send: {{email: m}}}}}}
"""
    return tell(text, timeline, {"anna": Person()}, days=4).contacts


def test_a_pause_asks_for_the_attributes_of_its_event() -> None:
    large = "{event: order, if: 'value > 3000', for: 1d}"
    sent = [f"day {day} 10:00 sent email:m" for day in range(4)]
    assert paused(large, "day 1 09:00 anna order 3000") == sent
    told = paused(large, "day 1 09:00 anna order 3001", "day 1 09:30 anna order 10")
    held = "day 1 10:00 held email:m (pause: pause_after.also[0])"
    assert told == [sent[0], held, "day 2 09:00 sent email:m", *sent[2:]]


def test_a_change_of_segment_pauses_from_the_midnight_that_finds_it() -> None:
    told = paused("[{segment_entered: buyers, for: 11h}]", "day 0 11:00 anna order 10")
    held = "day 1 10:00 held email:m (pause: pause_after.also[0])"
    assert told[:3] == ["day 0 10:00 sent email:m", held, "day 1 11:00 sent email:m"]
    assert len(paused("[{segment_left: buyers, for: 11h}]", "day 0 11:00 anna order 10")) == 4


# ------------------------------------------------------------------ what would never end

TOGGLE = """
  a:
    trigger: {segment_entered: calls}
    on_retrigger: restart
    reenter: always
    steps: [{wait: {until: {segment_left: calls}, at_most: 1d}}, %s{add_to: calls}]
  b: {trigger: {segment_entered: calls}, on_retrigger: restart, reenter: always, steps: [{remove_from: calls}]}
"""


def test_a_circle_that_waits_for_what_it_changes_itself_is_refused() -> None:
    with pytest.raises(ScenarioError, match="found a circle without a wait"):
        tell(chain(more=SEGMENTS) + TOGGLE % "", CART, days=1)


def test_a_circle_through_the_wait_of_a_rung_is_refused() -> None:
    rung = "{cascade: [{email: m, wait: 1d, next_unless: {segment_left: calls}}, {sms: n}]}"
    toggle = TOGGLE.replace("{wait: {until: {segment_left: calls}, at_most: 1d}}", rung)
    assert toggle != TOGGLE
    with pytest.raises(ScenarioError, match="found a circle without a wait"):
        tell(chain(more=SEGMENTS) + toggle % "", CART, days=1)


def test_a_circle_in_which_time_passes_runs() -> None:
    told = tell(chain("exit_on: order,", "[{add_to: calls}]", SEGMENTS) + TOGGLE % "{wait: 1d}, ", CART, days=4)
    assert [line.split()[1:3] for line in told.lines("chain_entered") if line.endswith(" b")] == [
        ["0", "09:00"],
        ["1", "09:00"],
        ["2", "09:00"],
        ["3", "09:00"],
    ]


def test_a_chain_that_leaves_a_segment_in_vain_is_no_circle() -> None:
    steps = "[{add_to: calls}, {wait: {until: {segment_left: calls}, at_most: 1d, on_timeout: [{remove_from: calls}]}}]"
    assert runs(chain(steps=steps, more=SEGMENTS)) == ["day 1 09:00 chain_exited c (finished)"]
