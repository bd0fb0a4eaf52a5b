"""Changes on a date: other rules from a company midnight on, counters, runs in flight, what waits."""

from __future__ import annotations

import pytest

from strategies.language import ScenarioError
from strategies.vocabulary import DAY, HOUR
from tests.strategies.story import Person, Story, scenario_of, tell

VIEWED = """
messages: {hint: {purpose: promo}}
chains:
  viewed: {trigger: product_viewed, reenter: always, steps: [{send: {email: hint}}]}
"""
DAY_3 = "2026-02-05"


def told(text: str, *lines: str, chains: str = VIEWED, **how: object) -> Story:
    """What becomes of hints to Anna."""
    return tell(text + chains, lines, **how)  # type: ignore[arg-type]


def changing(then: str, before: str = "{caps: [{max: 1, per: 7d, then: drop}]}") -> str:
    """A contact policy, and what changes on day 3."""
    return f"contact_policy: {before}\nchanges: [{{on: {DAY_3}, {then}}}]\n"


VIEWS = tuple(f"day {day} 10:00 anna product_viewed" for day in range(6))


def test_another_policy_holds_from_the_beginning_of_the_day() -> None:
    lines = (*VIEWS[:3], "day 2 23:59 anna product_viewed", "day 3 00:00 anna product_viewed")
    story = told(changing("contact_policy: {}"), *lines)
    assert story.sent == ["day 0 10:00 email:hint", "day 3 00:00 email:hint"]


def test_counters_are_kept_as_if_the_new_rule_had_counted_all_along() -> None:
    story = told(changing("contact_policy: {caps: [{max: 2, per: 7d, then: drop}]}"), *VIEWS)
    assert story.sent == ["day 0 10:00 email:hint", "day 3 10:00 email:hint"]


def test_counters_may_be_reset() -> None:
    story = told(changing("counters: reset, contact_policy: {caps: [{max: 2, per: 7d, then: drop}]}"), *VIEWS)
    assert story.sent == ["day 0 10:00 email:hint", "day 3 10:00 email:hint", "day 4 10:00 email:hint"]


def test_gaps_are_kept_and_reset_too() -> None:
    before = "{min_gap: {any: 7d, then: drop}}"
    same = changing("contact_policy: {min_gap: {any: 4d, then: drop}}", before)
    assert told(same, *VIEWS).sent == ["day 0 10:00 email:hint", "day 4 10:00 email:hint"]
    reset = changing("counters: reset, contact_policy: {min_gap: {any: 4d, then: drop}}", before)
    assert told(reset, *VIEWS).sent == ["day 0 10:00 email:hint", "day 3 10:00 email:hint"]


ORDERS = """
teams: {care: {people: 1}, sales: {people: 1}}
messages: {m: {purpose: promo, topic: x}, o: {purpose: service, topic: y}}
segments: {any: {if: "orders >= 0"}, buyers: {if: "orders > 0"}}
chains:
  a: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}, {send: {sms: o}}]}
  b: {trigger: searched, steps: [{send: {email: m}}]}
"""
CONTACTS = "{channel: [email, sms], purposes: [promo, service], topic: [x, y], chain: [a, b], message: [m, o], "
TURNED = "{channel: [sms, email], purposes: [service, promo, service], topic: [y, x], chain: [b, a], message: [o, m], "


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "rest", "sent"),
    [
        ("budget", "team: {teams}, max: 8, per: month", 4),  # 14 are spent when the change comes
        ("caps", "segment: {segments}, max: 3, per: 30d, then: drop", 3),
        ("min_gap", "segment: {segments}, any: 36h, then: drop", 3),
        ("pause_after", "segment: {segments}, site_visited: 1d, searched: 3d, then: drop", 0),
    ],
)
def test_the_order_in_which_a_row_lists_its_contacts_does_not_matter(family: str, rest: str, sent: int) -> None:
    """Neither from the start nor when a change lists the same contacts in another order."""
    channels = "channels: {email: {cost: 2}, sms: {cost: 5}}\n"
    row = CONTACTS + rest.format(teams="[care, sales]", segments="[any, buyers]")
    turned = TURNED + rest.format(teams="[sales, care]", segments="[buyers, any]")
    policies = [
        changing(f"contact_policy: {{{family}: [{then}}}]}}", f"{{{family}: [{before}}}]}}")
        for before, then in ((row, row), (row, turned), (turned, row))
    ]
    visits = [f"day {day} 10:00 anna site_visited" for day in (0, 2, 3, 4)]
    first, *others = [told(channels + policy, *visits, chains=ORDERS).contacts for policy in policies]
    assert others == [first, first]
    assert sum(" sent " in line for line in first) == sent


def test_what_waits_is_examined_anew_under_the_new_rules() -> None:
    waiting = "{caps: [{max: 1, per: 30d, then: wait}]}"
    free = told(changing("contact_policy: {}", waiting), *VIEWS[:2])
    assert free.contacts[1:] == ["day 1 10:00 held email:hint (cap: caps[0])", "day 3 00:00 sent email:hint"]
    strict = told(
        changing("contact_policy: {caps: [{name: strict, max: 1, per: 30d, then: drop}]}", waiting), *VIEWS[:2]
    )
    assert strict.contacts[2:] == ["day 3 00:00 dropped email:hint (cap: strict)"]


def test_a_campaigns_contact_that_waits_is_examined_anew_too() -> None:
    campaign = """
messages: {hint: {purpose: promo}}
campaigns: {daily: {every: "Mon,Tue 10:00", send: {email: hint}}}
"""
    story = told(changing("contact_policy: {}", "{caps: [{max: 1, per: 30d}]}"), chains=campaign, days=6)
    assert story.contacts[2:] == ["day 3 00:00 sent email:hint"]


def test_what_waits_for_another_chain_is_examined_anew_too() -> None:
    chains = """
messages: {hint: {purpose: promo}}
chains:
  long: {trigger: cart_added, priority: 90, steps: [{wait: 20d}, {send: {sms: hint}}]}
  viewed: {trigger: product_viewed, steps: [{send: {email: hint}}]}
"""
    lines = ("day 0 09:00 anna cart_added", "day 0 10:00 anna product_viewed")
    for then in ("{}", "{like: before, one_main_chain: []}"):
        story = told(changing(f"contact_policy: {then}", "{one_main_chain: {others: wait}}"), *lines, chains=chains)
        assert story.contacts[:2] == [
            "day 0 10:00 held email:hint (main_chain: one_main_chain, long is on)",
            "day 3 00:00 sent email:hint",
        ]
    kept = told(changing("contact_policy: {like: before}", "{one_main_chain: {others: wait}}"), *lines, chains=chains)
    assert "day 3 00:00 sent email:hint" not in kept.contacts


@pytest.mark.slow
def test_what_waits_for_a_place_is_examined_anew_too() -> None:
    text = "channels: {email: {throughput: 1/h}}\n"
    people = {name: Person() for name in ("anna", "berta", "clara")}
    lines = [f"day 2 23:30 {name} product_viewed" for name in people]
    slow = tell(text + VIEWED, lines, people)
    assert [line[:11] for line in slow.lines("sent")] == ["day 3 00:00", "day 3 01:00", "day 3 02:00"]
    fast = tell(text + f"changes: [{{on: {DAY_3}, channels: {{email: {{}}}}}}]" + VIEWED, lines, people)
    assert [line[:11] for line in fast.lines("sent")] == ["day 3 00:00"] * 3


RETRIES = "{caps: [{max: 1, per: 30d, then: retry, every: 7h, attempts: 3}]}"


@pytest.mark.parametrize("change", ["contact_policy: {like: before}", "runs: keep"])
def test_a_change_adds_no_attempt(change: str) -> None:
    """Nor does the contact slip through at the midnight of the change: it comes at its own times."""
    lines = (VIEWS[0], "day 2 19:00 anna product_viewed")
    expected = [
        "day 2 19:00 held email:hint (cap: caps[0])",
        "day 3 02:00 held email:hint (cap: caps[0])",
        "day 3 09:00 dropped email:hint (held_too_long: caps[0])",
    ]
    assert told(f"contact_policy: {RETRIES}\n", *lines).contacts[1:] == expected
    assert told(changing(change, RETRIES), *lines).contacts[1:] == expected
    daily = RETRIES.replace("30d", "day")
    lines = ("day 2 18:00 anna product_viewed", "day 2 19:00 anna product_viewed")
    assert told(changing(change, daily), *lines).sent == ["day 2 18:00 email:hint", "day 3 02:00 email:hint"]


def test_the_next_attempt_meets_the_new_rules() -> None:
    lines = (VIEWS[0], "day 2 19:00 anna product_viewed")
    unlike = "contact_policy: {like: before, min_gap: {any: 10d, then: drop}}"
    assert told(changing(unlike, RETRIES.replace("30d", "day")), *VIEWS[2:3], *lines[1:]).contacts[1:] == [
        "day 2 19:00 held email:hint (cap: caps[0])",
        "day 3 02:00 dropped email:hint (gap: min_gap.any)",
    ]
    # A cap that the change itself takes away does not keep what it held.
    assert told(changing("contact_policy: {}", RETRIES), *lines).contacts[2:] == ["day 3 00:00 sent email:hint"]


LONG = """
messages: {hint: {purpose: promo}}
chains:
  viewed: {trigger: product_viewed, goal: {event: order, window: 9d}, steps: [{wait: 5d}, {send: {email: hint}}]}
"""


def test_runs_in_flight_go_on_or_end() -> None:
    assert told(changing("runs: keep, contact_policy: {}"), VIEWS[0], chains=LONG).sent == ["day 5 10:00 email:hint"]
    ended = told(changing("runs: end, contact_policy: {}"), VIEWS[0], "day 4 10:00 anna order 10", chains=LONG)
    assert ended.sent == []
    assert ended.runs[1:] == ["day 3 00:00 chain_exited viewed (changed)", "day 4 10:00 goal_reached viewed"]


def test_a_contact_that_waits_ends_with_its_run() -> None:
    text = changing("runs: end, contact_policy: {}", "{caps: [{max: 1, per: 30d}]}")
    assert told(text, *VIEWS[:2]).contacts[2:] == ["day 3 00:00 dropped email:hint (run_ended)"]


def test_like_before_takes_over_what_held_until_then() -> None:
    before = "{quiet_hours: {from: '22:00', to: '08:00', then: drop}, caps: [{max: 1, per: 7d, then: drop}]}"
    story = told(
        changing("contact_policy: {like: before, caps: [{max: 1, per: day, then: drop}]}", before),
        *VIEWS,
        "day 3 23:00 anna product_viewed",
    )
    assert story.sent == [f"day {day} 10:00 email:hint" for day in (0, 3, 4, 5)]
    assert "day 3 23:00 dropped email:hint (cap: caps[0])" in story.contacts
    early = told(
        changing("contact_policy: {like: before, caps: []}", before), VIEWS[0], "day 3 23:00 anna product_viewed"
    )
    assert early.contacts[-1] == "day 3 23:00 dropped email:hint (quiet_hours)"


def test_a_dialect_may_change() -> None:
    story = told(
        changing("contact_policy: {like: braze}", "{like: klaviyo}"), "day 2 20:00 anna product_viewed", *VIEWS[3:]
    )
    assert story.sent == ["day 2 20:00 email:hint", "day 3 10:00 email:hint", "day 4 10:00 email:hint"]
    assert story.contacts[-1] == "day 5 10:00 dropped email:hint (cap: promo_week)"


def test_a_goal_ends_runs_from_the_change_on() -> None:
    lines = (VIEWS[0], "day 1 12:00 anna order 10")
    assert told(changing("contact_policy: {at_goal: end}"), *lines, chains=LONG).sent == ["day 5 10:00 email:hint"]
    later = (VIEWS[0], "day 3 12:00 anna order 10")
    assert told(changing("contact_policy: {at_goal: end}"), *later, chains=LONG).sent == []


def test_what_changes_several_times_changes_several_times() -> None:
    text = f"""
contact_policy: {{caps: [{{max: 1, per: 30d, then: drop}}]}}
changes:
  - {{on: 2026-02-04, contact_policy: {{}}}}
  - {{on: {DAY_3}, counters: reset, contact_policy: {{caps: [{{max: 1, per: 30d, then: drop}}]}}}}
  - {{on: 2026-02-06, contact_policy: {{caps: [{{max: 2, per: 30d, then: drop}}]}}}}
"""
    assert told(text, *VIEWS).sent == [f"day {day} 10:00 email:hint" for day in (0, 2, 3, 4)]


@pytest.mark.slow
@pytest.mark.parametrize("bucket", [300, 6 * HOUR, DAY])
def test_the_bucket_changes_nothing(bucket: int) -> None:
    text = changing("runs: keep, contact_policy: {like: mautic}", "{like: customerio}")
    lines = [f"day {day} {hour}:00 anna product_viewed" for day in range(5) for hour in (10, 22)]
    expected = told(text, *lines)
    assert told(text, *lines, bucket=bucket, shuffle=bucket).rows == expected.rows


def test_a_warm_up_that_outlasts_the_horizon_is_remarked_on() -> None:
    scenario = scenario_of("sender: {domain: new, warmup: 90d}\n" + VIEWED)
    text = "the warm-up of the sender ends 30 days after the horizon; the neutral policy mails without a plan"
    assert text in [notice.text for notice in scenario.notices]


def test_rows_of_all_policies_together_must_fit_the_log() -> None:
    caps = [", ".join(f"{{name: {a}{n}, max: 1, per: day}}" for n in range(60)) for a in "abc"]
    text = f"contact_policy: {{caps: [{caps[0]}]}}\nchanges:\n"
    text += "".join(f"  - {{on: 2026-02-0{5 + n}, contact_policy: {{caps: [{caps[n]}]}}}}\n" for n in (1, 2))
    with pytest.raises(ScenarioError) as raised:
        scenario_of(text + VIEWED)
    expected = "changes: found 180 caps of different names, expected at most 128 in contact_policy and changes together"
    assert [problem.text for problem in raised.value.problems] == [expected]


FURTHER = (
    "changes: [{on: 2026-03-10, contact_policy: {caps: [{max: 2, per: day}]}, counters: reset, runs: keep}]\n",
    "sender: {domain: new, warmup: 30d}\n",
    "contact_policy: {like: klaviyo@2025}\n",
)


@pytest.mark.parametrize("text", FURTHER)
def test_the_language_reads_as_it_was_laid_down(text: str) -> None:
    scenario = scenario_of(text + VIEWED)
    assert scenario.changes or scenario.sender.warmup == 30 * DAY or scenario.policy.min_gap
