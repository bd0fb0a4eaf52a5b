"""What customers say: NPS answers to messages that ask, reviews by themselves or when asked.

An NPS score is ``middle + slope·(T − T0) − bad·(the last order went badly) + noise``, whole and from 0 to 10, so it
tells of trust; the stars of a review tell of the last order.  Saying so changes nothing else: the company learns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.journey import Journey
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, MINUTE
from sim.setting import Setting
from sim.trust import Trust
from strategies.vocabulary import EVENT_CODE, MONEY_UNIT

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_NPS = luck.purpose("world.nps")
_NPS_SCORE = luck.purpose("world.nps.score")
_NPS_DELAY = luck.purpose("world.nps.delay")
_REVIEW = luck.purpose("world.review")
_REVIEW_STARS = luck.purpose("world.review.stars")
_REVIEW_DELAY = luck.purpose("world.review.delay")
_SAID = luck.purpose("world.said")

_ANSWERED, _REVIEWED = EVENT_CODE["nps_answered"], EVENT_CODE["reviewed"]
BAD = 64
"""Bit of ``last`` beside the category: the order went badly."""
_SOON = 30
"""Least seconds between noticing a question and the answer."""


class Voice:
    """Owns no column.  ``last``: of :class:`sim.fulfilment.Fulfilment`, None where orders are not delivered."""

    def __init__(self, setting: Setting, trust: Trust, journey: Journey) -> None:
        self.trust, self.journey, self.hub = trust, journey, setting.hub
        self.parameters = setting.parameters.voice
        self.last: NDArray[np.int8] | None = None

    def answer_nps(self, rows: Cohort) -> None:
        """Noticed messages that ask the NPS question: some answer soon."""
        p = self.parameters
        missing = self.trust.missing(rows.customer, rows.time)
        answers = luck.uniform(rows.key, _NPS) * (1.0 + np.exp(p.nps_trust * missing - p.nps_answer)) < 1.0
        index = answers.nonzero()[0]
        if not index.size:
            return
        rows, missing = rows.take(index), missing.take(index)
        score = p.nps_middle - p.nps_slope * missing + p.nps_spread * luck.normal(rows.key, _NPS_SCORE)
        if self.last is not None:
            score -= p.nps_bad * (self.last.take(rows.customer) >= BAD)
        self._say(_ANSWERED, rows, self._soon(rows, _NPS_DELAY), None, np.clip(np.rint(score), 0, 10))

    def answer_review(self, rows: Cohort) -> None:
        """Noticed messages that ask for a review: some of those who received an order write one."""
        assert self.last is not None
        last = self.last.take(rows.customer).astype(np.int64)
        writes = luck.uniform(rows.key, _REVIEW) < 1.0 / (1.0 + np.exp(-self.parameters.review_answer))
        index = (writes & (last >= 0)).nonzero()[0]
        if index.size:
            rows, last = rows.take(index), last.take(index)
            self._review(rows, self._soon(rows, _REVIEW_DELAY), last & (BAD - 1), last >= BAD)

    def review_unasked(self, rows: Cohort, category: Int64s, bad: Bools) -> None:
        """Orders that were handed over: a few are reviewed days later."""
        p = self.parameters
        index = (luck.uniform(rows.key, _REVIEW) < p.review_unasked * np.where(bad, p.review_bad, 1.0)).nonzero()[0]
        if index.size:
            rows = rows.take(index)
            delay = (luck.exponential(rows.key, _REVIEW_DELAY) * (p.review_days * DAY)).astype(np.int64)
            self._review(rows, rows.time + _SOON + delay, category.take(index), bad.take(index))

    def _review(self, rows: Cohort, when: Int64s, category: Int64s, bad: Bools) -> None:
        p = self.parameters
        stars = np.where(bad, p.review_stars_bad, p.review_stars)
        stars = stars + p.review_spread * luck.normal(rows.key, _REVIEW_STARS)
        self._say(_REVIEWED, rows, when, category, np.clip(np.rint(stars), 1, 5))

    def _soon(self, rows: Cohort, purpose: luck.Purpose) -> Int64s:
        delay = luck.exponential(rows.key, purpose) * (self.parameters.minutes * MINUTE)
        when: Int64s = rows.time + _SOON + delay.astype(np.int64)
        return when

    def _say(self, event: int, rows: Cohort, when: Int64s, category: Int64s | None, score: Floats) -> None:
        value = score.astype(np.int64) * MONEY_UNIT
        if self.hub.subscribed(event):
            self.journey.plan_action(event, rows.customer, when, luck.child(rows.key, _SAID, event), category, value)
        else:
            self.hub.log_only(event, rows.customer, when, category, value)
