"""Broken segments: deeds miscounted, what came since ignored, members found anew too early."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from strategies import context, deeds, predictions
from strategies.deeds import Deeds
from strategies.entry_limits import EntryTimes
from strategies.interpreter import Interpreter
from strategies.membership import Membership
from strategies.predictions import Forecast
from strategies.reactions import Reactions
from strategies.rfm import RfmScores
from strategies.run_signals import EventCame, RunSignals
from strategies.segments import NOTHING
from strategies.signal_times import SignalTimes
from strategies.triggers import Triggers
from tests.audit.mutants import Patch, mutant, nothing


def _deed_with(patch: Patch, **changes: Any) -> None:
    done = Deeds.done
    patch.setattr(
        Deeds, "done", lambda self, deed, customer, time: done(self, replace(deed, **changes), customer, time)
    )


@mutant("segments", "enter", "entry", "segment", "condition")
def what_came_since_a_deed_is_ignored(patch: Patch) -> None:
    _deed_with(patch, but_not=NOTHING)


@mutant("segments", "enter", "entry", "segment")
def one_deed_is_enough(patch: Patch) -> None:
    _deed_with(patch, times=1)


@mutant("segments", "enter", "entry", "segment")
def deeds_count_a_day_longer(patch: Patch) -> None:
    done = Deeds.done

    def longer(self: Deeds, deed: Any, customer: Any, time: Any) -> Any:
        return done(self, replace(deed, within=deed.within and deed.within + 86_400), customer, time)

    patch.setattr(Deeds, "done", longer)


@mutant("segments", "enter", "entry", "segment")
def deeds_of_all_categories_count_together(patch: Patch) -> None:
    note = Deeds.note

    def mixed(self: Deeds, seen: Any) -> None:
        note(self, replace(seen, category=None if seen.category is None else seen.category * 0))

    patch.setattr(Deeds, "note", mixed)


@mutant("segments", "enter", "entry", "segment")
def conditions_of_deeds_are_ignored(patch: Patch) -> None:
    _counting = Deeds._counting
    patch.setattr(
        Deeds, "_counting", lambda self, watched, seen: _counting(self, watched._replace(condition=None), seen)
    )


@mutant("segments", "enter", "entry", "segment")
def days_of_deeds_are_the_companys(patch: Patch) -> None:
    _counting = Deeds._counting

    def elsewhere(self: Deeds, watched: Any, seen: Any) -> Any:
        zone, self.observed.zone_seconds = self.observed.zone_seconds, lambda customer: customer * 0
        try:
            return _counting(self, watched, seen)
        finally:
            self.observed.zone_seconds = zone

    patch.setattr(Deeds, "_counting", elsewhere)


@mutant("segments", "enter", "entry", "segment", "due")
def members_are_found_anew_at_every_question(patch: Patch) -> None:
    patch.setattr(Membership, "refresh", nothing)


@mutant("segments", "due", "campaigns", "segment", "condition")
def chances_look_a_day_too_far(patch: Patch) -> None:
    holds = Forecast.holds

    def farther(self: Forecast, prediction: Any, customer: Any, time: Any) -> Any:
        longer = prediction.order_in and prediction.order_in + 86_400
        return holds(self, replace(prediction, order_in=longer), customer, time)

    patch.setattr(Forecast, "holds", farther)


@mutant("segments", "due", "campaigns", "segment", "condition", "fit")
def orders_of_the_run_do_not_move_chances(patch: Patch) -> None:
    patch.setattr(Forecast, "note_order", nothing)


@mutant("segments", "fit")
def the_fit_is_carelessly_rounded(patch: Patch) -> None:
    fit = predictions.btyd.fit
    patch.setattr(predictions.btyd, "fit", lambda data, model: fit(data, model).round(0) + 0.5)


@mutant("segments", "fit")
def clocks_begin_with_the_first_order(patch: Patch) -> None:
    def late(self: Forecast, local: Any, first_day: Any, days: Any) -> Any:
        return np.where(days > 0, first_day, np.iinfo(np.int32).max)

    patch.setattr(Forecast, "_began", late)


@mutant("segments", "due", "campaigns", "condition")
def the_last_fitting_cell_counts(patch: Patch) -> None:
    own_cells = RfmScores._own_cells

    def turned(self: RfmScores, scores: Any, orders: Any) -> Any:
        settings, cells = self.settings, self.settings.cells
        self.settings = replace(settings, cells=cells[::-1])
        found = own_cells(self, scores, orders)
        self.settings = settings
        return np.where(found >= 0, len(cells) - 1 - found, found)

    patch.setattr(RfmScores, "_own_cells", turned)


@mutant("segments", "due", "campaigns", "condition")
def scores_weigh_alike(patch: Patch) -> None:
    patch.setattr(context, "weighted_score", lambda scores, weights: scores.mean(axis=0))


@mutant("segments", "exit_on", "goal", "waits", "due", "exit", "steps")
def conditions_of_signals_are_ignored(patch: Patch) -> None:
    patch.setattr(EventCame, "fits", lambda self, signal, index: np.ones(index.size, bool))


@mutant("segments", "exit_on", "goal", "waits", "due", "steps")
def runs_do_not_hear_of_segments(patch: Patch) -> None:
    patch.setattr(Reactions, "on_segments", nothing)


@mutant("segments", "goal")
def signals_are_no_goals(patch: Patch) -> None:
    patch.setattr(RunSignals, "fulfils", lambda self, run, came: np.zeros(run.size, bool))


@mutant("segments", "goal")
def events_among_several_goals_do_not_count(patch: Patch) -> None:
    make = Triggers.__init__

    def short(self: Triggers, engine: Any) -> None:
        make(self, engine)
        for number, chain in enumerate(engine.program.chains):
            if chain.goal is not None and len(chain.goal.signals) > 1:
                self.goal_bits[number] = 0

    patch.setattr(Triggers, "__init__", short)


@mutant("segments", "waits", "due", "steps")
def what_came_in_the_sending_is_forgotten(patch: Patch) -> None:
    patch.setattr(Interpreter, "_reported_signals", lambda self, run, pc: np.zeros(run.size, bool))


@mutant("segments", "reentry")
def entries_are_not_counted(patch: Patch) -> None:
    patch.setattr(EntryTimes, "note", nothing)


@mutant("segments", "entry")
def entries_count_for_ever(patch: Patch) -> None:
    patch.setattr(EntryTimes, "allow", lambda self, customer, time: self._times[-1, customer - self.first_customer] < 0)


@mutant("segments", "pause", "held")
def nothing_pauses_beside_plain_events(patch: Patch) -> None:
    patch.setattr(SignalTimes, "note", nothing)


@mutant("segments", "pause", "held")
def pauses_do_not_hear_of_segments(patch: Patch) -> None:
    patch.setattr(SignalTimes, "note_segments", nothing)


@mutant("segments", "enter", "entry", "segment")
def every_day_of_a_deed_is_in_season(patch: Patch) -> None:
    patch.setattr(deeds, "lies_between", lambda begin, end, date: True)
