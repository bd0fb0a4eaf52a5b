"""Limited channels: places per hour, the order in which they are given, the recorded cut."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.strategies.story import Person, Story, tell

LIMITED = """
channels: {email: {throughput: 2/h}, sms: {}}
messages: {m: {purpose: promo}, n: {purpose: promo}}
chains:
  low: {trigger: site_visited, priority: 10, steps: [{send: {email: m}}]}
  high: {trigger: searched, priority: 20, steps: [{send: {email: n}}]}
"""
SIX = [f"p{i}" for i in range(6)]


def story(*timeline: str, **options: object) -> Story:
    return tell(LIMITED, timeline, {name: Person(number=i) for i, name in enumerate(SIX)}, **options)  # type: ignore[arg-type]


def test_no_more_than_the_limit_goes_out_in_an_hour() -> None:
    told = story(*[f"day 0 10:10 {name} site_visited" for name in SIX])
    assert Counter(row.time // 3_600 for row in told.rows if row.event == "sent") == {11: 2, 12: 2, 13: 2}
    held = told.lines("held")
    assert len(held) == 6
    assert held[0].endswith("email:m (throughput: throughput.email)")


def test_places_are_given_by_priority_then_entry() -> None:
    visits = [f"day 0 10:0{i} {name} site_visited" for i, name in enumerate(SIX[:4])]
    told = story(*visits, "day 0 10:30 p4 searched", "day 0 10:40 p5 searched")
    assert [line.split()[2:4] for line in told.sent] == [
        ["11:00", "p4"],
        ["11:00", "p5"],
        ["12:00", "p0"],
        ["12:00", "p1"],
        ["13:00", "p2"],
        ["13:00", "p3"],
    ]


def test_a_withdrawn_contact_is_not_sent_when_its_place_comes() -> None:
    text = LIMITED.replace("priority: 10,", "priority: 10, exit_on: order,")
    people = {name: Person(number=i) for i, name in enumerate(SIX)}
    told = tell(text, ["day 0 10:00 p0 site_visited", "day 0 10:30 p0 order 10"], people)
    assert told.contacts == [
        "day 0 10:00 p0 held email:m (throughput: throughput.email)",
        "day 0 10:30 p0 dropped email:m (run_ended)",
    ] or [line.split(" ", 3)[3] for line in told.contacts][-1].endswith("(run_ended)")
    assert told.sent == []


def test_everything_is_examined_anew_when_a_place_is_given() -> None:
    text = LIMITED + 'contact_policy: {quiet_hours: {from: "11:00", to: "12:30"}}\n'
    told = tell(text, ["day 0 10:00 p0 site_visited"], {name: Person(number=i) for i, name in enumerate(SIX)})
    assert [line.partition(" email:m ")[2] for line in told.lines("held")] == [
        "(throughput: throughput.email)",
        "(quiet_hours)",
        "(throughput: throughput.email)",
    ]
    assert told.sent[0].startswith("day 0 13:00")


def test_a_limit_that_contacts_can_hardly_reach_does_not_bind() -> None:
    text = LIMITED.replace("2/h", "24/h")
    people = {name: Person(number=i) for i, name in enumerate(SIX)}
    told = tell(text, [f"day 0 10:10 {name} site_visited" for name in SIX], people)
    assert {row.time for row in told.rows if row.event == "sent"} == {10 * 3_600 + 600}


@pytest.mark.parametrize("shuffle", [1, 2])
def test_who_gets_a_place_does_not_depend_on_the_order_of_rows(shuffle: int) -> None:
    visits = [f"day 0 10:10 {name} site_visited" for name in SIX]
    assert story(*visits, shuffle=shuffle).lines() == story(*visits).lines()


def test_under_a_replayed_cut_one_customer_more_changes_nothing_for_the_others() -> None:
    visits = [f"day 0 10:10 {name} site_visited" for name in SIX]
    first = story(*visits)
    people = {name: Person(number=i) for i, name in enumerate([*SIX, "extra"])}
    more = tell(LIMITED, [*visits, "day 0 10:05 extra searched"], people, replay=first.path)
    for name in SIX:
        assert more.lines(of=name) == first.lines(of=name)
    free = tell(LIMITED, [*visits, "day 0 10:05 extra searched"], people)
    assert any(free.lines(of=name) != first.lines(of=name) for name in SIX), "without the replay a place is lost"
