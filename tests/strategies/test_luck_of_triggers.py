"""Occurrences that share a cause, and several segments of one night: every run and every contact has its own luck."""

from __future__ import annotations

import pytest

from sim.kernel import luck
from tests.strategies.story import Story, tell

MESSAGES = "messages: {m: {purpose: service}, n: {purpose: service}}"
CAMPAIGN = 'campaigns: {daily: {every: "Tue 09:00", send: {email: m}}}'


def story(chains: str, timeline: list[str], top: str = CAMPAIGN, days: int = 14) -> Story:
    """What happened; no key may be used twice for one purpose."""
    with luck.audit():
        return tell(f"{MESSAGES}\n{top}\nchains:\n{chains}", timeline, days=days)


def started(told: Story) -> list[str]:
    """Lines of runs that started; each has a number of its own, and so has each contact of a run."""
    runs = [row.run for row in told.rows if row.event == "chain_entered"]
    contacts = [row.contact for row in told.rows if row.event == "sent" and row.run]
    assert len(set(runs)) == len(runs) > 0
    assert len(set(contacts)) == len(contacts) > 0
    return told.lines("chain_entered")


def test_an_open_and_a_click_of_one_message_are_missed_apart() -> None:
    chains = """
  a: {trigger: {inactive: 2d, of: opened}, reenter: always, steps: [{send: {sms: m}}]}
  b: {trigger: {inactive: 2d, of: click}, reenter: always, steps: [{send: {sms: m}}]}
"""
    told = story(chains, ["day 1 10:00 anna opened 1", "day 1 10:02 anna click 1"])
    assert started(told) == ["day 3 10:00 chain_entered a", "day 3 10:02 chain_entered b"]


OPENS = ["day 1 10:00 anna opened 1 proxy", "day 1 12:00 anna opened 1 reopened"]


@pytest.mark.parametrize("person", ["", " reopened"])
def test_a_message_opened_by_a_proxy_and_by_a_person_is_two_occurrences(person: str) -> None:
    chains = "  a: {trigger: opened, reenter: always, steps: [{send: {sms: m}}]}"
    told = story(chains, [OPENS[0], f"day 1 12:00 anna opened 1{person}"])
    assert started(told) == ["day 1 10:00 chain_entered a", "day 1 12:00 chain_entered a"]


def test_two_opens_of_a_message_set_two_times_at_which_it_is_missed() -> None:
    """Only the second period goes by."""
    chains = "  a: {trigger: {inactive: 2d, of: opened}, reenter: always, steps: [{send: {sms: m}}]}"
    assert started(story(chains, OPENS)) == ["day 3 12:00 chain_entered a"]


def test_counts_end_with_either_open_of_a_message() -> None:
    chains = """
  a: {trigger: {count: 2, of: opened}, reenter: always, steps: [{send: {sms: m}}]}
  b: {trigger: {count: 2, of: opened, within: 4d}, reenter: always, on_retrigger: restart, steps: [{send: {sms: m}}]}
"""
    opens = [*OPENS, "day 8 10:00 anna opened 2 proxy", "day 8 12:00 anna opened 2 reopened"]
    told = story(chains, opens)
    assert started(told) == [f"day {day} 12:00 chain_entered {chain}" for day in (1, 8) for chain in "ab"]


def test_a_reopened_letter_is_answered() -> None:
    """The open is an occurrence of its own and still answers the letter it is about."""
    chains = "  a: {trigger: {count: 2, of: email_unopened}, steps: [{send: {sms: m}}]}"
    told = story(chains, ["day 1 12:00 anna opened 1 reopened"], days=24)
    assert started(told) == ["day 18 09:00 chain_entered a"]


def test_points_that_expire_soon_and_points_that_expired_are_missed_apart() -> None:
    chains = """
  a: {trigger: {inactive: 3d, of: points_expiring}, steps: [{send: {email: m}}]}
  b: {trigger: {inactive: 3d, of: points_expired}, steps: [{send: {email: m}}]}
"""
    loyalty = "loyalty: {points: {earn: 10%, expire_after: 5d, expiring: 2d}}"
    told = story(chains, ["day 1 10:00 anna order 1000 shoes"], loyalty)
    assert started(told) == ["day 7 10:00 chain_entered a", "day 9 10:00 chain_entered b"]


REPORTS = ["opened 1", "click 1", "opened 1 proxy"]


@pytest.mark.parametrize("report", REPORTS)
def test_each_report_of_one_message_is_an_occurrence(report: str) -> None:
    """However often the same is reported: every run has luck of its own, the first that which it has alone."""
    chains = "  a: {trigger: [EVENT], reenter: always, steps: [{send: {sms: m}}]}".replace("[EVENT]", report.split()[0])
    hours = (10, 12, 15)
    told = story(chains, [f"day 1 {hour}:00 anna {report}" for hour in hours])
    assert started(told) == [f"day 1 {hour}:00 chain_entered a" for hour in hours]
    alone = story(chains, [f"day 1 10:00 anna {report}"])
    first, *_ = (row for row in told.rows if row.event == "chain_entered")
    assert [row for row in alone.rows if row.event == "chain_entered"] == [first]


@pytest.mark.parametrize("report", REPORTS)
def test_who_was_missed_may_be_missed_again_after_another_report(report: str) -> None:
    event = report.split()[0]
    chains = f"  a: {{trigger: {{inactive: 2d, of: {event}}}, reenter: always, steps: [{{send: {{sms: m}}}}]}}"
    told = story(chains, [f"day {day} 10:00 anna {report}" for day in (1, 4)])
    assert started(told) == ["day 3 10:00 chain_entered a", "day 6 10:00 chain_entered a"]


def test_repeated_clicks_are_counted() -> None:
    chains = "  a: {trigger: {count: 2, of: click}, reenter: always, steps: [{send: {sms: m}}]}"
    told = story(chains, [f"day 1 {hour}:00 anna click 1" for hour in (10, 11, 12, 13)])
    assert started(told) == ["day 1 11:00 chain_entered a", "day 1 13:00 chain_entered a"]


def test_reports_of_several_customers_and_messages_are_told_apart() -> None:
    """A click of Berta's, or of another message, is no repetition."""
    chains = "  a: {trigger: click, reenter: always, steps: [{send: {sms: m}}]}"
    anna = ["day 1 10:00 anna click 1", "day 8 10:00 anna click 3", "day 8 11:00 anna click 1"]
    both = story(chains, [*anna, "day 1 10:00 berta click 1", "day 1 12:00 berta click 1"])
    assert [row for row in both.rows if row.customer == "anna"] == story(chains, anna).rows
    assert len(set(started(both))) == 5


def test_every_report_is_lost_or_heard_by_itself() -> None:
    """Of twenty clicks of one message, each lost with a chance of a half; a proxy's open and a person's as well."""
    faults = CAMPAIGN + "\ndata_faults: {lost: {click: 50%, opened: 50%}}"
    chains = "  a: {trigger: click, reenter: always, steps: [{send: {sms: m}}]}"
    told = story(chains, [f"day 1 10:{minute} anna click 1" for minute in range(10, 30)], faults)
    assert 4 < len(started(told)) < 16, "a false alarm once in 85 seeds; the seed is fixed"
    people = [f"anna{number}" for number in range(20)]
    opens = [
        f"day 1 {hour}:00 {name} opened 1 {by}" for hour, by in ((10, "proxy"), (12, "reopened")) for name in people
    ]
    told = story(chains.replace("click", "opened"), opens, faults)
    heard = {name: sum(row.event == "chain_entered" for row in told.rows if row.customer == name) for name in people}
    assert set(heard.values()) == {0, 1, 2}, "a false alarm once in 150 seeds"


# ------------------------------------------------------------------ fields of one night


@pytest.mark.parametrize(("first", "second"), [("orders", "last_order.value"), ("last_order.value", "orders")])
def test_fields_of_one_night_start_chains_by_priority(first: str, second: str) -> None:
    """``last`` watches the same field as ``best``; the chain of the other field goes between them."""
    chains = f"""
  last: {{trigger: {{field_changed: {first}}}, priority: 10, steps: [{{send: {{email: m}}}}]}}
  between: {{trigger: {{field_changed: {second}}}, priority: 50, steps: [{{send: {{sms: m}}}}]}}
  best: {{trigger: {{field_changed: {first}}}, priority: 90, steps: [{{send: {{email: n}}}}]}}
"""
    told = story(chains, ["day 1 10:00 anna order 500 shoes"], days=4)
    assert started(told) == [f"day 2 00:00 chain_entered {name}" for name in ("best", "between", "last")]


@pytest.mark.parametrize("priority", [10, 90])
def test_fields_are_compared_before_any_chain_of_the_night_starts(priority: int) -> None:
    """What the chain of one field changes is seen by the next night, whichever chain goes first."""
    chains = f"""
  a: {{trigger: {{field_changed: orders}}, priority: 50, steps: [{{unsubscribe: email}}, {{send: {{sms: m}}}}]}}
  b: {{trigger: {{field_changed: consent.email}}, priority: {priority}, steps: [{{send: {{sms: n}}}}]}}
"""
    told = story(chains, ["day 1 10:00 anna order 500 shoes"], days=5)
    assert started(told) == ["day 2 00:00 chain_entered a", "day 3 00:00 chain_entered b"]


# ------------------------------------------------------------------ segments of one night


def night(buyers: str, newcomers: str) -> Story:
    """Anna enters two segments in one night, and leaves one; ``second`` comes before ``first`` in the file."""
    top = f"""
segments:
  {buyers}: {{if: "orders >= 1"}}
  {newcomers}: {{if: "orders >= 1 and orders < 5"}}
  nobody: {{if: "orders < 1"}}
"""
    chains = f"""
  second: {{trigger: {{segment_entered: {buyers}}}, priority: 10, steps: [{{send: {{email: m}}}}]}}
  first: {{trigger: {{segment_entered: {newcomers}}}, priority: 90, steps: [{{send: {{email: n}}}}]}}
  gone: {{trigger: {{segment_left: nobody}}, priority: 50, steps: [{{send: {{sms: m}}}}]}}
"""
    return story(chains, ["day 1 10:00 anna order 500 shoes"], top, days=4)


def test_segments_of_one_night_start_chains_by_priority() -> None:
    assert started(night("aa", "zz")) == [f"day 2 00:00 chain_entered {name}" for name in ("first", "gone", "second")]


def test_names_of_segments_do_not_matter() -> None:
    one, other = (
        [row for row in night(*names).rows if not row.event.startswith("segment_")]
        for names in (("aa", "zz"), ("zz", "aa"))
    )
    assert one == other


def test_members_are_found_before_any_chain_of_the_night_starts() -> None:
    """What the first chain changes is seen by the next night, whatever the segments are called."""
    for names in (("aa", "zz"), ("zz", "aa")):
        bought, listed = names
        top = f"""
fields: {{seen: {{type: number}}}}
segments:
  {bought}: {{if: "orders >= 1"}}
  {listed}: {{if: "field.seen == 1"}}
"""
        chains = f"""
  a: {{trigger: {{segment_entered: {bought}}}, steps: [{{set: {{seen: 1}}}}, {{send: {{email: m}}}}]}}
  b: {{trigger: {{segment_entered: {listed}}}, steps: [{{send: {{email: m}}}}]}}
"""
        told = story(chains, ["day 1 10:00 anna order 500 shoes"], top, days=5)
        assert started(told) == ["day 2 00:00 chain_entered a", "day 3 00:00 chain_entered b"]
