"""LANGUAGE, The order of decisions: where two gates block one contact, the earlier one gives the reason."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, Story, tell

EVENING = "day 3 23:10 anna site_visited"
"""The visit that starts chain ``c`` with promo message ``m`` by e-mail."""

SCENARIO = """
{top}
contact_policy: {{{policy}}}
messages:
  m: {{purpose: promo, topic: t, {message}}}
  other: {{purpose: content, topic: t}}
  free: {{purpose: service}}
chains:
  c: {{trigger: site_visited, {chain} steps: [{{send: {{email: m}}}}]}}
  {more}
"""


class Gate:
    """What makes one gate block the contact, and the reason that it gives."""

    def __init__(
        self,
        reason: str,
        policy: str = "",
        top: str = "",
        message: str = "",
        chain: str = "",
        more: str = "",
        before: tuple[str, ...] = (),
        no_address: bool = False,
        no_consent: bool = False,
        wishes: dict[str, int] | None = None,
    ) -> None:
        self.reason = reason
        self.parts = {"policy": policy, "top": top, "message": message, "chain": chain, "more": more}
        self.before = before
        self.no_address = no_address
        self.no_consent = no_consent
        self.wishes = wishes or {}


OTHER_BEFORE = "other: {trigger: searched, priority: 90, reenter: always, steps: [{send: {email: other}}]}"
SEARCHED = ("day 3 20:00 anna searched",)

GATES = {
    "address": Gate("no_address", no_address=True),
    "consent": Gate("no_consent", no_consent=True),
    "topics off": Gate("preference: preferences.topics", wishes={"topics_off": 1}),
    "control": Gate("control", top="control: {share: 100%}"),
    "holdout": Gate("holdout", chain="holdout: 100%,"),
    "sunset": Gate(
        "sunset",
        policy="sunset: {channel: email, none_of: [click], for: 2d},",
        more="early: {trigger: cart_emptied, steps: [{send: {email: free}}]}",
        before=("day 0 10:00 anna cart_emptied",),
    ),
    "while": Gate("condition", chain='while: "orders > 5",'),
    "main chain": Gate(
        "main_chain",
        policy="one_main_chain: {others: wait, free: []},",
        more="main: {trigger: cart_added, priority: 99, steps: [{wait: 9d}, {send: {telegram: free}}]}",
        before=("day 3 19:00 anna cart_added 10",),
    ),
    "chosen frequency": Gate(
        "preference: preferences.frequency", more=OTHER_BEFORE, before=SEARCHED, wishes={"chosen_frequency": 1}
    ),
    "cap": Gate("cap", policy="caps: [{max: 1, per: 7d}],", more=OTHER_BEFORE, before=SEARCHED),
    "gap": Gate("gap", policy="min_gap: {any: 4d},", more=OTHER_BEFORE, before=SEARCHED),
    "pause": Gate(
        "pause: pause_after.order",
        policy="pause_after: {order: 9d, purposes: [promo]},",
        before=("day 3 21:00 anna order 10",),
    ),
    "answer elsewhere": Gate(
        "pause: quiet_elsewhere_after.click",
        policy="quiet_elsewhere_after: {click: 24h},",
        more="hello: {trigger: favourite_added, steps: [{send: {telegram: free}}]}",
        before=("day 0 10:00 anna favourite_added", "day 3 18:00 anna click 1"),
    ),
    "quiet hours": Gate("quiet_hours", policy='quiet_hours: {from: "22:00", to: "08:00"},'),
    "send window": Gate("send_window", policy='send_window: {from: "09:00", to: "20:00"},'),
    "budget": Gate(
        "budget",
        top="channels: {email: {cost: 1}, telegram: {}}",
        policy="budget: {max: 1, per: month},",
        more=OTHER_BEFORE,
        before=("day 1 12:00 anna searched",),
    ),
    "throughput": Gate("queued", top="channels: {email: {throughput: 1/h}, telegram: {}}"),
}


def blocked_by(*gates: Gate) -> str:
    """The reason of the first decision about message ``m`` when all these gates block."""
    parts: dict[str, str] = {}
    for name in ("policy", "top", "message", "chain", "more"):
        found = dict.fromkeys(gate.parts[name] for gate in gates if gate.parts[name])
        joined = ("\n  " if name == "more" else "\n").join(found)
        if name == "policy":
            joined = joined.rstrip(",")
        parts[name] = joined
    if parts["top"].count("channels:") > 1:
        parts["top"] = "channels: {email: {cost: 1, throughput: 1/h}, telegram: {}}"
    person = Person(
        no_address=("email",) if any(gate.no_address for gate in gates) else (),
        no_consent=("email",) if any(gate.no_consent for gate in gates) else (),
        wishes={name: value for gate in gates for name, value in gate.wishes.items()},
    )
    before = dict.fromkeys(line for gate in gates for line in gate.before)
    people = {"anna": person, "bob": Person()}  # two customers, so that one contact an hour is a limit
    told = tell(SCENARIO.format(**parts), [*before, EVENING], people)
    return decision_about_m(told)


def decision_about_m(told: Story) -> str:
    first = next(line for line in told.contacts if "email:m" in line)
    assert first.startswith("day 3 23:10"), first
    return first.partition("(")[2].rstrip(")")


@pytest.mark.parametrize("name", GATES)
def test_each_gate_blocks_alone(name: str) -> None:
    assert blocked_by(GATES[name]).startswith(GATES[name].reason)


NAMES = list(GATES)
REACHABLE = [
    (first, second)
    for i, first in enumerate(NAMES)
    for second in NAMES[i + 1 : i + 4]
    # Neighbours and those up to three apart.  Who has no address, consent or luck is never sent the other
    # message that fills a cap, gap or budget.
    if not (
        first in ("address", "consent", "topics off", "control", "sunset")
        and second in ("chosen frequency", "cap", "gap", "budget")
    )
]


@pytest.mark.parametrize(("first", "second"), REACHABLE)
def test_of_two_gates_that_block_the_earlier_gives_the_reason(first: str, second: str) -> None:
    assert blocked_by(GATES[first], GATES[second]).startswith(GATES[first].reason)


def test_consent_comes_before_the_template_and_the_template_before_the_topics_that_are_off() -> None:
    scenario = SCENARIO.format(top="", policy="", message="", chain="", more="").replace("email: m", "whatsapp: m")
    for person, reason in (
        (Person(no_consent=("whatsapp",), wishes={"topics_off": 1}), "no_consent"),
        (Person(wishes={"topics_off": 1}), "no_template"),
    ):
        told = tell(scenario, [EVENING], {"anna": person})
        assert told.contacts == [f"day 3 23:10 dropped whatsapp:m ({reason})"]
    told = tell(scenario.replace("topic: t, ", "topic: t, template: true", 1), [EVENING], {"anna": person})
    assert told.contacts == ["day 3 23:10 dropped whatsapp:m (preference: preferences.topics)"]


def test_the_condition_of_a_chain_comes_before_the_validity_of_its_message() -> None:
    """Both fail when the quiet hours are over; the message is withdrawn for the condition."""
    scenario = SCENARIO.format(
        top="",
        policy='quiet_hours: {from: "22:00", to: "08:00"}',
        message="deliver_by: 8h",
        chain='while: "orders == 0",',
        more="",
    )
    told = tell(scenario, [EVENING, "day 4 01:00 anna order 10"])
    assert told.contacts == [
        "day 3 23:10 held email:m (quiet_hours)",
        "day 4 07:10 dropped email:m (condition)",
    ]


def test_sunset_comes_before_validity_and_validity_before_the_main_chain() -> None:
    for policy, reason in (
        ("sunset: {channel: email, none_of: [site_visited], for: 90m},", "sunset"),
        ("one_main_chain: {others: wait},", "offer_expired"),
    ):
        scenario = SCENARIO.format(
            top="",
            policy=policy + ' quiet_hours: {from: "22:00", to: "08:00"}',
            message="deliver_by: 2h",
            chain="",
            more="main: {trigger: cart_added, priority: 99, steps: [{wait: 9d}, {send: {telegram: other}}]}\n"
            "  early: {trigger: searched, steps: [{send: {email: free}}]}",
        )
        told = tell(scenario, ["day 3 20:00 anna searched", EVENING, "day 3 23:30 anna cart_added 10"])
        assert (
            told.contacts[2] == f"day 4 01:10 dropped email:m ({reason}{': sunset[0]' if reason == 'sunset' else ''})"
        )


def test_a_held_campaign_contact_is_examined_in_the_same_order() -> None:
    """Consent is lost and the selection fails while the contact waits: consent comes first."""
    scenario = """
contact_policy: {quiet_hours: {from: "22:00", to: "08:00"}}
messages: {m: {purpose: promo}}
campaigns: {late: {every: "Mon 23:00", to: "orders == 0", send: {email: m}}}
"""
    told = tell(scenario, people={"anna": Person()}, days=3)
    assert told.contacts == ["day 0 23:00 held email:m (quiet_hours)", "day 1 08:00 sent email:m"]
    told = tell(scenario, "day 1 01:00 anna order 10", days=3)
    assert told.contacts[1] == "day 1 08:00 dropped email:m (condition)"
    scenario = (
        scenario.replace("messages: {", "messages: {early: {purpose: transactional}, ")
        + "chains: {c: {trigger: site_visited, steps: [{send: {email: early}}]}}\n"
    )
    timeline = ["day 0 10:00 anna site_visited", "day 1 01:00 anna order 10", "day 1 02:00 anna unsubscribed 1"]
    told = tell(scenario, timeline, days=3)
    assert told.contacts[-1] == "day 1 08:00 dropped email:m (no_consent)"


# ------------------------------------------------------------------ what exempt frees

CONFIRMATION = """
contact_policy:
  quiet_hours: {from: "22:00", to: "08:00"}
  caps: [{max: 1, per: day}]
  min_gap: {any: 4h}
  pause_after: {order: 2d, purposes: [transactional, promo]}
  sunset: {channel: email, none_of: [click], for: 1d}
  one_main_chain: {others: wait, free: []}
  exempt: {transactional: {obeys: [address], counts: false}}
messages: {confirmation: {purpose: transactional}, m: {purpose: promo}}
chains:
  rescue: {trigger: site_visited, priority: 99, steps: [{send: {sms: m}}, {wait: 9d}, {send: {sms: m}}]}
  orders: {trigger: order, reenter: always, steps: [{send: {email: confirmation}}]}
control: {share: 100%}
"""


def test_an_order_confirmation_at_23_10_goes_out_at_23_10_also_to_those_who_left_the_newsletter() -> None:
    told = tell(
        CONFIRMATION,
        ["day 3 23:00 anna site_visited", "day 3 23:10 anna order 10", "day 3 23:11 anna order 10"],
        {"anna": Person(no_consent=("email",))},
    )
    assert told.sent == ["day 3 23:10 email:confirmation", "day 3 23:11 email:confirmation"]


def test_what_exempt_keeps_is_obeyed() -> None:
    no_consent = {"anna": Person(no_service_consent=("email",))}
    told = tell(CONFIRMATION, "day 3 23:10 anna order 10", no_consent)
    assert told.contacts == ["day 3 23:10 dropped email:confirmation (no_consent)"]
    told = tell(CONFIRMATION.replace("[address]", "[address, quiet_hours]"), "day 3 23:10 anna order 10")
    assert told.sent == ["day 4 08:00 email:confirmation"]
    told = tell(
        CONFIRMATION.replace("[address]", "[address, caps]"), ["day 3 12:10 anna order 10", "day 3 13:10 anna order 10"]
    )
    assert len(told.sent) == 2, "it obeys the cap, but does not count for it"


def test_without_exempt_a_confirmation_waits_like_everything() -> None:
    policy = 'contact_policy: {quiet_hours: {from: "22:00", to: "08:00"}}'
    scenario = policy + CONFIRMATION[CONFIRMATION.index("\nmessages") : CONFIRMATION.index("control")]
    assert tell(scenario, "day 3 23:10 anna order 10").sent == ["day 4 08:00 email:confirmation"]


# ------------------------------------------------------------------ control and holdout


def test_control_gets_only_exempt_purposes() -> None:
    scenario = """
messages: {m: {purpose: promo}, s: {purpose: service}}
chains: {c: {trigger: site_visited, steps: [{send: {email: m}}, {send: {email: s}}]}}
control: {share: 100%, exempt: [service]}
"""
    told = tell(scenario, "day 0 10:00 anna site_visited")
    assert told.contacts == ["day 0 10:00 dropped email:m (control)", "day 0 10:00 sent email:s"]


def test_consent_is_marketing_or_service_by_purpose() -> None:
    scenario = (
        "messages: {{m: {{purpose: {}}}}}\nchains: {{c: {{trigger: site_visited, steps: [{{send: {{email: m}}}}]}}}}"
    )
    for purpose, needs_marketing in (("promo", True), ("content", True), ("service", False), ("transactional", False)):
        for person, blocks in (
            (Person(no_consent=("email",)), needs_marketing),
            (Person(no_service_consent=("email",)), not needs_marketing),
        ):
            told = tell(scenario.format(purpose), "day 0 10:00 anna site_visited", {"anna": person})
            assert told.contacts == [
                "day 0 10:00 dropped email:m (no_consent)" if blocks else "day 0 10:00 sent email:m"
            ]


def test_unsubscribing_withdraws_marketing_consent_of_the_channel_only() -> None:
    scenario = """
messages: {m: {purpose: promo}, s: {purpose: service}}
chains:
  c:
    trigger: site_visited
    steps: [{send: {email: m}}, {wait: 1d}, {send: {email: m}}, {send: {sms: m}}, {send: {email: s}}]
"""
    told = tell(scenario, ["day 0 10:00 anna site_visited", "day 0 11:00 anna unsubscribed 1"])
    assert told.contacts[1:] == [
        "day 1 10:00 dropped email:m (no_consent)",
        "day 1 10:00 sent sms:m",
        "day 1 10:00 sent email:s",
    ]


@pytest.mark.parametrize("event", ["blocked", "push_disabled"])
def test_a_blocked_bot_and_a_disabled_push_lose_the_address(event: str) -> None:
    scenario = """
messages: {s: {purpose: service}}
chains: {c: {trigger: site_visited, steps: [{send: {telegram: s}}, {wait: 1d}, {send: {telegram: s}}]}}
"""
    told = tell(scenario, ["day 0 10:00 anna site_visited", f"day 0 11:00 anna {event} 1"])
    assert told.contacts[1] == "day 1 10:00 dropped telegram:s (no_address)"
