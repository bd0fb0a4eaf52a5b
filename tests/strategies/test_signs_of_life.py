"""What customers do or leave undone keeps messages back: sunset and pauses, by events of every kind."""

from __future__ import annotations

from tests.strategies.story import tell


def test_sunset_spares_those_who_got_few_messages_or_gave_a_sign_of_life() -> None:
    scenario = """
contact_policy: {sunset: {channel: email, none_of: [click, order], for: 5d, min_sends: 1}}
messages: {m: {purpose: promo}}
chains:
  c: {trigger: site_visited, steps: [{send: {email: m}}, {wait: 6d}, {send: {email: m}}, {send: {sms: m}}]}
"""
    visit = "day 0 10:00 anna site_visited"
    assert tell(scenario, visit).contacts[1:] == [
        "day 6 10:00 dropped email:m (sunset: sunset[0])",
        "day 6 10:00 sent sms:m",
    ]
    for life in ("day 1 10:00 anna click 1", "day 2 10:00 anna order 10"):
        assert len(tell(scenario, [visit, life]).sent) == 3


def test_every_event_may_be_a_sign_of_life_or_cause_a_pause() -> None:
    scenario = """
contact_policy: {{pause_after: {{{0}: 2d}}, sunset: {{channel: sms, none_of: [{0}], for: 10d}}}}
messages: {{m: {{purpose: promo}}}}
chains:
  c: {{trigger: site_visited, steps: [{{send: {{email: m}}}}, {{send: {{sms: m}}}}]}}
  early: {{trigger: favourite_added, steps: [{{send: {{sms: m}}}}]}}
"""
    before, visit = "day 0 10:00 anna favourite_added", "day 12 10:00 anna site_visited"
    for event in ("searched", "view_abandoned", "cart_emptied", "checkout_abandoned"):
        told = tell(scenario.format(event), [before, f"day 11 10:00 anna {event}", visit])
        assert told.sent[1:] == ["day 13 10:00 email:m", "day 13 10:00 sms:m"]
        told = tell(scenario.format(event), [before, visit])
        assert told.contacts[1:] == ["day 12 10:00 sent email:m", "day 12 10:00 dropped sms:m (sunset: sunset[0])"]


def test_nobody_is_silent_before_there_was_something_to_answer() -> None:
    """Silence begins with the first message on the channel, or with a later consent for it."""
    scenario = """
contact_policy: {sunset: {channel: email, none_of: [click, order], for: 5d}}
messages: {m: {purpose: promo}}
chains:
  c: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}]}
  s: {trigger: searched, reenter: always, steps: [{send: {sms: m}}]}
"""
    early = "day 0 10:00 anna searched"
    told = tell(scenario, [early, *(f"day {day} 10:00 anna site_visited" for day in (20, 25, 26))])
    assert told.contacts[1:] == [
        "day 20 10:00 sent email:m",
        "day 25 10:00 sent email:m",
        "day 26 10:00 dropped email:m (sunset: sunset[0])",
    ]
    again = "day 7 09:00 anna subscribed email form"
    visits = [f"day {day} 10:00 anna site_visited" for day in (0, 8, 13)]
    told = tell(scenario, [*visits, again])
    assert [line[:19] for line in told.contacts] == [
        "day 0 10:00 sent em",
        "day 8 10:00 sent em",
        "day 13 10:00 droppe",
    ]


def test_a_sunset_may_look_at_the_answers_of_its_own_channel_alone() -> None:
    scenario = """
contact_policy: {sunset: {channel: email, none_of: SIGNS, for: 5d}}
messages: {m: {purpose: promo}}
chains:
  c: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}, {send: {telegram: m}}]}
"""
    timeline = ["day 0 10:00 anna site_visited", "day 3 10:00 anna click 2", "day 6 10:00 anna site_visited"]
    for signs, sent in (
        ("[click]", 4),
        ("[{event: click, channel: email}]", 3),
        ("{event: click, channel: telegram}", 4),
    ):
        assert len(tell(scenario.replace("SIGNS", signs), timeline).sent) == sent


def test_answers_to_messages_may_cause_a_pause() -> None:
    scenario = """
contact_policy: {{pause_after: {{{0}: 2d}}}}
messages: {{m: {{purpose: promo}}}}
chains:
  c: {{trigger: site_visited, steps: [{{send: {{email: m}}}}, {{wait: 1d}}, {{send: {{sms: m}}}}]}}
"""
    visit = "day 0 10:00 anna site_visited"
    for event in ("opened", "click", "unsubscribed", "complained"):
        told = tell(scenario.format(event), [visit, f"day 0 12:00 anna {event} 1"])
        assert told.sent[1] == "day 2 12:00 sms:m"
    assert tell(scenario.format("delivered"), visit).sent[1] == "day 2 10:00 sms:m"
