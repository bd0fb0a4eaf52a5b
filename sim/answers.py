"""Answers to what messages ask, and recommendations to friends.

    logit P(answers a survey) = survey + survey_trust·(T − T0),   score = 10·T + spread·z, whole points of 0 … 10
    logit P(recommends)       = referral + referral_trust·(T − T0), after an order or when a message asks

A recommendation is an event of the customer who makes it; a second customer is touched through
the shared clock of :mod:`sim.arrivals` only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.arrivals import Arrivals
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY
from sim.kinds import ANSWER
from sim.setting import Setting
from sim.trust import Trust
from strategies.vocabulary import EVENT_CODE, MONEY_UNIT

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_SURVEY = luck.purpose("world.answer.survey")
_SCORE = luck.purpose("world.answer.score")
_SURVEY_EVENT = luck.purpose("world.answer.survey.event")
_RECOMMENDS = luck.purpose("world.answer.recommends")
_RECOMMENDED = luck.purpose("world.answer.recommended")

_ANSWERED, _REFERRED = EVENT_CODE["survey_answered"], EVENT_CODE["referred"]
_HIGHEST = 10


class Answers:
    """Owns no state."""

    def __init__(self, setting: Setting, trust: Trust, arrivals: Arrivals | None) -> None:
        self.trust, self.arrivals = trust, arrivals
        self.agenda, self.hub = setting.agenda, setting.hub
        self.parameters = setting.parameters.answers
        self.agenda.register(ANSWER, self.on_answer)

    def on_survey(self, rows: Cohort) -> None:
        """A survey was noticed: some fill it in within minutes."""
        p = self.parameters
        missing = self.trust.missing(rows.customer, rows.time)
        u, u_delay = luck.uniform_pair(rows.key, _SURVEY)
        index = (u * (1.0 + np.exp(p.survey_trust * missing - p.survey)) < 1.0).nonzero()[0]
        part = rows.take(index)
        key = luck.child(part.key, _SURVEY_EVENT)
        liking = _HIGHEST * (self.trust.normal - missing.take(index)) + p.score_spread * luck.normal(key, _SCORE)
        score = np.clip(np.rint(liking), 0, _HIGHEST).astype(np.int64)
        when = part.time + 20 + (u_delay.take(index) * 280).astype(np.int64)
        self.agenda.push(ANSWER, part.customer, when, key, _ANSWERED | (score << 8))

    def after_order(self, rows: Cohort) -> None:
        """Some tell a friend within three days of an order; drawn only where somebody could notice."""
        if (self.arrivals is not None and self.arrivals.listens) or self.hub.subscribed(_REFERRED):
            self._recommend(rows, self.parameters.referral, 3 * DAY)

    def on_referral(self, rows: Cohort) -> None:
        """A message that asks for a friend was noticed."""
        self._recommend(rows, self.parameters.referral_asked, DAY)

    def _recommend(self, rows: Cohort, base: float, within: int) -> None:
        p = self.parameters
        missing = self.trust.missing(rows.customer, rows.time)
        u, u_delay = luck.uniform_pair(rows.key, _RECOMMENDS)
        index = (u * (1.0 + np.exp(p.referral_trust * missing - base)) < 1.0).nonzero()[0]
        part = rows.take(index)
        when = part.time + 60 + (u_delay.take(index) * within).astype(np.int64)
        self.agenda.push(ANSWER, part.customer, when, luck.child(part.key, _RECOMMENDED), _REFERRED)

    def on_answer(self, rows: Cohort) -> None:
        """The answer comes in."""
        event = rows.payload & 255
        surveys, friends = rows.where(event == _ANSWERED), rows.where(event == _REFERRED)
        if surveys.size:
            score = (surveys.payload >> 8) * MONEY_UNIT
            self.hub.observe(_ANSWERED, surveys.customer, surveys.time, surveys.key, None, score)
        if friends.size:
            if self.arrivals is not None:
                self.arrivals.recommend(friends.customer)
            self.hub.observe(_REFERRED, friends.customer, friends.time, friends.key)
