"""Waits for working days, for conditions, with a time-out branch, and for the hour that was learned."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from sim.kernel.calendar import Calendar
from strategies.scenario import WorkCalendar
from strategies.working_days import WorkingDays, countries, exceptions, known_years
from tests.strategies.story import Person, scenario_of, tell
from tests.strategies.test_time import VISIT, chain

MARCH = dt.date(2026, 3, 2)
"""A Monday; the 8th is a Sunday, and in Russia and Kazakhstan Monday the 9th is off for it."""
NINE = '{at: {clock: "10:00", days: working}}, {send: {email: m}}'


def sent_in(country: str, when: str, steps: str = NINE, more: str = "", zone: int = 0) -> list[str]:
    """What is sent behind a wait for a working day, in a story that begins on 2 March 2026."""
    text = chain(steps) + f"calendar: {{country: {country}{more}}}\n"
    return tell(text, f"day {when} anna site_visited", {"anna": Person(zone=zone)}, start=MARCH).sent


@pytest.mark.parametrize(("country", "day"), [("RU", 8), ("KZ", 8), ("BY", 7), ("FR", 7)])
def test_a_working_day_is_none_on_a_public_holiday_of_the_country(country: str, day: int) -> None:
    assert sent_in(country, "5 12:00") == [f"day {day} 10:00 email:m"]


def test_a_holiday_is_told_on_the_customers_own_date() -> None:
    """Monday 9 March is off; nine hours further east Tuesday begins at 15:00 of the company's Monday."""
    assert sent_in("RU", "7 16:00", zone=9) == ["day 8 01:00 email:m"]
    assert sent_in("RU", "7 14:00", zone=9) == ["day 8 01:00 email:m"]


def test_days_of_the_scenario_go_before_those_of_the_country() -> None:
    assert sent_in("RU", "5 12:00", more=", working: [2026-03-09]") == ["day 7 10:00 email:m"]
    assert sent_in("RU", "1 12:00", more=", holidays: [2026-03-04, 2026-03-05]") == ["day 4 10:00 email:m"]


def test_a_saturday_that_is_worked_is_a_working_day() -> None:
    text = chain(NINE) + "calendar: {country: RU}\n"
    told = tell(text, "day 4 12:00 anna site_visited", start=dt.date(2025, 10, 27))
    assert told.sent == ["day 5 10:00 email:m"], "1 November 2025 was worked for 3 November"


def test_a_window_of_working_days() -> None:
    steps = '{within: {from: "10:00", to: "18:00", days: working}}, {send: {email: m}}'
    assert sent_in("RU", "4 17:59", steps) == ["day 4 17:59 email:m"]
    assert sent_in("RU", "4 18:00", steps) == ["day 8 10:00 email:m"]
    assert sent_in("RU", "5 12:00", steps) == ["day 8 10:00 email:m"]


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    steps = '{within: {from: "22:00", to: "02:00", days: working}}, {send: {email: m}}'
    assert sent_in("RU", "5 01:00", steps) == ["day 5 01:00 email:m"], "Friday's window, after midnight"
    assert sent_in("RU", "6 01:00", steps) == ["day 8 22:00 email:m"]


def test_the_list_of_every_country_holds_only_days_that_differ_from_their_weekday() -> None:
    assert countries() == ("BY", "KZ", "RU")
    for country in countries():
        assert known_years(country) == (2025, 2027)
        assert all((date.weekday() >= 5) == worked for date, worked in exceptions(country).items())
        assert exceptions(country)[dt.date(2027, 1, 1)] is False


def test_the_next_working_day_is_the_first_one_that_is_worked() -> None:
    calendar = Calendar(dt.date(2025, 12, 25), 0, 60)
    days = WorkingDays(WorkCalendar("RU"), calendar)
    off = exceptions("RU")
    for day in range(40):
        date = calendar.date(day)
        while not off.get(date, date.weekday() < 5):
            date += dt.timedelta(days=1)
        assert calendar.date(int(days.next_from(np.array([day]))[0])) == date


def test_notices_about_working_days() -> None:
    assert [notice.text for notice in scenario_of(chain(NINE)).notices] == [
        "chains.c.steps[0].at: working days are Monday to Friday here; 'calendar: {country: RU}' takes public "
        "holidays into account"
    ]
    assert [notice.text for notice in scenario_of(chain(NINE) + "calendar: {country: FR}").notices] == [
        "calendar: no public holidays of 'FR' are known (known: BY, KZ, RU); working days are Monday to Friday and "
        "what 'holidays' and 'working' say"
    ]
    assert scenario_of(chain(NINE) + "calendar: {country: KZ}").notices == ()
    assert [notice.text for notice in scenario_of(chain(NINE) + "calendar: {country: KZ}\ntail: 900d").notices] == [
        "calendar: public holidays of KZ are known for 2025 to 2027; in other years working days are Monday to Friday"
    ]


# ------------------------------------------------------------------ time-out branches

ASK = "{wait: {until: order as answer, at_most: 1d, on_timeout: [{send: {sms: m}}]}}, {send: {email: m}}"


def test_a_time_out_branch_is_taken_only_when_the_event_did_not_come() -> None:
    assert tell(chain(ASK), [VISIT, "day 0 12:00 anna order 10"]).sent == ["day 0 12:00 email:m"]
    assert tell(chain(ASK), VISIT).sent == ["day 1 09:05 sms:m", "day 1 09:05 email:m"]


def test_a_time_out_branch_may_end_the_run() -> None:
    steps = "{wait: {until: order, at_most: 1d, on_timeout: [exit]}}, {send: {email: m}}"
    assert tell(chain(steps), VISIT).runs == ["day 0 09:05 chain_entered c", "day 1 09:05 chain_exited c (exit_step)"]


def test_a_time_out_branch_may_wait_and_ask_again() -> None:
    inner = "{wait: {until: searched, at_most: 1d, on_timeout: [exit]}}"
    steps = f"{{wait: {{until: order, at_most: 1d, on_timeout: [{inner}]}}}}, {{send: {{email: m}}}}"
    assert tell(chain(steps), [VISIT, "day 1 12:00 anna searched"]).sent == ["day 1 12:00 email:m"]
    assert tell(chain(steps), [VISIT, "day 2 12:00 anna searched"]).sent == []


# ------------------------------------------------------------------ waits for a condition

RICH = '{wait: {until_true: "orders >= 1", check: 6h, name: rich, at_most: 2d}}'


def test_a_condition_that_holds_already_goes_on_at_once() -> None:
    assert tell(chain(RICH + ", {send: {email: m}}"), ["day -1 10:00 anna order 10", VISIT]).sent == [
        "day 0 09:05 email:m"
    ]


def test_a_condition_is_looked_at_every_so_often_and_a_last_time_at_the_end() -> None:
    steps = RICH + ", {send: {email: m}}"
    assert tell(chain(steps), [VISIT, "day 0 16:00 anna order 10"]).sent == ["day 0 21:05 email:m"]
    assert tell(chain(steps), VISIT).sent == ["day 2 09:05 email:m"]
    uneven = steps.replace("6h", "7h")
    assert tell(chain(uneven), [VISIT, "day 2 08:00 anna order 10"]).sent == ["day 2 09:05 email:m"]


def test_what_became_of_a_wait_for_a_condition_can_be_asked() -> None:
    choose = '{choose: [{if: "rich.happened", steps: [{send: {email: m}}]}, {else: [{send: {sms: m}}]}]}'
    assert tell(chain(f"{RICH}, {choose}"), [VISIT, "day 1 10:00 anna order 10"]).sent == ["day 1 15:05 email:m"]
    assert tell(chain(f"{RICH}, {choose}"), VISIT).sent == ["day 2 09:05 sms:m"]


def test_a_wait_for_a_condition_has_a_time_out_branch() -> None:
    steps = RICH.replace("at_most: 2d", "at_most: 2d, on_timeout: [exit]") + ", {send: {email: m}}"
    assert tell(chain(steps), VISIT).runs[-1] == "day 2 09:05 chain_exited c (exit_step)"
    assert tell(chain(steps), [VISIT, "day 1 10:00 anna order 10"]).sent == ["day 1 15:05 email:m"]


def test_an_exit_ends_a_wait_for_a_condition() -> None:
    told = tell(chain(RICH, more="exit_on: searched,"), [VISIT, "day 0 10:00 anna searched"])
    assert told.runs[-1] == "day 0 10:00 chain_exited c (exit_event)"


# ------------------------------------------------------------------ the best hour

LETTER = "{send: {email: m}}, {wait: 1d}"
LETTERS = ", ".join([LETTER] * 4)


LEARNED = "{wait: {best_hour: {channel: email, least: 3}}}"


def opened_at(*clocks: str, steps: str = LEARNED, zone: int = 0, how: str = "") -> str:
    """When a message goes out that waits for the best hour, from 09:05 of day 4; letters of the days before were
    opened at these clock times.
    """
    opens = [f"day {day} {at} anna opened {day + 1}{how}" for day, at in enumerate(clocks)]
    return tell(chain(f"{LETTERS}, {steps}, {{send: {{sms: m}}}}"), [VISIT, *opens], {"anna": Person(zone=zone)}).sent[
        -1
    ]


def test_best_hour_is_the_mean_hour_of_opening_once_there_were_enough_opens() -> None:
    assert opened_at("19:00", "20:00", "19:30") == "day 4 19:30 sms:m"
    assert opened_at("19:00", "20:00") == "day 4 10:00 sms:m", "two opens are too few: 10:00"


def test_five_opens_are_enough_unless_told() -> None:
    steps = ", ".join([LETTER] * 5) + ", {wait: {best_hour: email}}, {send: {sms: m}}"
    opens = [f"day {day} 19:30 anna opened {day + 1}" for day in range(5)]
    assert tell(chain(steps), [VISIT, *opens]).sent[-1] == "day 5 19:30 sms:m"
    assert tell(chain(steps), [VISIT, *opens[:4]]).sent[-1] == "day 5 10:00 sms:m"


def test_best_hour_lies_between_times_on_both_sides_of_midnight() -> None:
    assert opened_at("23:30", "23:00", "22:30") == "day 4 23:00 sms:m"


def test_best_hour_is_not_believed_where_opens_scatter() -> None:
    assert opened_at("09:30", "15:30", "21:30") == "day 4 10:00 sms:m"


def test_what_is_enough_can_be_told() -> None:
    wide = '{wait: {best_hour: {channel: email, least: 2, spread: 8h, otherwise: "12:00"}}}'
    assert opened_at("19:00", "20:00", steps=wide) == "day 4 19:30 sms:m"
    assert opened_at("19:00", steps=wide) == "day 4 12:00 sms:m"
    assert opened_at("12:00", "16:00", steps=wide.replace("8h", "3h")) == "day 4 14:00 sms:m"
    assert opened_at("12:00", "18:10", steps=wide.replace("8h", "3h")) == "day 4 12:00 sms:m"


def test_best_hour_ignores_privacy_proxies_and_other_channels() -> None:
    assert opened_at("19:00", "20:00", "19:30", how=" proxy") == "day 4 10:00 sms:m"
    assert opened_at("19:00", "20:00", "19:30", steps=LEARNED.replace("email", "telegram")) == "day 4 10:00 sms:m"


def test_best_hour_of_any_channel_takes_all_opens() -> None:
    assert opened_at("19:00", "20:00", "19:30", steps=LEARNED.replace("email", "any")) == "day 4 19:30 sms:m"


def test_best_hour_is_on_the_customers_clock() -> None:
    assert opened_at("19:00", "20:00", "19:30", zone=3) == "day 4 19:30 sms:m"
    assert opened_at(zone=3) == "day 5 07:00 sms:m", "10:00 at three hours further east"
