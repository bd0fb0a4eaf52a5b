"""Broken triggers and waits: dates, counts, tables, fields, working days, conditions, learned hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from strategies import dates, schedules
from strategies.attributes import Attributes
from strategies.campaigns import CampaignCalendar, due_on
from strategies.counts import Counts, _Tally
from strategies.dates import Dates
from strategies.external import External
from strategies.interpreter import Interpreter
from strategies.observed import Observed
from strategies.schedules import Schedule
from strategies.sites import SiteColumns
from strategies.triggers import Triggers
from strategies.unanswered import Watch
from strategies.vocabulary import EVENT_CODE
from strategies.waits import Moments
from tests.audit.mutants import Patch, mutant, nothing


@mutant("triggers", "entry")
def birthdays_come_a_day_late(patch: Patch) -> None:
    right = dates.leap_days
    patch.setattr(dates, "leap_days", lambda date: [day - 1 for day in right(date)])


@mutant("triggers", "entry")
def dates_are_on_the_companys_clock(patch: Patch) -> None:
    patch.setattr(dates, "due_on", lambda time, zone, clock: due_on(time, 0, clock))


@mutant("triggers", "trigger", "campaigns")
def every_week_has_its_turn(patch: Patch) -> None:
    patch.setattr(Schedule, "_counted", lambda self, date, start: 0)


@mutant("triggers", "trigger")
def the_last_one_of_a_month_is_any(patch: Patch) -> None:
    patch.setattr(Schedule, "_place", lambda self, date, works: True)


@mutant("triggers", "campaigns", "due")
def schedules_have_no_end(patch: Patch) -> None:
    patch.setattr(Schedule, "_in_bounds", lambda self, date: True)


@mutant("triggers", "campaigns", "entry", "due")
def days_of_every_year_never_come(patch: Patch) -> None:
    patch.setattr(schedules, "_kept", lambda day, date: day)


@mutant("triggers", "entry", "due")
def the_companys_clock_is_the_customers(patch: Patch) -> None:
    patch.setattr(CampaignCalendar, "by_clock", lambda self, zone: self.by_zone())


@mutant("triggers", "due", "waits")
def waits_go_by_the_customers_clock_alone(patch: Patch) -> None:
    patch.setattr(Moments, "zone", lambda self, customer, company: self.observed.zone_seconds(customer))


@mutant("triggers", "trigger")
def an_earlier_order_keeps_its_date(patch: Patch) -> None:
    patch.setattr(Dates, "_still", lambda self, number, trigger, cohort: np.ones(cohort.size, bool))


@mutant("triggers", "trigger", "entry")
def every_order_is_the_first(patch: Patch) -> None:
    watch = Dates.watch

    def always(self: Dates, event: int, customer: Any, *given: Any) -> None:
        kept = self.engine.observed.orders.copy()
        self.engine.observed.orders[customer] = 1
        watch(self, event, customer, *given)
        self.engine.observed.orders[:] = kept

    patch.setattr(Dates, "watch", always)


@mutant("triggers", "entry", "trigger", "enter")
def every_message_is_about_the_first_topic(patch: Patch) -> None:
    column = Attributes.column

    def first(self: Attributes, name: str, *given: Any) -> Any:
        told = column(self, name, *given)
        return replace(told, values=np.zeros_like(told.values)) if name == "message_topic" else told

    patch.setattr(Attributes, "column", first)


@mutant("triggers", "steps", "waits", "due")
def waits_forget_what_was_reported_at_once(patch: Patch) -> None:
    note = Interpreter._note_answer

    def forget(self: Interpreter, run: Any, event: int, *given: Any) -> None:
        note(self, run, -1 if event == EVENT_CODE["delivered"] else event, *given)

    patch.setattr(Interpreter, "_note_answer", forget)


@mutant("triggers", "entry", "trigger")
def answers_on_any_channel_are_signs_of_each(patch: Patch) -> None:
    def everywhere(self: Observed, event: int, channel: Any, customer: Any, time: Any) -> None:
        self.remember(event, customer, time)
        for _, last in self._last_by_channel.get(event, ()):
            last[customer] = time

    patch.setattr(Observed, "remember_report", everywhere)


@mutant("triggers", "entry")
def nobody_is_silent(patch: Patch) -> None:
    patch.setattr(Watch, "over", lambda self, cohort: cohort.take(np.zeros(0, np.int64)))


@mutant("triggers", "trigger", "on_retrigger")
def opens_are_not_heard(patch: Patch) -> None:
    note = Watch.note

    def deaf(self: Watch, event: int, customer: Any, *given: Any) -> Any:
        return note(self, event, customer, *given) if event != self.answer else np.zeros(0, np.int64)

    patch.setattr(Watch, "note", deaf)


@mutant("triggers", "trigger", "on_retrigger")
def a_row_goes_on_after_an_open(patch: Patch) -> None:
    report = Counts.on_report

    def patient(self: Counts, *given: Any) -> None:
        patch.setattr(_Tally, "begin_anew", nothing)
        report(self, *given)
        patch.setattr(_Tally, "begin_anew", anew)

    anew = _Tally.begin_anew
    patch.setattr(Counts, "on_report", patient)


@mutant("triggers", "trigger")
def counted_events_never_age(patch: Patch) -> None:
    add = _Tally.add

    def ageless(self: _Tally, local: Any, time: Any, zone: Any) -> Any:
        return add(self, local, np.minimum(time, 1) if self.ring else time, zone)

    patch.setattr(_Tally, "add", ageless)


@mutant("triggers", "trigger", "entry")
def days_in_a_row_are_the_companys(patch: Patch) -> None:
    add = _Tally.add
    patch.setattr(_Tally, "add", lambda self, local, time, zone: add(self, local, time, zone * 0))


@mutant("triggers", "trigger", "on_retrigger")
def counting_never_begins_anew(patch: Patch) -> None:
    patch.setattr(_Tally, "begin_anew", nothing)


@mutant("triggers", "entry", "trigger")
def rows_of_a_table_come_a_minute_late(patch: Patch) -> None:
    make = External.__init__

    def late(self: External, triggers: Triggers) -> None:
        make(self, triggers)
        self._time = self._time + 60

    patch.setattr(External, "__init__", late)


@mutant("triggers", "on_retrigger")
def parallel_runs_are_all_of_one_kind(patch: Patch) -> None:
    patch.setattr(Triggers, "_told_apart_by", lambda self, chain, event, value, category: None)


@mutant("triggers", "entry")
def changes_of_fields_are_not_noticed(patch: Patch) -> None:
    patch.setattr(Triggers, "compare_fields", nothing)


@mutant("triggers", "entry", "trigger")
def fields_are_compared_one_after_the_other(patch: Patch) -> None:
    together = Triggers.compare_fields

    def in_turns(self: Triggers, time: int) -> None:
        watchers, fields = self._field_watchers, self._field_chains
        for chain in watchers:
            path = next(path for path, chains in fields.items() if chain in chains)
            self._field_watchers, self._field_chains = [chain], {path: [chain]}
            together(self, time)
        self._field_watchers, self._field_chains = watchers, fields

    patch.setattr(Triggers, "compare_fields", in_turns)


@mutant("triggers", "waits", "due")
def holidays_are_worked(patch: Patch) -> None:
    def by_weekday(self: Any, day: Any) -> Any:
        weekday = (day + 0) % 7  # the scenario starts on a Monday
        return day + np.where(weekday >= 5, 7 - weekday, 0)

    patch.setattr("strategies.working_days.WorkingDays.next_from", by_weekday)


@mutant("triggers", "waits", "due", "steps")
def conditions_are_looked_at_half_as_often(patch: Patch) -> None:
    check = Interpreter._check

    def lazy(self: Interpreter, run: Any, time: Any, pc: Any) -> Any:
        kept = self.operations.b.copy()
        self.operations.b[:] *= 2
        going = check(self, run, time, pc)
        self.operations.b[:] = kept
        return going

    patch.setattr(Interpreter, "_check", lazy)


@mutant("triggers", "waits", "due", "steps")
def everybody_takes_the_time_out_branch(patch: Patch) -> None:
    def always(self: Interpreter, run: Any, time: Any, pc: Any) -> Any:
        self.runs.pc[run] = pc + 1
        return run, time

    patch.setattr(Interpreter, "_jump_if_heard", always)


@mutant("triggers", "waits", "due")
def one_open_is_enough_to_learn_an_hour(patch: Patch) -> None:
    best = Observed.best_clock
    patch.setattr(Observed, "best_clock", lambda self, channel, who, least, *more: best(self, channel, who, 1, *more))


@mutant("triggers", "waits", "due")
def hours_are_learned_from_scattered_opens(patch: Patch) -> None:
    best = Observed.best_clock
    patch.setattr(
        Observed,
        "best_clock",
        lambda self, channel, who, least, spread, *more: best(self, channel, who, least, 10**6, *more),
    )


@mutant("triggers", "offer_expired", "held", "quiet_hours", "due")
def the_day_ends_at_the_companys_midnight(patch: Patch) -> None:
    expiry = SiteColumns.expiry

    def company(self: SiteColumns, site: Any, customer: Any, due: Any, observed: Observed) -> Any:
        kept = observed.zone_hours.copy()
        observed.zone_hours[:] = 0
        result = expiry(self, site, customer, due, observed)
        observed.zone_hours[:] = kept
        return result

    patch.setattr(SiteColumns, "expiry", company)
