"""LANGUAGE, Cascade: when the next rung comes, what a policy row does to it, first_of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.story import Person, tell

VISIT = "day 0 10:00 anna site_visited"


def cascade(rungs: str, policy: str = "", chain: str = "", behind: str = "{wait: 5d}, {send: {vk: end}}") -> str:
    return f"""
contact_policy: {{{policy}}}
messages: {{m: {{purpose: promo}}, end: {{purpose: transactional}}, s: {{purpose: service}}}}
chains: {{c: {{trigger: site_visited, {chain} steps: [{{cascade: [{rungs}]}}, {behind}]}}}}
"""


THREE = "{web_push: m, wait: 24h, next_unless: click}, {telegram: m, wait: 24h, next_unless: click}, {sms: m}"


def test_every_rung_waits_for_its_event_before_the_next() -> None:
    told = tell(cascade(THREE), VISIT)
    assert told.sent == [
        "day 0 10:00 web_push:m",
        "day 1 10:00 telegram:m",
        "day 2 10:00 sms:m",
        "day 7 10:00 vk:end",
    ]


def test_the_event_waited_for_ends_the_cascade_at_once() -> None:
    told = tell(cascade(THREE), [VISIT, "day 0 15:00 anna click 1"])
    assert told.sent == ["day 0 10:00 web_push:m", "day 5 15:00 vk:end"]
    told = tell(cascade(THREE), [VISIT, "day 1 15:00 anna click 2"])
    assert told.sent[2:] == ["day 6 15:00 vk:end"]


def test_an_answer_to_an_earlier_rung_ends_the_cascade_too() -> None:
    assert len(tell(cascade(THREE), [VISIT, "day 1 15:00 anna click 1"]).sent) == 3


def test_a_customers_own_action_may_be_waited_for() -> None:
    rungs = "{web_push: m, wait: 24h, next_unless: [click, order]}, {sms: m}"
    assert tell(cascade(rungs), [VISIT, "day 0 12:00 anna order 10"]).sent == [
        "day 0 10:00 web_push:m",
        "day 5 12:00 vk:end",
    ]


@pytest.mark.parametrize("missing", ["no_address", "no_consent"])
def test_the_next_rung_comes_at_once_without_address_or_consent(missing: str) -> None:
    people = {"anna": Person(**{missing: ("web_push", "telegram")})}  # type: ignore[arg-type]
    told = tell(cascade(THREE), VISIT, people)
    assert told.contacts[:3] == [
        f"day 0 10:00 dropped web_push:m ({missing})",
        f"day 0 10:00 dropped telegram:m ({missing})",
        "day 0 10:00 sent sms:m",
    ]


def test_a_hard_bounce_moves_to_the_next_rung_at_once_and_a_soft_one_does_not() -> None:
    hard = tell(cascade(THREE), VISIT, {"anna": Person(bounces={"web_push": "hard"})})
    assert hard.sent[:2] == ["day 0 10:00 web_push:m", "day 0 10:00 telegram:m"]
    soft = tell(cascade(THREE), VISIT, {"anna": Person(bounces={"web_push": "soft"})})
    assert soft.sent[:2] == ["day 0 10:00 web_push:m", "day 1 10:00 telegram:m"]


def test_a_hard_bounce_loses_the_address() -> None:
    steps = "{web_push: m, wait: 1h}, {web_push: m, wait: 1h}, {sms: m}"
    told = tell(cascade(steps), VISIT, {"anna": Person(bounces={"web_push": "hard"})})
    assert told.contacts[:3] == [
        "day 0 10:00 sent web_push:m",
        "day 0 10:00 dropped web_push:m (no_address)",
        "day 0 10:00 sent sms:m",
    ]


def test_next_unless_hears_answers_to_messages_of_this_run_alone() -> None:
    campaign = 'campaigns: {x: {every: "Mon 09:00", send: {sms: s}}}\n'
    text = cascade("{email: m, wait: 1d, next_unless: click}, {telegram: m}") + campaign
    sent = [len(tell(text, [VISIT, f"day 0 11:00 anna click {number}"], days=4).sent) for number in (1, 2)]
    assert sent == [3, 2], "the campaign's message, and the first rung's"


def test_a_rung_without_next_unless_always_leads_to_the_next() -> None:
    told = tell(cascade("{web_push: m, wait: 2h}, {sms: m}"), [VISIT, "day 0 11:00 anna click 1"])
    assert told.sent[:2] == ["day 0 10:00 web_push:m", "day 0 12:00 sms:m"]


def test_next_unless_delivered() -> None:
    rungs = "{web_push: m, wait: 2h, next_unless: delivered}, {sms: m}"
    assert tell(cascade(rungs), VISIT).sent == ["day 0 10:00 web_push:m", "day 5 10:00 vk:end"]
    told = tell(cascade(rungs), VISIT, {"anna": Person(bounces={"web_push": "soft"})})
    assert told.sent[1] == "day 0 12:00 sms:m"


# ------------------------------------------------------------------ conditions in next_unless

ORDERED = "{web_push: m, wait: 1d, next_unless: 'orders >= 1'}, {sms: m}"
AT_TEN = ["day 0 10:00 web_push:m"]


def test_a_condition_is_asked_when_the_next_rung_is_due() -> None:
    order = "day 0 15:00 anna order 10"
    assert tell(cascade(ORDERED), [VISIT, order]).sent == [*AT_TEN, "day 6 10:00 vk:end"], "the wait is not cut short"
    assert tell(cascade(ORDERED), VISIT).sent == [*AT_TEN, "day 1 10:00 sms:m", "day 6 10:00 vk:end"]
    late = [VISIT, "day 1 10:01 anna order 10"]
    assert tell(cascade(ORDERED), late).sent == [*AT_TEN, "day 1 10:00 sms:m", "day 6 10:00 vk:end"]


def test_a_condition_with_a_missing_value_does_not_hold() -> None:
    rungs = "{web_push: m, wait: 1d, next_unless: '%s'}, {sms: m}"
    for condition in ("last_order.age > 0d", "not last_order.age > 0d"):
        assert len(tell(cascade(rungs % condition), VISIT).sent) == 3


@pytest.mark.parametrize("missing", ["no_address", "no_consent"])
def test_a_condition_is_asked_at_once_where_a_rung_reached_nobody(missing: str) -> None:
    people = {"anna": Person(**{missing: ("web_push",)})}  # type: ignore[arg-type]
    before = "day 0 09:00 anna order 10"
    assert tell(cascade(ORDERED), VISIT, people).sent[0] == "day 0 10:00 sms:m"
    assert tell(cascade(ORDERED), [before, VISIT], people).sent == ["day 5 10:00 vk:end"]


def test_a_condition_is_asked_at_once_where_the_policy_moves_the_cascade_on() -> None:
    rungs = "{{web_push: m, wait: 1d, next_unless: 'orders >= {}', on_capped: next}}, {{sms: s}}"
    asked = {number: blocked(rungs.format(number), "day 0 09:30 anna order 10") for number in (1, 2)}
    assert asked == {1: [], 2: ["day 0 10:00 sms:s"]}


def blocked(rungs: str, *before: str) -> list[str]:
    """What a cascade sends at 10:00 of which a cap stops message ``m``."""
    text = cascade(rungs, "caps: [{max: 1, per: 24h, then: drop, purposes: promo}]", behind="{wait: 5d}")
    text = text.replace("chains: {", "chains: {before: {trigger: searched, steps: [{send: {email: m}}]}, ")
    return tell(text, ["day 0 09:00 anna searched", *before, VISIT]).sent[1:]


def test_a_condition_may_ask_about_the_messages_of_the_run() -> None:
    rungs = "{web_push: m, wait: 1d}, {telegram: s, wait: 1d, next_unless: 'clicked(m)'}, {sms: m}"
    sent = [len(tell(cascade(rungs), [VISIT, f"day 1 12:00 anna click {number}"]).sent) for number in (1, 2)]
    assert sent == [3, 4], "the first rung's message, and the second's"


def test_signals_and_conditions_stand_beside_events() -> None:
    told = "[click, {event: order, if: 'value > 3000'}, {segment_entered: buyers}, segment.vip]"
    text = cascade(f"{{web_push: m, wait: 2d, next_unless: {told}}}, {{sms: m}}")
    segments = "segments: {{buyers: {{if: 'orders >= 1'}}, vip: {{if: 'orders >= {}'}}}}\n"
    text, vip = (text + segments.format(least) for least in (9, 0))
    ends = {
        "day 0 12:00 anna click 1": "day 5 12:00 vk:end",
        "day 0 12:00 anna order 4000": "day 5 12:00 vk:end",
        "day 0 12:00 anna order 10": "day 6 00:00 vk:end",  # the midnight that finds the segment entered
    }
    for line, end in ends.items():
        assert tell(text, [VISIT, line]).sent == [*AT_TEN, end]
    assert tell(text, VISIT).sent[1] == "day 2 10:00 sms:m"
    assert tell(vip, VISIT).sent == [*AT_TEN, "day 7 10:00 vk:end"]


FULL = {
    "cap": "caps: [{{max: 1, per: 24h, then: {then}, purposes: promo}}]",
    "gap": "min_gap: {{any: 24h, then: {then}}}",
    "pause": "pause_after: {{site_visited: 24h, then: {then}}}",
    "quiet_hours": 'quiet_hours: {{from: "08:00", to: "20:00", then: {then}}}',
}


def full(kind: str, then: str) -> tuple[str, list[str]]:
    """A policy that keeps message ``m`` from going out by web push at 10:00, and the timeline."""
    policy = FULL[kind].format(then=then)
    if kind == "quiet_hours":
        policy += ", exempt: {service: {obeys: []}}"
    if kind in ("cap", "gap"):
        return policy, ["day 0 09:00 anna searched", VISIT]
    return policy, [VISIT]


BEFORE = "\n  before: {trigger: searched, steps: [{send: {email: m}}]}\n"


def blocked_cascade(
    kind: str, then: str, on_capped: str, rungs: str = "{{web_push: m, wait: 1h{}}}, {{sms: s}}"
) -> list[str]:
    policy, timeline = full(kind, then)
    scenario = f"""
contact_policy: {{{policy}}}
messages: {{m: {{purpose: promo}}, s: {{purpose: service}}}}
chains:
  before: {{trigger: searched, steps: [{{send: {{email: m}}}}]}}
  c: {{trigger: site_visited, steps: [{{cascade: [{rungs.format(on_capped)}]}}]}}
"""
    return [line for line in tell(scenario, timeline).contacts if "email" not in line]


@pytest.mark.parametrize("kind", ["cap", "pause", "quiet_hours"])
def test_a_policy_row_that_holds_does_not_move_the_cascade_to_a_louder_channel(kind: str) -> None:
    told = blocked_cascade(kind, "wait", "")
    assert told[0].startswith("day 0 10:00 held web_push:m")
    assert "sent web_push:m" in told[1]
    assert "sent sms:s" in told[2]


@pytest.mark.parametrize("kind", ["cap", "pause", "quiet_hours"])
def test_a_policy_row_that_drops_ends_the_cascade(kind: str) -> None:
    assert [line[:29] for line in blocked_cascade(kind, "drop", "")] == ["day 0 10:00 dropped web_push:"]


@pytest.mark.parametrize("kind", ["cap", "pause", "quiet_hours"])
@pytest.mark.parametrize("then", ["wait", "drop"])
def test_on_capped_next_moves_on_whether_the_row_holds_or_drops(kind: str, then: str) -> None:
    told = blocked_cascade(kind, then, ", on_capped: next")
    assert told[0].startswith("day 0 10:00 dropped web_push:m")
    assert told[1:] == ["day 0 10:00 sent sms:s"]


def test_on_capped_next_on_the_last_rung_holds_there() -> None:
    told = blocked_cascade("pause", "wait", ", on_capped: next", "{{sms: m{}}}")
    assert told == ["day 0 10:00 held sms:m (pause: pause_after.site_visited)", "day 1 10:00 sent sms:m"]


# ------------------------------------------------------------------ on_capped: next, and what binds all rungs alike

LOUDER = "{web_push: m, wait: 24h, on_capped: next}, {telegram: m, wait: 24h, on_capped: next}, {sms: m}"
NIGHT = 'quiet_hours: {from: "22:00", to: "09:00"}'
LATE = "day 0 22:13 anna site_visited"
AT_NINE = [f"day {day} 09:00 sent {channel}:m" for day, channel in enumerate(("web_push", "telegram", "sms"), 1)]


def at_night(policy: str, *before: str, rungs: str = LOUDER, people: dict[str, Person] | None = None) -> list[str]:
    """What becomes of a cascade that begins in the night."""
    text = cascade(rungs, policy, behind="{wait: 5d}")
    chain = "chains: {before: {trigger: searched, priority: 90, steps: [{send: {web_push: m}}]}, "
    text = text.replace("purpose: promo", "purpose: promo, topic: news").replace("chains: {", chain)
    return tell(text, [*before, LATE], people).contacts[len(before) :]


def test_the_night_exhausts_no_cascade_and_puts_no_louder_channel_first() -> None:
    held = "day 0 22:13 held web_push:m (quiet_hours)"
    assert at_night(NIGHT) == [held, *AT_NINE]
    sms_later = NIGHT + ', send_window: {from: "10:00", to: "20:00", channel: sms}'
    assert at_night(sms_later)[:3] == [held, *AT_NINE[:2]]
    windows = 'send_window: {from: "09:00", to: "22:00"}'
    assert at_night(windows) == ["day 0 22:13 held web_push:m (send_window)", *AT_NINE]


def test_whom_only_the_last_rung_would_reach_in_the_morning_loses_nothing_either() -> None:
    people = {"anna": Person(no_address=("telegram",), no_consent=("sms",))}
    assert at_night(NIGHT, people=people)[:2] == ["day 0 22:13 held web_push:m (quiet_hours)", AT_NINE[0]]


def test_the_night_moves_a_cascade_on_to_a_rung_that_it_does_not_bind() -> None:
    loud = 'quiet_hours: {from: "22:00", to: "09:00", channel: [web_push, telegram]}'
    passed = [f"day 0 22:13 dropped {channel}:m (quiet_hours)" for channel in ("web_push", "telegram")]
    assert at_night(loud) == [*passed, "day 0 22:13 sent sms:m"]
    stops = LOUDER.replace("telegram: m, wait: 24h, on_capped: next", "telegram: m, wait: 24h")
    assert at_night(loud, rungs=stops)[0] == "day 0 22:13 held web_push:m (quiet_hours)", "telegram would wait too"
    no_telegram = {"anna": Person(no_address=("telegram",))}
    assert at_night(loud, rungs=stops, people=no_telegram)[-1] == "day 0 22:13 sent sms:m"
    assert at_night(loud, people={"anna": Person(no_address=("sms",))})[:2] == [
        "day 0 22:13 held web_push:m (quiet_hours)",
        "day 1 09:00 sent web_push:m",
    ]


EARLIER = "day 0 20:00 anna searched"


def test_in_the_night_a_cap_moves_a_cascade_on_to_what_waits_for_the_morning() -> None:
    full = NIGHT + ", caps: [{max: 1, per: 7d, channel: web_push}]"
    assert at_night(full, EARLIER)[:3] == [
        "day 0 22:13 dropped web_push:m (cap: caps[0])",
        "day 0 22:13 held telegram:m (quiet_hours)",
        "day 1 09:00 sent telegram:m",
    ]


@pytest.mark.parametrize("row", ["caps: [{max: 1, per: 36h}]", "min_gap: {any: 36h}", "pause_after: {searched: 36h}"])
def test_a_row_that_holds_all_rungs_alike_holds_the_first(row: str) -> None:
    told = at_night(f"{row}, {NIGHT}", EARLIER)
    assert told[0].startswith("day 0 22:13 held web_push:m")
    assert "day 2 09:00 sent web_push:m" in told


def test_a_rung_that_another_row_caps_is_no_better_place_to_wait() -> None:
    rows = "caps: [{max: 1, per: 36h, channel: web_push}, {max: 1, per: 7d, topic: news, channel: [telegram, sms]}]"
    text = cascade(LOUDER, rows, behind="{wait: 5d}").replace("purpose: promo", "purpose: promo, topic: news")
    chain = "chains: {before: {trigger: searched, steps: [{send: {web_push: m}}, {send: {sms: m}}]}, "
    text = text.replace("chains: {", chain).replace("channel: [telegram, sms]", "channel: sms")
    without_telegram = {"anna": Person(no_address=("telegram",))}
    assert tell(text, [EARLIER, LATE], without_telegram).contacts[2:4] == [
        "day 0 22:13 held web_push:m (cap: caps[0])",
        "day 2 08:00 sent web_push:m",
    ]


@pytest.mark.slow
@given(
    hours=st.lists(st.sampled_from(("00:00", "06:30", "09:00", "21:00", "22:30")), min_size=2, max_size=2, unique=True),
    window=st.booleans(),
    missing=st.sets(st.sampled_from(("web_push", "telegram", "sms"))),
    hour=st.integers(0, 23),
)
@settings(max_examples=12, deadline=None)
def test_under_hours_that_bind_all_alike_next_does_what_stay_does(
    hours: list[str], window: bool, missing: set[str], hour: int
) -> None:
    row = f'{"send_window" if window else "quiet_hours"}: {{from: "{hours[0]}", to: "{hours[1]}"}}'
    person = {"anna": Person(no_address=tuple(missing))}
    visit = f"day 0 {hour:02d}:07 anna site_visited"
    stays, moves = (tell(cascade(rungs, row), visit, person) for rungs in (LOUDER.replace("next}", "stay}"), LOUDER))
    assert moves.contacts == stays.contacts
    assert len(moves.sent) == len({"web_push", "telegram", "sms"} - missing) + 1


# ------------------------------------------------------------------ first_of

FIRST = "{{send: {{first_of: [telegram, web_push, sms], message: m{}}}}}"


def first_of(policy: str = "", more: str = "", **person: object) -> list[str]:
    scenario = f"""
contact_policy: {{{policy}}}
messages: {{m: {{purpose: promo}}}}
chains: {{c: {{trigger: site_visited, steps: [{FIRST.format(more)}, {{wait: 1h}}]}}}}
"""
    return tell(scenario, VISIT, {"anna": Person(**person)}).contacts  # type: ignore[arg-type]


def test_first_of_sends_once_by_the_first_channel_that_reaches() -> None:
    assert first_of() == ["day 0 10:00 sent telegram:m"]
    assert first_of(no_address=("telegram",)) == ["day 0 10:00 sent web_push:m"]
    assert first_of(no_consent=("telegram",), no_address=("web_push",)) == ["day 0 10:00 sent sms:m"]


def test_first_of_that_reaches_by_no_channel_is_dropped_once() -> None:
    assert first_of(no_address=("telegram", "web_push", "sms")) == ["day 0 10:00 dropped telegram:m (no_address)"]


def test_a_cap_holds_first_of_at_its_channel() -> None:
    policy = 'quiet_hours: {from: "08:00", to: "20:00"}'
    assert first_of(policy) == ["day 0 10:00 held telegram:m (quiet_hours)", "day 0 20:00 sent telegram:m"]


TELEGRAM_FULL = """
contact_policy: {{caps: [{{max: 1, per: 24h, channel: {channels}, then: {then}}}]}}
messages: {{m: {{purpose: promo}}}}
chains:
  c:
    trigger: site_visited
    steps:
      - send: {{telegram: m}}
      - send: {{first_of: [telegram, web_push, sms], message: m, on_capped: {capped}}}
      - wait: 1h
"""


@pytest.mark.parametrize("then", ["wait", "drop"])
def test_first_of_moves_to_the_next_channel_when_capped_if_told(then: str) -> None:
    text = TELEGRAM_FULL.format(channels="telegram", then=then, capped="next")
    assert tell(text, VISIT).contacts == ["day 0 10:00 sent telegram:m", "day 0 10:00 sent web_push:m"]
    without_push = {"anna": Person(no_address=("web_push",))}
    assert tell(text, VISIT, without_push).contacts[1:] == ["day 0 10:00 sent sms:m"]
    stays = tell(TELEGRAM_FULL.format(channels="telegram", then=then, capped="stay"), VISIT).contacts
    assert stays[1].startswith("day 0 10:00 " + ("held" if then == "wait" else "dropped") + " telegram:m (cap")


def test_first_of_holds_at_its_first_channel_when_all_are_capped() -> None:
    text = TELEGRAM_FULL.format(channels="[telegram, web_push, sms]", then="wait", capped="next")
    assert tell(text, VISIT).contacts == [
        "day 0 10:00 sent telegram:m",
        "day 0 10:00 held telegram:m (cap: caps[0])",
        "day 1 10:00 sent telegram:m",
    ]


def test_first_of_in_a_campaign_tries_the_channels_too() -> None:
    scenario = """
contact_policy: {caps: [{max: 1, per: 24h, channel: email, then: drop}]}
messages: {m: {purpose: promo}}
campaigns:
  a: {every: "Mon 09:00", send: {email: m}}
  b: {every: "Mon 10:00", send: {first_of: [email, sms], message: m, on_capped: next}}
"""
    assert tell(scenario, days=3).contacts == ["day 0 09:00 sent email:m", "day 0 10:00 sent sms:m"]
