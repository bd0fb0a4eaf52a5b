"""Steps that send nothing: fields, static segments, consent given up, chains started and stopped."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, Story, tell

MESSAGES = "messages: {m: {purpose: promo}, n: {purpose: promo}, r: {purpose: transactional}}\n"
FREE = "contact_policy: {exempt: {transactional: {obeys: [address]}}}\n"


def told(text: str, timeline: str = "day 0 10:00 anna cart_abandoned", **more: object) -> Story:
    return tell(MESSAGES + text, timeline, **more)  # type: ignore[arg-type]


def actions(story: Story) -> list[str]:
    return story.lines("action_taken")


# ---------------------------------------------------------------------- fields


def test_a_field_that_was_set_is_read_by_conditions_of_all_chains() -> None:
    story = told(
        """
fields: {stage: {one_of: [new, talking], default: new}, calls: 0, promised: false}
chains:
  a:
    trigger: cart_abandoned
    steps: [{set: {stage: talking, calls: 2, promised: true}}]
  b:
    trigger: order
    enter: "field.stage == 'talking' and field.calls > 1 and field.promised"
    steps: [{send: {email: m}}]
""",
        """
day 0 10:00 anna cart_abandoned
day 0 11:00 anna order 10
day 0 11:00 berta order 10
""",
    )
    assert story.lines("action_taken", "sent") == [
        "day 0 10:00 anna action_taken set a",
        "day 0 11:00 anna sent email:m",
    ]


def test_a_field_without_a_default_is_missing_until_it_is_set() -> None:
    text = """
fields: {{score: {{type: number}}, kind: {{one_of: [x, y]}}, seen: {{type: flag}}}}
chains:
  a: {{trigger: cart_abandoned, steps: [{{set: {{score: 3, kind: y, seen: false}}}}]}}
  b:
    trigger: site_visited
    reenter: always
    enter: "{0}"
    steps: [{{send: {{email: m}}}}]
"""
    for condition in ("field.score < 5", "field.kind != 'x'", "not field.seen", "known(field.score)"):
        timeline = """
day 0 09:00 anna site_visited
day 0 10:00 anna cart_abandoned
day 0 11:00 anna site_visited
"""
        assert told(text.format(condition), timeline).sent == ["day 0 11:00 email:m"], condition


def test_setting_the_value_that_stands_there_changes_nothing_and_says_so() -> None:
    story = told(
        """
fields: {calls: 0}
chains:
  a: {trigger: cart_abandoned, steps: [{set: {calls: 0}}, {set: {calls: 1}}]}
  b: {trigger: {field_changed: calls}, reenter: always, steps: [{send: {email: m}}]}
"""
    )
    assert story.lines("action_taken", "chain_entered", "sent") == [
        "day 0 10:00 chain_entered a",
        "day 0 10:00 action_taken set a (no_effect)",
        "day 0 10:00 action_taken set a",
        "day 0 10:00 chain_entered b",
        "day 0 10:00 sent email:m",
    ]


COMPUTED = """
fields:
  carts: 0
  twice: 0
  worth: {{type: number}}
  per_cart: {{type: number}}
  big: {{type: flag}}
  kind: {{one_of: [shoes, books]}}
  last_cart: {{type: date}}
chains:
  a:
    trigger: cart_abandoned
    reenter: always
    on_retrigger: restart
    steps:
      - set:
          carts: field.carts + 1
          twice: field.carts * 2
          worth: trigger.value
          per_cart: "trigger.value / (field.carts - 1)"
          big: "trigger.value > 500"
          kind: trigger.category
          last_cart: now
  b: {{trigger: searched, reenter: always, enter: "{0}", steps: [exit]}}
"""
CARTS = """
day 0 10:00 anna cart_abandoned 400 shoes
day 1 10:00 anna cart_abandoned 900 toys
day 2 10:00 anna cart_abandoned 300
day 2 12:00 anna searched
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition",
    [
        "field.carts == 3",
        "field.twice == 6",
        "field.worth == 300",
        "field.per_cart == 150",
        "known(field.big) and not field.big",
        "field.kind == 'shoes'",
        "field.last_cart.age == 2h",
    ],
)
def test_fields_are_set_to_what_formulas_come_to(condition: str) -> None:
    """Fields are written in order; what a formula cannot know (a text that is none of the field's) changes nothing."""
    assert told(COMPUTED.format(condition), CARTS).lines("chain_entered")[-1] == "day 2 12:00 chain_entered b"
    negated = told(COMPUTED.format(f"not ({condition})"), CARTS).lines("chain_entered")
    assert negated[-1] == "day 2 10:00 chain_entered a"


def test_what_is_not_known_leaves_a_field_as_it_is() -> None:
    first = CARTS.splitlines()[1]
    for condition in ("not known(field.per_cart)", "field.worth == 400 and field.carts == 1", "field.kind == 'shoes'"):
        story = told(COMPUTED.format(condition), f"{first}\nday 0 12:00 anna searched")
        assert story.lines("chain_entered")[-1].endswith("chain_entered b"), condition
    nothing = "fields: {n: {type: number}}\nchains: {a: {trigger: cart_abandoned, steps: [{set: {n: field.n + 1}}]}}"
    assert actions(told(nothing)) == ["day 0 10:00 action_taken set a (no_effect)"]


def test_a_number_that_grows_starts_chains_at_every_step_and_ends_at_its_limit() -> None:
    text = """
fields: {n: 1}
chains:
  a: {trigger: cart_abandoned, reenter: always, steps: [{set: {n: field.n * 10000000}}]}
  b: {trigger: {field_changed: n}, reenter: always, enter: "field.n == 100000000000000", steps: [{send: {sms: m}}]}
  c: {trigger: {field_changed: n}, reenter: always, steps: [{send: {email: m}}]}
"""
    story = told(text, "\n".join(f"day {day} 10:00 anna cart_abandoned" for day in range(4)))
    assert story.sent == ["day 0 10:00 email:m", "day 1 10:00 sms:m", "day 1 10:00 email:m"]
    assert actions(story)[2:] == [f"day {day} 10:00 action_taken set a (no_effect)" for day in (2, 3)]


# ---------------------------------------------------------------------- static segments

PROMISED = """
segments:
  promised: {static: true}
  waiting: {if: "segment.promised and orders == 0"}
chains:
  a: {trigger: cart_abandoned, steps: [{add_to: promised}, {wait: 2d}, {remove_from: promised}]}
  entered: {trigger: {segment_entered: promised}, steps: [{send: {email: m}}]}
  left: {trigger: {segment_left: promised}, steps: [{send: {sms: m}}]}
  later: {trigger: {segment_entered: waiting}, steps: [{send: {telegram: m}}]}
"""


def test_members_enter_and_leave_a_static_segment_at_the_step() -> None:
    assert told(PROMISED).lines("action_taken", "segment_entered", "segment_left", "sent") == [
        "day 0 10:00 action_taken add_to a",
        "day 0 10:00 segment_entered",
        "day 0 10:00 sent email:m",
        "day 1 00:00 segment_entered",  # the dynamic one sees it at the daily refresh
        "day 1 00:00 sent telegram:m",
        "day 2 10:00 action_taken remove_from a",
        "day 2 10:00 segment_left",
        "day 2 10:00 sent sms:m",
        "day 3 00:00 segment_left",
    ]


def test_members_stand_in_the_file_from_the_start_and_enter_no_chain_unless_the_backlog_enters() -> None:
    text = """
{0}segments: {{blacklist: {{members: "1"}}}}
chains:
  a: {{trigger: cart_abandoned, enter: "not segment.blacklist", steps: [{{send: {{email: m}}}}]}}
  b: {{trigger: {{segment_entered: blacklist}}, steps: [{{send: {{sms: m}}}}]}}
"""
    timeline = "day 0 10:00 anna cart_abandoned\nday 0 10:00 berta cart_abandoned"
    assert told(text.format(""), timeline).sent == ["day 0 10:00 anna email:m"]
    enters = told(text.format("at_start: {history: 0d, backlog: enter}\n"), timeline)
    assert enters.sent == ["day 0 00:00 berta sms:m", "day 0 10:00 anna email:m"]


def test_adding_a_member_again_is_no_event() -> None:
    story = told(
        """
segments: {promised: {static: true}}
chains:
  a: {trigger: cart_abandoned, steps: [{add_to: promised}, {add_to: promised}, {remove_from: promised}]}
"""
    )
    assert story.lines("action_taken", "segment_entered", "segment_left") == [
        "day 0 10:00 action_taken add_to a",
        "day 0 10:00 segment_entered",
        "day 0 10:00 action_taken add_to a (no_effect)",
        "day 0 10:00 action_taken remove_from a",
        "day 0 10:00 segment_left",
    ]


# ---------------------------------------------------------------------- consent given up by the company


def test_the_company_gives_consent_up_and_chains_hear_of_it() -> None:
    story = told(
        """
chains:
  a:
    trigger: cart_abandoned
    exit_on: unsubscribed
    steps: [{send: {email: m}}, {unsubscribe: email}, {send: {sms: m}}]
  b: {trigger: unsubscribed, steps: [{send: {email: n}}, {send: {sms: n}}, {send: {email: r}}]}
"""
    )
    assert story.lines("action_taken", "unsubscribed", "chain_exited", "sent", "dropped") == [
        "day 0 10:00 sent email:m",
        "day 0 10:00 action_taken unsubscribe a",
        "day 0 10:00 unsubscribed a (by_company)",
        "day 0 10:00 chain_exited a (exit_event)",
        "day 0 10:00 dropped email:n (no_consent)",
        "day 0 10:00 sent sms:n",
        "day 0 10:00 sent email:r",
        "day 0 10:00 chain_exited b (finished)",
    ]


def test_who_has_no_consent_cannot_be_unsubscribed() -> None:
    text = "chains: {a: {trigger: cart_abandoned, steps: [{unsubscribe: [email, sms]}]}}\n"
    people = {"anna": Person(no_consent=("email", "sms"))}
    assert actions(told(text, people=people)) == ["day 0 10:00 action_taken unsubscribe a (no_effect)"]


TOPICS = """
contact_policy: {exempt: {transactional: {obeys: [address], counts: false}}}
messages: {news: {purpose: promo, topic: news}, tips: {purpose: content, topic: tips}, plain: {purpose: promo}}
chains:
  leaves: {trigger: cart_abandoned, reenter: always, steps: [{unsubscribe: {topic: news}}]}
  writes: {trigger: order, reenter: always, steps: [{send: {email: news}}, {send: {email: tips}}, {send: {sms: plain}}]}
"""


def test_a_topic_can_be_given_up_and_all_others_go_on() -> None:
    timeline = """
day 0 09:00 anna order 10
day 0 10:00 anna cart_abandoned
day 1 09:00 anna order 10
day 1 10:00 anna cart_abandoned
"""
    story = tell(TOPICS, timeline)
    assert story.lines("sent", "dropped", "action_taken", "unsubscribed") == [
        "day 0 09:00 sent email:news",
        "day 0 09:00 sent email:tips",
        "day 0 09:00 sent sms:plain",
        "day 0 10:00 action_taken unsubscribe_topic leaves",
        "day 1 09:00 dropped email:news (preference: unsubscribe.topic)",
        "day 1 09:00 sent email:tips",
        "day 1 09:00 sent sms:plain",
        "day 1 10:00 action_taken unsubscribe_topic leaves (no_effect)",
    ]
    held_out = tell(TOPICS.replace("reenter: always, steps: [{unsub", "holdout: 100%, steps: [{unsub"), timeline)
    assert "day 1 09:00 sent email:news" in held_out.lines("sent")
    own_choice = tell(TOPICS, timeline, people={"anna": Person(wishes={"topics_off": 1})})
    assert own_choice.lines("dropped", "action_taken") == [
        "day 0 09:00 dropped email:news (preference: preferences.topics)",
        "day 0 10:00 action_taken unsubscribe_topic leaves (no_effect)",
        "day 1 09:00 dropped email:news (preference: preferences.topics)",
        "day 1 10:00 action_taken unsubscribe_topic leaves (no_effect)",
    ]


# ---------------------------------------------------------------------- other chains


def test_a_started_chain_asks_who_may_enter_as_a_trigger_does() -> None:
    text = """
chains:
  a: {trigger: cart_abandoned, reenter: always, steps: [{start: b}, {send: {sms: m}}]}
  b: {trigger: started, enter: "orders == 0", reenter: never, steps: [{send: {email: m}}, {wait: 1d}]}
"""
    timeline = """
day 0 10:00 anna cart_abandoned
day 5 10:00 anna cart_abandoned
day 0 09:00 berta order 10
day 0 10:00 berta cart_abandoned
"""
    assert told(text, timeline).lines("chain_entered", of="anna") == [
        "day 0 10:00 chain_entered a",
        "day 0 10:00 chain_entered b",
        "day 5 10:00 chain_entered a",
    ]
    assert told(text, timeline).lines("chain_entered", of="berta") == ["day 0 10:00 chain_entered a"]


def test_stop_ends_the_runs_of_another_chain_and_withdraws_what_waits() -> None:
    story = told(
        """
contact_policy: {quiet_hours: {from: "09:00", to: "12:00"}}
chains:
  a: {trigger: cart_abandoned, steps: [{send: {email: m}}]}
  b: {trigger: site_visited, steps: [{stop: a}]}
""",
        """
day 0 10:00 anna cart_abandoned
day 0 11:00 anna site_visited
day 0 11:00 berta site_visited
""",
    )
    assert story.lines("held", "dropped", "sent", "chain_exited", "action_taken") == [
        "day 0 10:00 anna held email:m (quiet_hours)",
        "day 0 11:00 anna action_taken stop b",
        "day 0 11:00 anna dropped email:m (run_ended)",
        "day 0 11:00 anna chain_exited a (stopped)",
        "day 0 11:00 anna chain_exited b (finished)",
        "day 0 11:00 berta action_taken stop b (no_effect)",
        "day 0 11:00 berta chain_exited b (finished)",
    ]


# ---------------------------------------------------------------------- control group and ghosts

EVERYTHING = """
fields: {calls: 0}
segments: {promised: {static: true}}
chains:
  a:
    trigger: cart_abandoned
    {0}
    steps:
      - set: {calls: 1}
      - add_to: promised
      - webhook: lead
      - unsubscribe: email
      - start: b
      - stop: c
  b: {trigger: started, steps: [{send: {sms: r}}, {send: {sms: m}}]}
  c: {trigger: site_visited, steps: [{wait: 5d}]}
"""
VISIT = "day 0 09:00 anna site_visited\nday 0 10:00 anna cart_abandoned"


def test_a_ghost_of_a_holdout_records_its_actions_and_does_nothing() -> None:
    story = told(FREE + EVERYTHING.replace("{0}", "holdout: 100%"), VISIT)
    kinds = ("set", "add_to", "webhook", "unsubscribe", "start", "stop")
    assert actions(story) == [f"day 0 10:00 action_taken {kind} a (holdout)" for kind in kinds]
    assert story.lines("segment_entered", "unsubscribed", "sent") == []
    assert "day 5 09:00 chain_exited c (finished)" in story.runs
    engine = story.hub.engines[0]
    assert (engine.card.values["calls"] == 0).all()
    assert engine.actions.calls == []


def test_for_the_control_group_cards_are_kept_and_chains_move_but_nothing_leaves_the_house() -> None:
    story = told("control: {share: 100%}\n" + FREE + EVERYTHING.replace("{0}", "reenter: never"), VISIT)
    done = {"webhook": " (control)", "unsubscribe": " (control)"}
    kinds = ("set", "add_to", "webhook", "unsubscribe", "start", "stop")
    assert actions(story) == [f"day 0 10:00 action_taken {kind} a{done.get(kind, '')}" for kind in kinds]
    assert story.lines("segment_entered", "unsubscribed", "sent", "dropped") == [
        "day 0 10:00 segment_entered",
        "day 0 10:00 sent sms:r",
        "day 0 10:00 dropped sms:m (control)",
    ]
