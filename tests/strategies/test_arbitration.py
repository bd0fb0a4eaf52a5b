"""LANGUAGE, Arbitration, and the main-chain rule of the contact policy."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, tell

ONE_A_DAY = "caps: [{max: 1, per: day, then: drop}]"
MESSAGES = "messages: {a: {purpose: promo}, b: {purpose: promo}, t: {purpose: transactional}}"
VISIT = "day 0 10:00 anna site_visited"


def chains(*lines: str, policy: str = ONE_A_DAY, messages: str = MESSAGES) -> str:
    return f"contact_policy: {{{policy}}}\n{messages}\nchains:\n" + "".join(f"  {line}\n" for line in lines)


def test_priority_decides_in_the_same_minute() -> None:
    low = "a_low: {trigger: site_visited, priority: 10, steps: [{send: {email: a}}]}"
    high = "b_high: {trigger: searched, priority: 20, steps: [{send: {sms: b}}]}"
    timeline = ["day 0 09:59:10 anna site_visited", "day 0 09:59:20 anna searched"]
    for order in ((low, high), (high, low)):
        assert tell(chains(*order), timeline).sent == ["day 0 10:00 sms:b"]


def test_of_equal_priority_the_earlier_entry_goes_first() -> None:
    early = "z: {trigger: searched, steps: [{wait: 1h}, {send: {sms: b}}]}"
    late = "a: {trigger: site_visited, steps: [{send: {email: a}}]}"
    for order in ((early, late), (late, early)):
        assert tell(chains(*order), ["day 0 09:00 anna searched", VISIT]).sent == ["day 0 10:00 sms:b"]


def test_of_equal_priority_and_entry_the_name_decides_and_file_order_does_not() -> None:
    first = "a: {trigger: site_visited, steps: [{send: {email: a}}]}"
    second = "b: {trigger: site_visited, steps: [{send: {sms: b}}]}"
    for order in ((first, second), (second, first)):
        assert tell(chains(*order), VISIT).sent == ["day 0 10:00 email:a"]


def test_chains_and_campaigns_are_arbitrated_alike() -> None:
    timeline = "day 0 09:59:30 anna site_visited"
    for priority, sent in ((60, "email:a"), (40, "sms:b")):
        text = chains(f"c: {{trigger: site_visited, priority: {priority}, steps: [{{send: {{email: a}}}}]}}")
        text += 'campaigns: {m: {every: "Mon 10:00", priority: 50, send: {sms: b}}}\n'
        assert tell(text, timeline, days=3).sent == [f"day 0 10:00 {sent}"]


def test_of_two_campaigns_in_one_minute_the_higher_priority_goes_first() -> None:
    campaigns = [
        'x: {every: "Mon 10:00", priority: 20, send: {email: a}}',
        'y: {every: "day 10:00", priority: 30, send: {sms: b}}',
    ]
    for order in (campaigns, campaigns[::-1]):
        text = chains().replace("chains:\n", "campaigns:\n") + "".join(f"  {line}\n" for line in order)
        assert tell(text, days=1).sent == ["day 0 10:00 sms:b"]


def test_contacts_held_till_the_same_minute_are_arbitrated_anew() -> None:
    policy = 'quiet_hours: {from: "22:00", to: "08:00"}, ' + ONE_A_DAY
    low = "low: {trigger: site_visited, priority: 10, steps: [{send: {email: a}}]}"
    high = "high: {trigger: searched, priority: 20, steps: [{send: {sms: b}}]}"
    timeline = ["day 0 22:30 anna site_visited", "day 0 23:30 anna searched"]
    assert tell(chains(low, high, policy=policy), timeline).sent == ["day 1 08:00 sms:b"]


# ------------------------------------------------------------------ one main chain

LOW = """low:
    {trigger: site_visited, priority: 10, steps: [{wait: 1h}, {send: {email: a}}, {wait: 1d}, {send: {email: a}}]}"""
HIGH = """high:
    {trigger: searched, priority: 90, exit_on: order, timeout: 4d,
     steps: [{send: {sms: b}}, {wait: 9d}, {send: {sms: b}}]}"""


def main_chain(*timeline: str, rule: str = "", lines: tuple[str, ...] = (LOW, HIGH), more: str = "") -> list[str]:
    policy = f"one_main_chain: {{{rule}}}"
    return tell(chains(*lines, policy=policy) + more, timeline).contacts


def test_the_chain_of_highest_priority_speaks_and_others_wait() -> None:
    told = main_chain(VISIT, "day 0 10:30 anna searched")
    assert told == [
        "day 0 10:30 sent sms:b",
        "day 0 11:00 held email:a (main_chain: one_main_chain, high is on)",
        "day 4 10:30 sent email:a",
        "day 5 10:30 sent email:a",
    ]


def test_a_displaced_contact_is_examined_at_once_when_the_main_run_ends() -> None:
    told = main_chain(VISIT, "day 0 10:30 anna searched", "day 1 12:00:10 anna order 10")
    assert told[1:] == [
        "day 0 11:00 held email:a (main_chain: one_main_chain, high is on)",
        "day 1 12:01 sent email:a",
        "day 2 12:01 sent email:a",
    ]


def test_a_displaced_contact_is_not_asked_about_while_another_chain_still_stands_before_it() -> None:
    """The second of two higher chains takes over: nothing changes for the lowest, which goes when both are over."""
    top = "top: {trigger: cart_added, priority: 95, exit_on: support_opened, steps: [{send: {vk: b}}, {wait: 9d}]}"
    timeline = (VISIT, "day 0 10:20 anna cart_added", "day 0 10:30 anna searched", "day 0 18:00 anna support_opened")
    told = main_chain(*timeline, lines=(LOW, HIGH, top))
    assert told == [
        "day 0 10:20 sent vk:b",
        "day 0 10:30 held sms:b (main_chain: one_main_chain, top is on)",
        "day 0 11:00 held email:a (main_chain: one_main_chain, top is on)",
        "day 0 18:00 sent sms:b",
        "day 4 10:30 sent email:a",
        "day 5 10:30 sent email:a",
    ]


def test_a_displaced_contact_waits_no_longer_than_told() -> None:
    told = main_chain(VISIT, "day 0 10:30 anna searched", rule="for_at_most: 3d")
    assert told[1:3] == [
        "day 0 11:00 held email:a (main_chain: one_main_chain, high is on)",
        "day 3 11:00 dropped email:a (held_too_long: one_main_chain, high is on)",
    ]


def test_the_main_run_ends_in_the_minute_in_which_the_longest_wait_is_over() -> None:
    """Both wake the contact at the same minute: it goes out once."""
    lines = (
        "low: {trigger: site_visited, priority: 10, steps: [{wait: 1h}, {send: {email: a}}, {send: {vk: b}}]}",
        HIGH,
    )
    told = main_chain(
        VISIT, "day 0 10:30 anna searched", "day 3 10:59:30 anna order 10", rule="for_at_most: 3d", lines=lines
    )
    assert told[2:] == ["day 3 11:00 sent email:a", "day 3 11:00 sent vk:b"]


BUYERS = "segments: {buyers: {if: 'orders >= 1'}, others: {if: 'orders == 0'}}\n"


def test_the_main_chain_may_be_a_rule_for_some_segments_only() -> None:
    for rule, timeline in (("segment: buyers", (VISIT,)), ("segment: [others]", ("day 0 09:00 anna order 10", VISIT))):
        told = main_chain(*timeline, "day 0 10:30 anna searched", rule=rule, more=BUYERS)
        assert told[:2] == ["day 0 10:30 sent sms:b", "day 0 11:00 sent email:a"]
    both = main_chain(VISIT, "day 0 10:30 anna searched", rule="segment: [buyers, others]", more=BUYERS)
    assert both[1] == "day 0 11:00 held email:a (main_chain: one_main_chain, high is on)"


def test_who_left_the_segment_is_looked_for_after_each_day() -> None:
    high = HIGH.replace("exit_on: order, ", "")
    timeline = (VISIT, "day 0 10:30 anna searched", "day 1 12:00 anna order 10")
    told = main_chain(*timeline, rule="segment: others", lines=(LOW, high), more=BUYERS)
    assert told[1:4] == [
        "day 0 11:00 held email:a (main_chain: one_main_chain, high is on)",
        "day 1 11:00 held email:a (main_chain: one_main_chain, high is on)",
        "day 2 11:00 sent email:a",
    ]


def test_who_waits_under_a_rule_of_a_segment_goes_on_when_the_main_run_ends() -> None:
    timeline = (VISIT, "day 0 10:30 anna searched", "day 0 12:00:10 anna order 10")
    told = main_chain(*timeline, rule="segment: [others, buyers]", more=BUYERS)
    assert told[2] == "day 0 12:01 sent email:a"


def test_others_may_be_dropped() -> None:
    told = main_chain(VISIT, "day 0 10:30 anna searched", rule="others: drop")
    assert told[1:3] == [
        "day 0 11:00 dropped email:a (main_chain: one_main_chain, high is on)",
        "day 1 11:00 dropped email:a (main_chain: one_main_chain, high is on)",
    ]


def test_a_running_lower_chain_pauses_or_finishes() -> None:
    timeline = (VISIT, "day 0 12:00 anna searched")
    paused = main_chain(*timeline, rule="running_lower: pause")
    assert paused[:3] == [
        "day 0 11:00 sent email:a",
        "day 0 12:00 sent sms:b",
        "day 1 11:00 held email:a (main_chain: one_main_chain, high is on)",
    ]
    finishes = main_chain(*timeline, rule="running_lower: finish")
    assert finishes == [
        "day 0 11:00 sent email:a",
        "day 0 12:00 held sms:b (main_chain: one_main_chain, low is on)",
        "day 1 11:00 sent email:a",
        "day 1 11:00 sent sms:b",
    ]


def test_free_purposes_are_not_touched_and_do_not_take_the_place() -> None:
    free = "free: {trigger: site_visited, priority: 99, steps: [{send: {vk: t}}, {wait: 9d}, {send: {vk: t}}]}"
    assert main_chain(VISIT, lines=(free, LOW))[:2] == ["day 0 10:00 sent vk:t", "day 0 11:00 sent email:a"]
    busy = main_chain(VISIT, "day 0 09:00 anna searched", lines=(free, HIGH))
    assert "day 0 10:00 sent vk:t" in busy


def test_campaigns_are_skipped_wait_or_are_sent_to_customers_in_a_chain() -> None:
    def with_campaign(rule: str, *timeline: str) -> list[str]:
        text = chains(HIGH, policy=f"one_main_chain: {{{rule}}}")
        text += 'campaigns: {digest: {every: "Tue 10:00", send: {email: a}}}\n'
        return [
            line for line in tell(text, ["day 0 10:00 anna searched", *timeline], days=7).contacts if "email" in line
        ]

    busy = "(main_chain: one_main_chain, high is on)"
    assert with_campaign("campaigns: skip") == [f"day 1 10:00 dropped email:a {busy}"]
    assert with_campaign("campaigns: send") == ["day 1 10:00 sent email:a"]
    waits = with_campaign("campaigns: wait", "day 1 18:00 anna order 10")
    assert waits == [f"day 1 10:00 held email:a {busy}", "day 2 10:00 sent email:a"]
    limited = with_campaign("campaigns: wait, for_at_most: 2d", "day 1 18:00 anna order 10")
    assert limited == [f"day 1 10:00 held email:a {busy}", "day 2 10:00 sent email:a"]
    over = with_campaign("campaigns: wait, for_at_most: 36h")
    assert over == [
        f"day 1 10:00 held email:a {busy}",
        f"day 2 10:00 held email:a {busy}",
        "day 2 22:00 dropped email:a (held_too_long: one_main_chain, high is on)",
    ]


def test_a_main_chain_is_not_displaced_by_itself() -> None:
    told = main_chain("day 0 10:00 anna searched", lines=(HIGH.replace("timeout: 4d,", ""),))
    assert told == ["day 0 10:00 sent sms:b", "day 9 10:00 sent sms:b"]


@pytest.mark.parametrize("who", ["ghost", "control"])
def test_who_gets_nothing_takes_no_place(who: str) -> None:
    """Held-out runs, and promo runs of the control group, do not keep others from speaking."""
    high = HIGH.replace("exit_on", "holdout: 100%, exit_on") if who == "ghost" else HIGH
    low = "low: {trigger: site_visited, priority: 10, steps: [{wait: 1h}, {send: {email: t}}]}"
    text = chains(low, high, policy="one_main_chain: {free: []}")
    text += "control: {share: 100%}\n" if who == "control" else ""
    told = tell(text, ["day 0 09:00 anna searched", VISIT])
    assert "day 0 11:00 sent email:t" in told.contacts


def test_runs_of_other_customers_do_not_matter() -> None:
    policy = "one_main_chain: {}"
    told = tell(
        chains(LOW, HIGH, policy=policy), ["day 0 10:00 boris searched", VISIT], {"anna": Person(), "boris": Person()}
    )
    assert told.lines("sent", of="anna") == ["day 0 11:00 sent email:a", "day 1 11:00 sent email:a"]
