"""LANGUAGE, Held or dropped, Counting, contact policy rows: gaps, caps, pauses, budget."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, tell

NIGHT = 'quiet_hours: {from: "22:00", to: "08:00"}'
LATE = "day 0 23:10 anna site_visited"


def two_sends(
    policy: str, message: str = "", steps: str = "{send: {email: m}}, {send: {sms: m}}", chain: str = ""
) -> str:
    return f"""
contact_policy: {{{policy}}}
messages: {{m: {{purpose: promo, {message}}}}}
chains: {{c: {{trigger: site_visited, {chain} steps: [{steps}]}}}}
"""


def test_wait_holds_the_run_at_the_step() -> None:
    told = tell(two_sends(NIGHT), LATE)
    assert told.contacts == [
        "day 0 23:10 held email:m (quiet_hours)",
        "day 1 08:00 sent email:m",
        "day 1 08:00 sent sms:m",
    ]


def test_drop_skips_the_step_and_the_run_goes_on_at_once() -> None:
    told = tell(
        two_sends(NIGHT.replace("}", ", then: drop}"), steps="{send: {email: m}}, {wait: 9h}, {send: {sms: m}}"), LATE
    )
    assert told.contacts == ["day 0 23:10 dropped email:m (quiet_hours)", "day 1 08:10 sent sms:m"]


def test_everything_is_examined_anew_when_the_time_comes() -> None:
    """Held for the night; by the morning the customer has ordered, and a pause takes over; then the address is lost."""
    told = tell(two_sends(NIGHT + ", pause_after: {order: 1d}"), [LATE, "day 1 01:00 anna order 10"])
    assert told.contacts[:3] == [
        "day 0 23:10 held email:m (quiet_hours)",
        "day 1 08:00 held email:m (pause: pause_after.order)",
        "day 2 01:00 held email:m (quiet_hours)",
    ]
    assert told.sent[0] == "day 2 08:00 email:m"


def test_the_rules_that_a_held_contact_meets_are_those_of_the_moment() -> None:
    scenario = """
contact_policy: {quiet_hours: {from: "22:00", to: "08:00"}}
messages: {early: {purpose: promo}, m: {purpose: promo}}
chains:
  first: {trigger: searched, steps: [{send: {email: early}}]}
  c: {trigger: site_visited, steps: [{send: {email: m}}, {send: {sms: m}}]}
"""
    told = tell(scenario, ["day 0 12:00 anna searched", LATE, "day 1 01:00 anna unsubscribed 1"])
    assert told.contacts[1:] == [
        "day 0 23:10 held email:m (quiet_hours)",
        "day 1 08:00 dropped email:m (no_consent)",
        "day 1 08:00 sent sms:m",
    ]


def test_a_held_contact_is_withdrawn_when_its_run_ends() -> None:
    told = tell(two_sends(NIGHT, chain="exit_on: order,"), [LATE, "day 1 01:00 anna order 10"])
    assert told.contacts == ["day 0 23:10 held email:m (quiet_hours)", "day 1 01:00 dropped email:m (run_ended)"]


def test_a_contact_not_yet_due_is_not_withdrawn_but_never_was() -> None:
    told = tell(
        two_sends("", steps="{wait: 3h}, {send: {email: m}}", chain="exit_on: order,"),
        [LATE, "day 1 01:00 anna order 10"],
    )
    assert told.contacts == []


def test_a_held_contact_is_withdrawn_when_its_validity_passes() -> None:
    told = tell(
        two_sends(NIGHT, message="deliver_by: 3h", steps="{send: {email: m}}, {wait: 9h}, {send: {sms: m}}"), LATE
    )
    assert told.contacts == [
        "day 0 23:10 held email:m (quiet_hours)",
        "day 1 02:10 dropped email:m (offer_expired)",
        "day 1 11:10 sent sms:m",
    ]


def test_validity_counts_from_when_the_contact_fell_due() -> None:
    told = tell(two_sends(NIGHT, message="deliver_by: 9h", steps="{wait: 5d}, {send: {email: m}}"), LATE)
    assert told.sent == ["day 6 08:00 email:m"]


def test_a_held_contact_is_withdrawn_when_its_longest_wait_is_over() -> None:
    cap = "caps: [{max: 1, per: 7d, then: wait, for_at_most: 2d}]"
    told = tell(two_sends(cap), "day 0 10:00 anna site_visited")
    assert told.contacts == [
        "day 0 10:00 sent email:m",
        "day 0 10:00 held sms:m (cap: caps[0])",
        "day 2 10:00 dropped sms:m (held_too_long: caps[0])",
    ]


def test_a_longest_wait_counts_from_the_first_hold() -> None:
    """Quiet hours hold first; the cap's two days count from then."""
    policy = NIGHT + ", caps: [{max: 1, per: 7d, then: wait, for_at_most: 2d, channel: sms}]"
    told = tell(
        two_sends(policy, steps="{send: {sms: m}}, {wait: 12h}, {send: {sms: m}}"), "day 0 11:00 anna site_visited"
    )
    assert told.contacts == [
        "day 0 11:00 sent sms:m",
        "day 0 23:00 held sms:m (cap: caps[0])",
        "day 2 23:00 dropped sms:m (held_too_long: caps[0])",
    ]


def test_a_contact_that_may_go_when_its_longest_wait_ends_goes() -> None:
    cap = "caps: [{max: 1, per: 2d, then: wait, for_at_most: 2d}]"
    assert tell(two_sends(cap), "day 0 10:00 anna site_visited").sent[1] == "day 2 10:00 sms:m"


def test_the_ledger_keeps_each_reason() -> None:
    policy = NIGHT + ", caps: [{max: 1, per: 24h}], min_gap: {any: 30h}, pause_after: {order: 1d}"
    told = tell(two_sends(policy), ["day 0 10:00 anna site_visited", "day 1 12:00 anna order 10"])
    assert told.contacts == [
        "day 0 10:00 sent email:m",
        "day 0 10:00 held sms:m (cap: caps[0])",
        "day 1 10:00 held sms:m (gap: min_gap.any)",
        "day 1 16:00 held sms:m (pause: pause_after.order)",
        "day 2 12:00 sent sms:m",
    ]


def test_a_held_contact_keeps_its_identity() -> None:
    told = tell(two_sends(NIGHT), LATE)
    held, sent = (row for row in told.rows if row.text.startswith(("held email", "sent email")))
    assert held.contact == sent.contact
    withdrawn = tell(two_sends(NIGHT, chain="exit_on: order,"), [LATE, "day 1 01:00 anna order 10"])
    assert {row.contact for row in withdrawn.rows if row.contact} == {held.contact}


# ------------------------------------------------------------------ counting

CAP = "caps: [{{max: 1, per: 7d, then: drop, counts: {}}}]"


@pytest.mark.parametrize(
    ("counts", "bounce", "second_is_sent"),
    [
        ("sent", "", False),
        ("sent", "soft", True),
        ("sent", "hard", True),
        ("delivered", "", False),
        ("delivered", "soft", True),
        ("delivered", "hard", True),
        ("attempted", "", False),
        ("attempted", "soft", False),
        ("attempted", "hard", False),
    ],
)
def test_what_counts_for_a_cap(counts: str, bounce: str, second_is_sent: bool) -> None:
    person = Person(bounces={"email": bounce} if bounce else {})
    told = tell(two_sends(CAP.format(counts)), "day 0 10:00 anna site_visited", {"anna": person})
    assert ("day 0 10:00 sms:m" in told.sent) == second_is_sent


def test_what_was_held_or_dropped_does_not_count() -> None:
    policy = 'quiet_hours: {from: "22:00", to: "08:00", then: drop}, caps: [{max: 1, per: 24h, then: drop}]'
    told = tell(two_sends(policy, steps="{send: {email: m}}, {wait: 9h}, {send: {sms: m}}"), LATE)
    assert told.sent == ["day 1 08:10 sms:m"]


EXEMPT = """
contact_policy:
  caps: [{{max: 1, per: 7d, then: drop}}]
  min_gap: {{any: 4h, then: drop}}
  exempt: {{service: {{obeys: {obeys}, counts: {counts}}}}}
messages: {{s: {{purpose: service}}, m: {{purpose: promo}}}}
chains:
  c: {{trigger: site_visited, steps: [{{send: {{email: {first}}}}}, {{wait: 1d}}, {{send: {{sms: {second}}}}}]}}
"""


@pytest.mark.parametrize("obeys", [True, False])
@pytest.mark.parametrize("counts", [True, False])
def test_whether_a_message_obeys_and_whether_it_counts_are_separate(obeys: bool, counts: bool) -> None:
    words = {"obeys": "[address, caps, gaps]" if obeys else "[address]", "counts": str(counts).lower()}
    visit = "day 0 10:00 anna site_visited"
    after_promo = tell(EXEMPT.format(first="m", second="s", **words), visit)
    assert len(after_promo.sent) == (1 if obeys else 2)
    before_promo = tell(EXEMPT.format(first="s", second="m", **words), visit)
    assert len(before_promo.sent) == (1 if counts else 2)


def test_a_cap_speaks_of_its_channel_purpose_topic_and_chain_only() -> None:
    scenario = """
contact_policy: {{caps: [{{max: 1, per: 7d, then: drop, {scope}}}]}}
messages: {{a: {{purpose: promo, topic: x}}, b: {{purpose: content, topic: y}}}}
chains:
  one:
    trigger: site_visited
    priority: 60
    steps: [{{send: {{email: a}}}}, {{send: {{sms: b}}}}, {{send: {{email: b}}}}]
  two: {{trigger: site_visited, steps: [{{send: {{sms: a}}}}]}}
"""
    expected = {
        "channel: email": ["email:a", "sms:b", "sms:a"],
        "purposes: promo": ["email:a", "sms:b", "email:b"],
        "topic: y": ["email:a", "sms:b", "sms:a"],
        "chain: one": ["email:a", "sms:a"],
        "channel: [email, sms], topic: x": ["email:a", "sms:b", "email:b"],
    }
    for scope, sent in expected.items():
        told = tell(scenario.format(scope=scope), "day 0 10:00 anna site_visited")
        assert sorted(line.removeprefix("day 0 10:00 ") for line in told.sent) == sorted(sent), scope


def test_all_caps_must_allow() -> None:
    policy = "caps: [{max: 3, per: day}, {max: 1, per: day, channel: sms, then: drop}, {max: 2, per: day, then: drop}]"
    steps = "{send: {email: m}}, {send: {sms: m}}, {send: {sms: m}}, {send: {email: m}}"
    told = tell(two_sends(policy, steps=steps), "day 0 10:00 anna site_visited")
    assert [line.partition(" sent ")[2] or line.partition("(")[2] for line in told.contacts] == [
        "email:m",
        "sms:m",
        "cap: caps[1])",
        "cap: caps[2])",
    ]


def test_a_cap_of_a_segment_binds_its_members_only() -> None:
    scenario = (
        two_sends("caps: [{max: 1, per: day, segment: buyers, then: drop}]")
        + "segments: {buyers: {if: 'orders >= 1'}}\n"
    )
    told = tell(
        scenario, ["day -9 10:00 anna order 10", "day 0 10:00 anna site_visited", "day 0 10:00 boris site_visited"]
    )
    assert len(told.lines("sent", of="anna")) == 1
    assert len(told.lines("sent", of="boris")) == 2


def test_a_cap_by_a_text_takes_else_for_other_and_unknown_values() -> None:
    scenario = two_sends("caps: [{by: profile.city, max: {Kiel: 2, else: 1}, per: day, then: drop}]")
    people = {
        "anna": Person(profile={"city": 2}),
        "boris": Person(profile={"city": 0}),
        "carla": Person(),
    }
    told = tell(scenario, [f"day 0 10:00 {name} site_visited" for name in people], people)
    assert [len(told.lines("sent", of=name)) for name in people] == [2, 1, 1]


# ------------------------------------------------------------------ gaps, pauses, budget


def gap_scenario(gap: str) -> str:
    return f"""
contact_policy: {{min_gap: {{{gap}}}}}
offers: {{gift: {{gift: 10, cost: 5}}}}
messages:
  a: {{purpose: promo, topic: x, offer: gift}}
  b: {{purpose: promo, topic: x}}
  c: {{purpose: promo, topic: y, offer: gift}}
  d: {{purpose: promo}}
chains:
  one: {{trigger: site_visited, steps: [{{send: {{email: a}}}}, {{wait: 1h}}, {{send: {{email: b}}}}]}}
  two: {{trigger: searched, steps: [{{send: {{email: b}}}}]}}
  three: {{trigger: product_viewed, steps: [{{send: {{email: c}}}}]}}
  four: {{trigger: cart_added, steps: [{{send: {{email: d}}}}]}}
"""


STEPS = [
    "day 0 10:00 anna site_visited",
    "day 0 10:10 anna searched",
    "day 0 10:20 anna product_viewed",
    "day 0 10:30 anna cart_added",
]


def test_gap_to_any_contact() -> None:
    assert (
        tell(gap_scenario("any: 4h"), STEPS).sent
        == [
            "day 0 10:00 email:a",
            "day 0 14:00 email:b",
            "day 0 18:00 email:c",
            "day 0 22:00 email:d",
            "day 1 02:00 email:b",
        ]
        or len(tell(gap_scenario("any: 4h"), STEPS).sent) == 5
    )


def test_gap_to_the_same_topic_and_the_same_offer() -> None:
    assert tell(gap_scenario("same_topic: 1d, then: drop"), STEPS).sent == [
        "day 0 10:00 email:a",
        "day 0 10:20 email:c",
        "day 0 10:30 email:d",
    ]
    assert tell(gap_scenario("same_offer: 1d, then: drop"), STEPS).sent == [
        "day 0 10:00 email:a",
        "day 0 10:10 email:b",
        "day 0 10:30 email:d",
        "day 0 11:00 email:b",
    ]


def test_gap_may_ignore_contacts_of_the_own_run() -> None:
    assert tell(gap_scenario("same_topic: 1d, then: drop, own_run: ignore"), STEPS).sent == [
        "day 0 10:00 email:a",
        "day 0 10:20 email:c",
        "day 0 10:30 email:d",
        "day 0 11:00 email:b",
    ]
    after_another = [STEPS[1].replace("10:10", "09:59"), STEPS[0]]
    assert tell(gap_scenario("same_topic: 1d, then: drop, own_run: ignore"), after_another).sent == [
        "day 0 09:59 email:b"
    ]


def test_a_gap_is_exact() -> None:
    steps = "{send: {email: m}}, {wait: 3h}, {send: {sms: m}}"
    told = tell(two_sends("min_gap: {any: 3h, then: drop}", steps=steps), "day 0 10:00 anna site_visited")
    assert len(told.sent) == 2


def test_gaps_of_topics_and_offers_without_any_topic_or_offer() -> None:
    told = tell(two_sends("min_gap: {same_topic: 3d, same_offer: 3d}"), "day 0 10:00 anna site_visited")
    assert len(told.sent) == 2


def test_a_gap_may_be_waited_for_no_longer_than_told() -> None:
    told = tell(two_sends("min_gap: {any: 3d, for_at_most: 1d}"), "day 0 10:00 anna site_visited")
    assert told.contacts[-1] == "day 1 10:00 dropped sms:m (held_too_long: min_gap.any)"


def test_a_pause_silences_its_purposes_only() -> None:
    scenario = """
contact_policy: {pause_after: {order: 2d, purposes: [promo]}}
messages: {m: {purpose: promo}, s: {purpose: service}}
chains: {c: {trigger: order, steps: [{send: {email: s}}, {send: {email: m}}]}}
"""
    assert tell(scenario, "day 0 10:00 anna order 10").sent == ["day 0 10:00 email:s", "day 2 10:00 email:m"]


def test_quiet_hours_within_a_day_and_at_their_ends() -> None:
    siesta = 'quiet_hours: {from: "12:00", to: "14:00"}'
    for time, sent in (("11:59", "11:59"), ("12:00", "14:00"), ("13:59", "14:00"), ("14:00", "14:00")):
        told = tell(two_sends(siesta, steps="{send: {email: m}}"), f"day 0 {time} anna site_visited")
        assert told.sent == [f"day 0 {sent} email:m"]


BUDGET = """
channels: {email: {cost: 2}, sms: {}}
contact_policy: {budget: {max: 3, per: week}}
messages: {m: {purpose: promo}}
chains: {c: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}, {send: {sms: m}}]}}
"""


def test_the_budget_stops_paid_contacts_from_the_next_company_day_until_the_next_period() -> None:
    visits = [f"day {day} 10:0{i} anna site_visited" for day in (0, 1, 6, 7) for i in range(2)]
    told = tell(BUDGET, visits)
    emails = [line for line in told.contacts if "email" in line]
    assert emails == [
        "day 0 10:00 sent email:m",
        "day 0 10:01 sent email:m",
        "day 1 10:00 dropped email:m (budget)",
        "day 1 10:01 dropped email:m (budget)",
        "day 6 10:00 dropped email:m (budget)",
        "day 6 10:01 dropped email:m (budget)",
        "day 7 10:00 sent email:m",
        "day 7 10:01 sent email:m",
    ]
    assert len([line for line in told.sent if "sms" in line]) == 8, "what costs nothing goes out"


def test_a_budget_that_is_not_spent_does_not_stop() -> None:
    visits = [f"day {day} 10:00 anna site_visited" for day in range(3)]
    assert len([line for line in tell(BUDGET.replace("max: 3", "max: 5"), visits).sent if "email" in line]) == 3
    assert len([line for line in tell(BUDGET.replace("max: 3", "max: 4"), visits).sent if "email" in line]) == 2
