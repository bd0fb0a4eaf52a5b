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
    held = Counter((line[:11], line.split(" held ")[1]) for line in told.lines("held"))
    assert held == {
        ("day 0 10:10", "email:m (queued)"): 6,
        ("day 0 11:00", "email:m (throughput: throughput.email)"): 4,  # said once
    }


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
        "day 0 10:00 p0 held email:m (queued)",
        "day 0 10:30 p0 dropped email:m (run_ended)",
    ] or [line.split(" ", 3)[3] for line in told.contacts][-1].endswith("(run_ended)")
    assert told.sent == []


def test_everything_is_examined_anew_when_a_place_is_given() -> None:
    text = LIMITED + 'contact_policy: {quiet_hours: {from: "11:00", to: "12:30"}}\n'
    told = tell(text, ["day 0 10:00 p0 site_visited"], {name: Person(number=i) for i, name in enumerate(SIX)})
    assert [line.partition(" email:m ")[2] for line in told.lines("held")] == [
        "(queued)",
        "(quiet_hours)",
        "(queued)",
    ]
    assert told.sent[0].startswith("day 0 13:00")


def test_a_limit_that_contacts_can_hardly_reach_does_not_bind() -> None:
    text = LIMITED.replace("2/h", "24/h")
    people = {name: Person(number=i) for i, name in enumerate(SIX)}
    told = tell(text, [f"day 0 10:10 {name} site_visited" for name in SIX], people)
    assert {row.time for row in told.rows if row.event == "sent"} == {10 * 3_600 + 600}


@pytest.mark.slow
@pytest.mark.parametrize("shuffle", [1, 2])
def test_who_gets_a_place_does_not_depend_on_the_order_of_rows(shuffle: int) -> None:
    visits = [f"day 0 10:10 {name} site_visited" for name in SIX]
    assert story(*visits, shuffle=shuffle).lines() == story(*visits).lines()


@pytest.mark.slow
def test_under_a_replayed_cut_one_customer_more_changes_nothing_for_the_others() -> None:
    visits = [f"day 0 10:10 {name} site_visited" for name in SIX]
    first = story(*visits)
    people = {name: Person(number=i) for i, name in enumerate([*SIX, "extra"])}
    more = tell(LIMITED, [*visits, "day 0 10:05 extra searched"], people, replay=first.path)
    for name in SIX:
        assert more.lines(of=name) == first.lines(of=name)
    free = tell(LIMITED, [*visits, "day 0 10:05 extra searched"], people)
    assert any(free.lines(of=name) != first.lines(of=name) for name in SIX), "without the replay a place is lost"


def crowd(scenario: str, timeline: list[str], **options: object) -> Story:
    return tell(scenario, timeline, {name: Person(number=i) for i, name in enumerate(SIX)}, **options)  # type: ignore[arg-type]


def visits(first: int, *names: str) -> list[str]:
    return [f"day 0 10:{first + i:02d} {name} site_visited" for i, name in enumerate(names)]


LEAVING = LIMITED.replace("priority: 10,", "priority: 10, exit_on: order,")
LEAVERS = [*visits(0, *SIX[:4]), "day 0 10:30 p0 order 10", "day 0 10:31 p1 order 10"]

EXPIRING = LIMITED.replace("m: {purpose: promo}", "m: {purpose: promo, deliver_by: 90m}")
LATE = [*visits(10, *SIX[:5]), "day 0 11:20 p5 site_visited"]

CAMPAIGN = """
channels: {email: {throughput: 2/h}}
messages: {m: {purpose: promo, deliver_by: 90m}}
campaigns: {news: {every: "Mon 10:00", send: {email: m}}}
"""


def test_runs_that_ended_take_no_places() -> None:
    assert crowd(LEAVING, LEAVERS).sent == ["day 0 11:00 p2 email:m", "day 0 11:00 p3 email:m"]


def test_expired_contacts_are_withdrawn_at_once_and_take_no_places() -> None:
    told = crowd(EXPIRING, LATE)
    assert told.sent == ["day 0 11:00 p0 email:m", "day 0 11:00 p1 email:m", "day 0 12:00 p5 email:m"]
    assert told.lines("dropped") == [
        "day 0 11:42 p2 dropped email:m (offer_expired)",
        "day 0 11:43 p3 dropped email:m (offer_expired)",
        "day 0 11:44 p4 dropped email:m (offer_expired)",
    ]


@pytest.mark.parametrize(("valid", "end"), [("20m", "10:30"), ("50m", "11:00")])
def test_a_contact_that_expires_before_places_are_given_never_competes(valid: str, end: str) -> None:
    told = crowd(EXPIRING.replace("90m", valid), ["day 0 10:10 p0 site_visited", *visits(20, "p1", "p2")])
    assert f"day 0 {end} p0 dropped email:m (offer_expired)" in told.contacts
    assert [line.split()[3] for line in told.sent] == ([] if valid == "20m" else ["p1", "p2"])


def test_contacts_of_campaigns_expire_in_the_queue_and_only_there() -> None:
    told = crowd(CAMPAIGN, [], days=7)
    assert Counter((row.time // 60, row.text.split(" ", 1)[0]) for row in told.rows) == {
        (600, "held"): 6,
        (660, "held"): 4,
        (660, "sent"): 2,
        (660, "delivered"): 2,
        (690, "dropped"): 4,
    }
    assert len({row.customer for row in told.rows if row.event in ("sent", "dropped")}) == 6


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "timeline"), [(LEAVING, LEAVERS), (EXPIRING, LATE), (CAMPAIGN, [])])
def test_who_leaves_the_queue_depends_neither_on_buckets_nor_on_others(scenario: str, timeline: list[str]) -> None:
    first = crowd(scenario, timeline, days=7)
    for bucket in (300, 1_800):
        assert crowd(scenario, timeline, days=7, bucket=bucket).lines() == first.lines()
    assert crowd(scenario, timeline, days=7, shuffle=1).lines() == first.lines()
    people = {name: Person(number=i) for i, name in enumerate([*SIX, "extra"])}
    more = tell(scenario, [*timeline, "day 0 10:05 extra searched"], people, days=7, replay=first.path)
    for name in SIX:
        assert more.lines(of=name) == first.lines(of=name)


MOVING = """
channels: {email: {throughput: 2/h}, sms: {throughput: 1/h}}
messages: {m: {purpose: promo}, n: {purpose: promo}}
chains:
  low: {trigger: site_visited, priority: 10, steps: [{send: {first_of: [email, sms], message: m, on_capped: next}}]}
  high: {trigger: searched, priority: 20, steps: [{send: {email: n}}]}
contact_policy: {caps: [{max: 1, per: 2d, channel: email}]}
"""


def test_a_place_on_one_channel_is_none_on_another() -> None:
    told = crowd(MOVING, ["day 0 10:00 p0 site_visited", "day 0 10:00 p0 searched"])
    assert [line for line in told.lines(of="p0") if ":m" in line and "delivered" not in line] == [
        "day 0 10:00 held email:m (queued)",
        "day 0 11:00 held sms:m (queued)",
        "day 0 12:00 sent sms:m",
    ]


def test_those_who_move_to_another_channel_stay_within_its_limit() -> None:
    both = [f"day 0 09:10 {name} {what}" for name in SIX for what in ("searched", "site_visited")]
    told = crowd(MOVING, both)
    hours = [row.time // 3_600 for row in told.rows if row.event == "sent" and "sms" in row.text]
    assert hours == [14, 15, 16, 17, 18, 19]


def test_a_granted_contact_that_is_held_again_asks_anew() -> None:
    text = LIMITED.replace("2/h", "1/h") + 'contact_policy: {quiet_hours: {from: "11:00", to: "12:30"}}\n'
    told = crowd(text, [*visits(0, "p0"), "day 0 12:35 p1 searched"])
    assert told.sent == ["day 0 13:00 p1 email:n", "day 0 14:00 p0 email:m"]


ONE_AN_HOUR = LEAVING.replace("2/h", "1/h")


def test_a_place_whose_run_ends_in_that_very_minute_is_given_again() -> None:
    """p0 got the place of 11:00 and orders at 11:00:00, before its contact goes out; three others wait."""
    told = crowd(ONE_AN_HOUR, [*visits(0, *SIX[:4]), "day 0 11:00 p0 order 10"])
    assert told.lines("dropped") == ["day 0 11:00 p0 dropped email:m (run_ended)"]
    assert told.sent == ["day 0 12:00 p1 email:m", "day 0 12:00 p2 email:m", "day 0 13:00 p3 email:m"]


def test_a_place_that_nobody_asked_for_is_not_saved_up() -> None:
    late = [f"day 0 15:10 {name} searched" for name in SIX]
    told = crowd(ONE_AN_HOUR, [*visits(0, "p0"), "day 0 11:00 p0 order 10", *late])
    assert [line[:11] for line in told.sent] == ["day 0 16:00", "day 0 17:00", "day 0 18:00", *told_hours(19, 21)]


def told_hours(first: int, last: int) -> list[str]:
    return [f"day 0 {hour}:00" for hour in range(first, last + 1)]


@pytest.mark.slow
@pytest.mark.parametrize("bucket", [300, 1_800])
def test_places_given_again_depend_neither_on_buckets_nor_on_order(bucket: int) -> None:
    timeline = [*visits(0, *SIX[:4]), "day 0 11:00 p0 order 10"]
    first = crowd(ONE_AN_HOUR, timeline)
    assert crowd(ONE_AN_HOUR, timeline, bucket=bucket, shuffle=bucket).lines() == first.lines()
