"""Attributes of what happens to messages: channel, message, chain, topic, and the category that a click was on."""

from __future__ import annotations

import pytest

from strategies.attributes import Attributes
from strategies.compiler import compile_scenario
from tests.strategies.story import Person, scenario_of, tell

SENDS = """
messages:
  letter: {purpose: promo, topic: news, personal: [cart_items], fallback: bestsellers}
  note: {purpose: promo, topic: cart}
chains:
  first: {trigger: site_visited, reenter: always, steps: [{send: {email: letter}}, {send: {telegram: note}}]}
"""
"""Answers are to message 1, a letter, and to message 2, a note by Telegram."""
CART, VISIT = "day 0 08:00 anna cart_added 100 books", "day 0 10:00 anna site_visited"


def starts(trigger: str, *timeline: str, more: str = "") -> list[str]:
    """When chain ``c`` was entered."""
    text = f"{SENDS}  c: {{trigger: {trigger}, reenter: always{more}, steps: [{{send: {{sms: note}}}}]}}\n"
    lines = tell(text, [CART, VISIT, *timeline], days=40).lines("chain_entered")
    return [line.removesuffix(" chain_entered c") for line in lines if line.endswith(" c")]


CLICKS = ("day 1 10:00 anna click 1", "day 2 10:00 anna click 2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("channel == 'email'", [1]),
        ("channel != 'email'", [2]),
        ("message == 'note'", [2]),
        ("message_topic in ['news', 'cart']", [1, 2]),
        ("chain == 'first' and message_topic == 'news'", [1]),
        ("category == 'books'", [1]),
        ("category == 'shoes'", []),
        ("not known(category)", [2]),
    ],
)
def test_a_click_is_told_by_what_was_clicked(condition: str, days: list[int]) -> None:
    found = [f"day {day} 10:00" for day in days]
    assert starts(f'{{event: click, if: "{condition}"}}', *CLICKS) == found
    assert starts("click", *CLICKS, more=f', enter: "{_in_enter(condition)}"') == found


def _in_enter(condition: str) -> str:
    for name in ("channel", "message", "message_topic", "chain", "category"):
        condition = condition.replace(f"{name} ", f"trigger.{name} ").replace(f"({name})", f"(trigger.{name})")
    return condition


@pytest.mark.slow
@pytest.mark.parametrize("event", ["delivered", "opened", "click", "unsubscribed", "complained", "blocked"])
def test_each_report_tells_its_channel(event: str) -> None:
    answer = () if event == "delivered" else (f"day 1 10:00 anna {event} 2",)
    when = "day 0 10:00" if event == "delivered" else "day 1 10:00"
    condition = "channel == 'telegram' and message == 'note' and chain == 'first' and message_topic == 'cart'"
    assert starts(f'{{event: {event}, if: "{condition}"}}', *answer) == [when]
    assert starts(f"{{event: {event}, if: \"channel == 'vk'\"}}", *answer) == []


def test_messages_of_campaigns_tell_the_campaign() -> None:
    text = """
messages: {m: {purpose: promo}, n: {purpose: promo}}
campaigns: {monday: {every: "Mon 09:00", send: {email: m}}, tuesday: {every: "Tue 09:00", send: {email: n}}}
chains: {c: {trigger: {event: opened, if: "chain == 'tuesday'"}, reenter: always, steps: [{wait: 1h}]}}
"""
    told = tell(text, ["day 0 10:00 anna opened 1", "day 1 10:00 anna opened 2"], days=4)
    assert told.lines("chain_entered") == ["day 1 10:00 chain_entered c"]


def test_variants_go_by_the_name_of_their_message() -> None:
    text = """
messages: {m: {purpose: promo, variants: {a: {share: 50%, tone: functional}, b: {share: 50%, tone: emotional}}}}
chains:
  first: {trigger: site_visited, steps: [{send: {email: m}}]}
  c: {trigger: {event: click, if: "message == 'm'"}, steps: [{wait: 1h}]}
"""
    people = [f"p{number}" for number in range(6)]
    told = tell(
        text, [f"day 0 10:00 {name} site_visited" for name in people] + [f"day 1 10:00 {p} click 1" for p in people]
    )
    assert len([line for line in told.lines("chain_entered") if line.endswith(" c")]) == len(people)


def test_a_named_wait_tells_what_was_answered() -> None:
    """Also where the answer came while the message was being sent."""
    text = """
messages: {m: {purpose: promo}, thanks: {purpose: promo}, sorry: {purpose: promo}}
chains:
  c:
    trigger: site_visited
    reenter: always
    steps:
      - send: {first_of: [telegram, email], message: m}
      - wait: {until: delivered or bounced as fate, at_most: 1d}
      - choose: [{if: "fate.channel == 'telegram'", steps: [{send: {vk: thanks}}]}]
      - wait: {until: click as answer, at_most: 3d}
      - choose: [{if: "answer.message == 'thanks'", steps: [{send: {sms: sorry}}]}]
"""
    told = ["day 0 10:00 anna site_visited", "day 1 10:00 anna click 2"]
    assert tell(text, told).sent == ["day 0 10:00 telegram:m", "day 0 10:00 vk:thanks", "day 1 10:00 sms:sorry"]
    told = ["day 0 10:00 bob site_visited", "day 1 10:00 bob click 1"]
    assert tell(text, told, {"bob": Person(no_address=("telegram",))}).sent == ["day 0 10:00 email:m"]


@pytest.mark.parametrize(
    ("until", "rows"),
    [
        ("click as answer", 1),
        ("click", 0),
        ("order as answer", 0),
        ("{until: [order, {event: opened, if: \"channel == 'email'\"}], name: answer", 1),
        ("{until: [{event: order, if: value > 5}], name: answer", 0),
    ],
)
def test_runs_keep_what_was_reported_only_where_a_named_wait_listens_to_reports(until: str, rows: int) -> None:
    wait = until if until.startswith("{") else f"{{until: {until}"
    told = tell(f"chains: {{c: {{trigger: site_visited, steps: [{{wait: {wait}, at_most: 1d}}}}]}}}}\n", VISIT)
    assert told.hub.engines[0].runs.reported_site.shape[0] == rows


@pytest.mark.parametrize(("channel", "answered"), [("vk", False), ("email", True)])
def test_a_named_wait_tells_no_report_whose_condition_failed(channel: str, answered: bool) -> None:
    """Another chain puts who was written to on a list, while the letter is being delivered: that ends the wait."""
    text = f"""
messages: {{m: {{purpose: promo}}}}
segments: {{s: {{static: true}}}}
chains:
  c:
    trigger: site_visited
    steps:
      - send: {{email: m}}
      - wait:
          until: [{{segment_entered: s}}, {{event: delivered, if: "channel == '{channel}'"}}]
          at_most: 3d
          name: fate
      - choose: [{{if: "fate.channel == 'email'", steps: [{{send: {{telegram: m}}}}]}}]
      - send: {{vk: m}}
  d: {{trigger: {{event: delivered, if: "channel == 'email'"}}, steps: [{{add_to: s}}]}}
"""
    told = tell(text, VISIT)
    assert told.sent == ["day 0 10:00 email:m", *["day 0 10:00 telegram:m"] * answered, "day 0 10:00 vk:m"]


def test_held_out_runs_tell_what_was_kept_back() -> None:
    """A ghost takes the same branch, of the message kept back last."""
    text = """
messages: {m: {purpose: promo}, n: {purpose: promo}}
chains:
  c:
    trigger: site_visited
    holdout: 100%
    steps:
      - send: {vk: n}
      - send: {email: m}
      - wait: {until: delivered as fate, at_most: 1d}
      - choose: [{if: "fate.channel == 'email' and fate.message == 'm'", steps: [{wait: 5d}]}]
"""
    assert tell(text, "day 0 10:00 anna site_visited").runs[-1] == "day 5 10:00 chain_exited c (finished)"


def test_parallel_runs_may_belong_to_messages() -> None:
    text = f"""{SENDS}
  c:
    trigger: opened
    reenter: always
    on_retrigger: {{parallel_by: message}}
    steps: [{{wait: 9d}}]
"""
    opens = [f"day {day} 10:00 anna opened {number}" for day, number in ((1, 1), (2, 1), (3, 2))]
    entered = tell(text, [VISIT, *opens]).lines("chain_entered")
    assert [line for line in entered if line.endswith(" c")] == [f"day {day} 10:00 chain_entered c" for day in (1, 3)]


def test_counts_and_segments_ask_for_attributes_of_messages() -> None:
    assert starts("{count: 2, of: click, if: \"channel == 'telegram'\"}", *CLICKS, "day 3 10:00 anna click 2") == [
        "day 3 10:00"
    ]
    text = "segments: {s: {did: {event: sent, if: \"message == 'note'\"}, within: 9d, times: 2}}" + SENDS
    text += "  c: {trigger: searched, reenter: always, enter: segment.s, steps: [{wait: 1h}]}\n"
    asks = ["day 1 10:00 anna searched", "day 2 10:00 anna site_visited", "day 3 10:00 anna searched"]
    told = tell(text, [VISIT, *asks])
    assert [line for line in told.lines("chain_entered") if line.endswith(" c")] == ["day 3 10:00 chain_entered c"]


def test_consent_that_the_company_gives_up_tells_no_message() -> None:
    text = (
        SENDS
        + """
  gives_up: {trigger: searched, steps: [{unsubscribe: email}]}
  c: {trigger: {event: unsubscribed, if: "not known(channel)"}, steps: [{wait: 1h}]}
"""
    )
    told = tell(text, [VISIT, "day 1 10:00 anna searched"]).lines("chain_entered")
    assert "day 1 10:00 chain_entered c" in told


def test_a_program_without_messages_knows_no_site() -> None:
    program = compile_scenario(scenario_of("chains: {c: {trigger: click, steps: [exit]}}"), 0, 0)
    assert program.sites == []
    told = tell(
        'chains: {c: {trigger: {any: [order, click]}, enter: "not known(trigger.channel)", steps: [exit]}}',
        "day 0 10:00 anna order 10",
    )
    assert told.lines("chain_entered") == ["day 0 10:00 chain_entered c"]
    assert isinstance(told.hub.engines[0].reader.attributes, Attributes)


SIGNALS = """
messages: {letter: {purpose: promo, topic: news}, note: {purpose: promo, topic: cart}}
contact_policy: {pause_after: {also: [{event: click, if: "channel == 'telegram'", for: 3d}]}}
chains:
  c:
    trigger: site_visited
    goal: {event: click, if: "channel == 'telegram'", window: 9d}
    exit_on: [{event: click, if: "message == 'note'"}]
    steps:
      - send: {email: letter}
      - wait: {until: {event: delivered, if: "channel == 'email'"}, at_most: 1d, name: fate}
      - choose: [{if: "fate.message == 'letter'", steps: [{send: {telegram: note}}]}]
      - wait: {until: {event: click, if: "message_topic == 'news'"}, at_most: 9d}
      - send: {vk: letter}
"""


def test_goals_exits_waits_and_pauses_ask_for_attributes_of_messages() -> None:
    told = tell(SIGNALS, [VISIT, "day 1 10:00 anna click 1"], days=20)
    assert told.sent == ["day 0 10:00 email:letter", "day 0 10:00 telegram:note", "day 1 10:00 vk:letter"]
    assert told.lines("goal_reached") == []
    told = tell(SIGNALS, [VISIT, "day 1 10:00 anna click 2"], days=20)
    assert told.runs[1:] == ["day 1 10:00 goal_reached c", "day 1 10:00 chain_exited c (exit_event)"]
    text = SIGNALS + "  d: {trigger: searched, steps: [{send: {sms: note}}]}\n"
    for number, when in ((1, "day 2 10:00"), (2, "day 4 10:00")):
        told = tell(text, [VISIT, f"day 1 10:00 anna click {number}", "day 2 10:00 anna searched"], days=20)
        assert told.sent[-1] == f"{when} sms:note"
