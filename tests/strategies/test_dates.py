"""LANGUAGE, Triggers: dates of customers, with days before and after; messages that are good for one day."""

from __future__ import annotations

import datetime as dt

import pytest

from strategies.vocabulary import DAY, HOUR
from tests.strategies.story import Person, Story, tell
from tests.strategies.test_triggers import chain

LEAP = dt.date(2000, 1, 1)


def born(month: int, day: int, zone: int = 0) -> Person:
    """A person with a birthday."""
    return Person(zone, profile={"birthday": (dt.date(2000, month, day) - LEAP).days + 1})


def entered(told: Story, of: str = "anna") -> list[str]:
    return [line.replace(" chain_entered c", "") for line in told.lines("chain_entered", of=of)]


def birthday(trigger: str, start: dt.date, days: int, person: Person, more: str = "reenter: always,") -> list[str]:
    return entered(tell(chain(trigger, more=more), people={"anna": person}, days=days, start=start))


def test_so_many_days_before_a_birthday_at_a_clock_time() -> None:
    at = '{date: birthday, before: 7d, at: "10:00"}'
    assert birthday(at, dt.date(2026, 2, 2), 30, born(2, 20)) == ["day 11 10:00"]


def test_on_the_day_itself_and_after_it() -> None:
    assert birthday('{date: birthday, at: "08:30"}', dt.date(2026, 2, 2), 30, born(2, 20)) == ["day 18 08:30"]
    assert birthday("{date: birthday, after: 1d}", dt.date(2026, 2, 2), 30, born(2, 20)) == ["day 19 10:00"]


@pytest.mark.slow
def test_a_birthday_comes_every_year() -> None:
    days = birthday("{date: birthday}", dt.date(2026, 2, 2), 800, born(2, 20))
    assert days == ["day 18 10:00", "day 383 10:00", "day 748 10:00"]


@pytest.mark.parametrize(
    ("year", "kept"), [(2026, dt.date(2026, 2, 28)), (2028, dt.date(2028, 2, 29)), (2100, dt.date(2100, 2, 28))]
)
def test_29_february_is_kept_on_the_28th_where_there_is_none(year: int, kept: dt.date) -> None:
    start = dt.date(year, 2, 1)
    assert birthday("{date: birthday}", start, 40, born(2, 29)) == [f"day {(kept - start).days} 10:00"]
    assert birthday("{date: birthday, before: 7d}", start, 40, born(2, 29)) == [f"day {(kept - start).days - 7} 10:00"]


def test_28_february_is_kept_on_the_28th_of_every_year() -> None:
    assert birthday("{date: birthday}", dt.date(2028, 2, 1), 40, born(2, 28)) == ["day 27 10:00"]


def test_days_before_a_birthday_reach_over_the_new_year() -> None:
    assert birthday("{date: birthday, before: 7d}", dt.date(2026, 12, 1), 60, born(1, 3)) == ["day 26 10:00"]


def test_a_date_is_on_the_customers_clock() -> None:
    people = {"anna": born(2, 20), "east": born(2, 20, zone=9), "west": born(2, 20, zone=-3)}
    told = tell(chain('{date: birthday, at: "06:00"}'), people=people)
    assert entered(told) == ["day 18 06:00"]
    assert entered(told, "east") == ["day 17 21:00"]
    assert entered(told, "west") == ["day 18 09:00"]


def test_an_unknown_birthday_never_comes() -> None:
    assert birthday("{date: birthday}", dt.date(2026, 1, 1), 366, Person()) == []


def test_chains_before_and_after_a_birthday_have_luck_of_their_own() -> None:
    scenario = """
messages: {m: {purpose: promo}}
chains:
  a: {trigger: {date: birthday}, steps: [{send: {email: m}}]}
  b: {trigger: {date: birthday}, steps: [{send: {email: m}}]}
  c: {trigger: {date: birthday, at: "11:00"}, steps: [{send: {email: m}}]}
  d: {trigger: {every: "day 10:00"}, steps: [{send: {email: m}}]}
"""
    told = tell(scenario, people={"anna": born(2, 20)}, days=19)
    contacts = [row.contact for row in told.rows if row.event == "sent"]
    assert len(contacts) == len(set(contacts)) == 3 + 19


# ------------------------------------------------------------------ registration


def registered(day: int, clock: int = 10 * HOUR, zone: int = 0) -> Person:
    return Person(zone=zone, profile={"registered": day * DAY + clock})


@pytest.mark.slow
def test_an_anniversary_comes_every_year_but_not_on_the_day_itself() -> None:
    text = chain("{date: anniversary}", more="reenter: always,")
    told = tell(text, people={"anna": registered(-360), "new": registered(5)}, days=390)
    assert entered(told) == ["day 5 10:00", "day 370 10:00"]
    assert entered(told, "new") == ["day 370 10:00"]


@pytest.mark.slow
def test_an_anniversary_of_29_february() -> None:
    start = dt.date(2026, 2, 2)
    person = registered((dt.date(2024, 2, 29) - start).days)
    told = tell(chain("{date: anniversary}", more="reenter: always,"), people={"anna": person}, days=780, start=start)
    days = [(kept - start).days for kept in (dt.date(2026, 2, 28), dt.date(2027, 2, 28), dt.date(2028, 2, 29))]
    assert entered(told) == [f"day {day} 10:00" for day in days]


def test_days_after_registration_count_local_dates() -> None:
    text = chain('{date: registered, after: 3d, at: "09:00"}')
    people = {"anna": registered(-1, 22 * HOUR), "east": registered(-1, 22 * HOUR, zone=9), "old": registered(-10)}
    told = tell(text, people=people)
    assert entered(told) == ["day 2 09:00"]
    assert entered(told, "east") == ["day 3 00:00"], "registered at 07:00 of the next local day"
    assert entered(told, "old") == []


def test_days_before_and_after_the_end_of_a_subscription() -> None:
    ends = (dt.date(2026, 2, 20) - dt.date(1970, 1, 1)).days
    people = {"anna": Person(profile={"subscription_ends": ends}), "none": Person()}
    assert entered(tell(chain("{date: subscription_end, before: 5d}"), people=people)) == ["day 13 10:00"]
    told = tell(chain('{date: subscription_end, after: 1d, at: "09:00"}'), people=people)
    assert entered(told) == ["day 19 09:00"]
    assert entered(told, "none") == []


# ------------------------------------------------------------------ orders


def after(trigger: str, *orders: str, more: str = "reenter: always,", days: int = 40) -> list[str]:
    return entered(tell(chain(trigger, more=more), [f"{order} anna order 10" for order in orders], days=days))


def test_days_after_the_last_order() -> None:
    trigger = '{date: last_order, after: 5d, at: "18:00"}'
    assert after(trigger, "day 0 23:00") == ["day 5 18:00"]
    assert after(trigger, "day 0 10:00", "day 3 10:00") == ["day 8 18:00"], "the date has moved"
    assert after(trigger, "day 0 10:00", "day 5 17:00") == ["day 10 18:00"]
    assert after(trigger, "day 0 10:00", "day 5 19:00") == ["day 5 18:00", "day 10 18:00"]


def test_two_orders_of_one_day_set_one_date() -> None:
    assert after("{date: last_order, after: 2d}", "day 0 09:00", "day 0 20:00") == ["day 2 10:00"]


def test_days_after_the_first_order() -> None:
    trigger = "{date: first_order, after: 30d}"
    assert after(trigger, "day 1 12:00", "day 4 12:00") == ["day 31 10:00"]
    assert after(trigger, "day -20 12:00", "day -3 12:00") == ["day 10 10:00"]
    assert after(trigger, "day -31 12:00") == [], "past moments do not come again"


def test_the_day_of_an_order_itself_comes_only_if_its_clock_time_is_still_ahead() -> None:
    assert after("{date: last_order}", "day 1 09:00", "day 3 11:00") == ["day 1 10:00"]


# ------------------------------------------------------------------ good for one day

NIGHT = 'contact_policy: {quiet_hours: {from: "22:00", to: "08:00"}}'


@pytest.mark.parametrize("limit", ["", "channels: {email: {throughput: 1000/h}}"])
def test_end_of_day_withdraws_what_could_not_go_out_on_the_customers_day(limit: str) -> None:
    text = f"""
{NIGHT}
{limit}
messages: {{m: {{purpose: promo, deliver_by: end_of_day}}}}
chains: {{c: {{trigger: {{date: birthday, at: "22:30"}}, steps: [{{send: {{email: m}}}}]}}}}
"""
    told = tell(text, people={"anna": born(2, 20, zone=3)})
    assert told.contacts == [
        "day 18 19:30 held email:m (quiet_hours)",
        "day 18 21:00 dropped email:m (offer_expired)",
    ]


def test_end_of_day_lets_a_message_wait_within_the_day() -> None:
    text = f"""
{NIGHT}
messages: {{m: {{purpose: promo, deliver_by: end_of_day}}}}
chains: {{c: {{trigger: {{date: birthday, at: "07:00"}}, steps: [{{send: {{email: m}}}}]}}}}
"""
    assert tell(text, people={"anna": born(2, 20)}).sent == ["day 18 08:00 email:m"]
