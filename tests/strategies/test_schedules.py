"""On which days schedules fall, and at which moment: dates, months, fortnights, seasons, zones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from strategies.language.schedules import format_day, parse_day, parse_schedule, schedule_tree
from strategies.scenario import WorkCalendar
from strategies.schedules import Schedule
from strategies.working_days import works_on
from tests.strategies.story import Person, tell

START = dt.date(2026, 2, 2)
WORKS = works_on(WorkCalendar("RU"))


def days(
    every: str = "", *, on: Iterable[str] = (), begin: str = "", end: str = "", first: str = "2026-01-01", last: str
) -> list[str]:
    """The dates of a schedule in a stretch of time."""
    asked = parse_schedule(every) if every else Schedule(0, dates=tuple(map(parse_day, on)))
    bounds = {name: parse_day(day) for name, day in (("begin", begin), ("end", end)) if day}
    schedule = Schedule(**{**vars(asked), **bounds})
    begins, ends = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    dates = (begins + dt.timedelta(days=day) for day in range((ends - begins).days + 1))
    return [date.isoformat() for date in dates if schedule.falls_on(date, START, WORKS)]


def test_a_date_comes_once_and_a_day_of_the_year_every_year() -> None:
    assert days(on=["2026-11-27", "03-08"], last="2028-12-31") == [
        "2026-03-08",
        "2026-11-27",
        "2027-03-08",
        "2028-03-08",
    ]


def test_29_february_is_kept_on_the_28th_where_there_is_none() -> None:
    assert days(on=["02-29"], last="2028-12-31") == ["2026-02-28", "2027-02-28", "2028-02-29"]


def test_last_days_of_months() -> None:
    assert days("month last 10:00", last="2026-04-30") == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert days("month 1,last 10:00", first="2028-02-01", last="2028-03-01") == [
        "2028-02-01",
        "2028-02-29",
        "2028-03-01",
    ]


def test_places_of_weekdays_in_a_month() -> None:
    assert days("month last Fri 10:00", last="2026-05-31") == [
        "2026-01-30",
        "2026-02-27",
        "2026-03-27",
        "2026-04-24",
        "2026-05-29",
    ]
    assert days("month first,third Mon 10:00", first="2026-06-01", last="2026-06-30") == ["2026-06-01", "2026-06-15"]


def test_working_days_follow_the_holidays_of_the_year() -> None:
    """In 2026 9 March is off in Russia, for the 8th is a Sunday; in 2027 the 8th itself is a Monday."""
    assert days("working day 10:00", first="2026-03-05", last="2026-03-10") == [
        "2026-03-05",
        "2026-03-06",
        "2026-03-10",
    ]
    assert days("month last working day 10:00", first="2026-01-01", last="2026-05-31") == [
        "2026-01-30",
        "2026-02-27",
        "2026-03-31",
        "2026-04-30",
        "2026-05-29",
    ]
    assert days("month first working day 10:00", first="2027-01-01", last="2027-01-31") == ["2027-01-11"]


def test_every_two_weeks_from_the_week_of_the_start_or_of_a_date() -> None:
    assert days("2 weeks Tue,Fri 10:00", first="2026-02-01", last="2026-02-28") == [
        "2026-02-03",
        "2026-02-06",
        "2026-02-17",
        "2026-02-20",
    ]
    assert days("2 weeks Tue,Fri 10:00", begin="2026-02-12", last="2026-02-28") == [
        "2026-02-13",
        "2026-02-24",
        "2026-02-27",
    ]


def test_fortnights_of_a_season_are_counted_from_its_beginning_every_year() -> None:
    """Also where it spans the new year, and where the run starts in its middle."""
    spring = days("2 weeks Tue 10:00", begin="03-09", end="04-15", first="2026-03-01", last="2027-12-31")
    assert spring == ["2026-03-10", "2026-03-24", "2026-04-07", "2027-03-09", "2027-03-23", "2027-04-06"]
    winter = days("2 weeks Tue 10:00", begin="12-28", end="01-31", first="2026-01-02", last="2026-12-31")
    assert winter == ["2026-01-06", "2026-01-20", "2026-12-29"]
    tenth = days("10 days 10:00", begin="12-28", end="01-31", first="2026-01-02", last="2026-12-31")
    assert tenth == ["2026-01-07", "2026-01-17", "2026-01-27", "2026-12-28"]


def test_every_ten_days() -> None:
    assert days("10 days 10:00", first="2026-02-01", last="2026-02-28") == ["2026-02-02", "2026-02-12", "2026-02-22"]
    assert days("10 days 10:00", begin="2026-02-05", last="2026-02-28") == ["2026-02-05", "2026-02-15", "2026-02-25"]


def test_the_first_and_the_last_day_belong_to_a_schedule() -> None:
    assert days("day 10:00", begin="2026-02-26", end="2026-02-27", last="2026-12-31") == ["2026-02-26", "2026-02-27"]


def test_a_season_spans_the_new_year_every_year() -> None:
    winter = days("month 1 10:00", begin="12-01", end="02-29", first="2026-01-01", last="2027-12-31")
    assert winter == ["2026-01-01", "2026-02-01", "2026-12-01", "2027-01-01", "2027-02-01", "2027-12-01"]


@pytest.mark.parametrize(
    "every",
    [
        "Tue 10:00",
        "Mon,Thu 18:30",
        "day 10:00",
        "working day 09:00",
        "2 weeks Tue 10:00",
        "2 weeks Mon,Tue,Wed,Thu,Fri,Sat,Sun 10:00",
        "10 days 10:00",
        "month 1,last 10:00",
        "month first,last Fri 10:00",
        "month last working day 10:00",
    ],
)
def test_a_schedule_is_written_as_it_is_read(every: str) -> None:
    assert schedule_tree(parse_schedule(every)) == {"every": every}
    assert format_day(parse_day("02-29")) == "02-29"


# ------------------------------------------------------------------ in a run

ZONES = {f"z{zone}": Person(zone=zone) for zone in (-3, 0, 3, 9)}
SALE = "messages: {m: {purpose: promo}}\ncampaigns: {sale: {on: [2026-02-10, 02-12], at: '01:00'%s, send: {email: m}}}"


def test_a_campaign_on_dates_comes_on_each_customers_clock() -> None:
    told = tell(SALE % "", people=ZONES, days=20, bucket=86_400)
    for name, person in ZONES.items():
        local = [row.time + person.zone * 3_600 for row in told.rows if row.customer == name and row.event == "sent"]
        assert local == [8 * 86_400 + 3_600, 10 * 86_400 + 3_600], name


def test_a_campaign_by_the_companys_clock_comes_to_all_at_once() -> None:
    told = tell(SALE % ", zone: company", people=ZONES, days=20)
    assert {row.time for row in told.rows if row.event == "sent"} == {8 * 86_400 + 3_600, 10 * 86_400 + 3_600}
    assert len(told.sent) == 2 * len(ZONES)


def entered(trigger: str, more: str = "", **told: Any) -> list[str]:
    text = f"chains: {{c: {{trigger: {trigger}, {more} steps: [exit]}}}}"
    lines = tell(text, **told).lines("chain_entered")
    return [" ".join(line.split()[:3]) for line in lines]


def test_one_enters_at_each_moment_of_a_schedule() -> None:
    """Until 'reenter' says otherwise: a schedule that repeats means it."""
    assert entered('{every: "Tue 10:00"}', days=16) == [f"day {day} 10:00" for day in (1, 8, 15)]
    assert entered('{every: "Tue 10:00"}', "reenter: never,", days=16) == ["day 1 10:00"]
    assert entered('{every: "Tue 10:00"}', "reenter: {after: 8d},", days=16) == [
        "day 1 10:00",
        "day 15 10:00",
    ]


def test_a_chain_starts_on_dates() -> None:
    assert entered('{on: [2026-02-04, 02-06], at: "09:00"}', days=10) == [
        "day 2 09:00",
        "day 4 09:00",
    ]


def test_chains_by_both_clocks_of_one_moment_are_two_runs() -> None:
    text = """
messages: {m: {purpose: promo}}
chains:
  a: {trigger: {every: "Tue 10:00"}, steps: [{send: {email: m}}]}
  b: {trigger: {every: "Tue 10:00", zone: company}, steps: [{send: {email: m}}]}
  c: {trigger: {date: birthday}, steps: [{send: {email: m}}]}
  d: {trigger: {date: birthday, zone: company}, steps: [{send: {email: m}}]}
"""
    people = {"anna": Person(profile={"birthday": 34}), "east": Person(zone=5, profile={"birthday": 34})}
    told = tell(text, people=people, days=4)
    rows = [row for row in told.rows if row.event == "sent"]
    assert len({row.contact for row in rows}) == len(rows) == 8
    assert told.lines("chain_entered", of="east") == [
        "day 1 05:00 chain_entered a",
        "day 1 05:00 chain_entered c",
        "day 1 10:00 chain_entered b",
        "day 1 10:00 chain_entered d",
    ]


def test_a_date_of_an_event_by_the_companys_clock() -> None:
    trigger = "{date: last_order, after: 1d, zone: company, at: '10:00'}"
    east = {"anna": Person(zone=9)}
    assert entered(trigger, timeline="day 0 20:00 anna order 10", people=east, days=5) == ["day 1 10:00"]
    own = trigger.replace(" zone: company,", "")
    assert entered(own, timeline="day 0 20:00 anna order 10", people=east, days=5) == ["day 2 01:00"]


@pytest.mark.parametrize(
    ("wait", "own", "company"),
    [
        ('at: {clock: "11:00"%s}', "0 07:00", "0 11:00"),
        ('wait: {at: {clock: "13:00"%s}}', "0 09:00", "0 13:00"),
        ('within: {from: "11:00", to: "12:00"%s}', "0 07:00", "0 11:00"),
        ('within: {from: "09:30", to: "10:30", days: working%s}', "0 06:00", "0 09:30"),
        ('at: {clock: "23:00", days: working%s}', "0 19:00", "0 23:00"),
    ],
)
def test_waits_go_by_the_companys_clock_if_told(wait: str, own: str, company: str) -> None:
    for zone, when in (("", own), (", zone: company", company)):
        steps = f"[{{{wait % zone}}}, {{send: {{email: m}}}}]"
        text = f"messages: {{m: {{purpose: service}}}}\nchains: {{c: {{trigger: order, steps: {steps}}}}}"
        [line] = tell(text, "day 0 06:00 anna order 9", {"anna": Person(zone=4)}, days=5).sent
        assert " ".join(line.split()[1:3]) == when
