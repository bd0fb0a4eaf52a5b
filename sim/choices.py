"""The preference centre: what customers choose instead of leaving, where their arm offers it.

Whoever is about to leave over a message may switch its topic off, or ask to be written to less often, one of the
rarer frequencies that are offered; the next time, with nothing rarer left, he leaves.  A message may also ask
for the choice: the wearier the reader, the likelier he chooses less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.burnout import Burnout
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.setting import Setting
from strategies.observed import Observed
from strategies.ports import site_of
from strategies.vocabulary import EVENT_CODE, FREQUENCIES

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CHOICE = luck.purpose("world.choice")
_CHOSEN = luck.purpose("world.choice.event")
_ASKED = luck.purpose("world.choice.asked")
_ASKED_CHOSEN = luck.purpose("world.choice.asked.event")
_CHANGED = EVENT_CODE["preferences_changed"]


class PreferenceCentre:
    """Owns no state: what was chosen is observed."""

    def __init__(self, setting: Setting, observed: Observed, burnout: Burnout) -> None:
        self.observed, self.burnout, self.hub = observed, burnout, setting.hub
        self.parameters = setting.parameters.preferences
        choices = self.hub.choices()
        self._topic = choices.topic
        # Rarest first is never right: the next rarer one that is offered, by site and present frequency; 0: none.
        bits, now = choices.frequencies[:, None], np.arange(len(FREQUENCIES))
        rarer = [((bits >> code) & 1 == 1) & (code > now) for code in range(len(FREQUENCIES))]
        self._next = np.argmax(np.array(rarer), axis=0).reshape(-1)
        self.offered = bool(choices.frequencies.any() or choices.topic.any())

    def instead(self, rows: Cohort) -> Bools:
        """Who of those about to leave over these messages chooses something else."""
        p = self.parameters
        u_topic, u_frequency = luck.uniform_pair(rows.key, _CHOICE)
        topic = self._topic.take(site_of(rows.payload))
        drops_topic = (topic > 0) & (u_topic < p.topic_off)
        rarer = self._rarer(rows)
        less = ~drops_topic & (rarer > 0) & (u_frequency < p.less_often)
        self._report(rows, drops_topic * topic, less * rarer, drops_topic | less, _CHOSEN)
        return np.asarray(drops_topic | less)

    def on_asked(self, rows: Cohort) -> None:
        """Noticed messages ask how often one wants to hear: P = asked·F / (F + asked_weary)."""
        p = self.parameters
        rarer = self._rarer(rows)
        fatigue = self.burnout.fatigue(rows.customer, rows.time)
        wants = luck.uniform(rows.key, _ASKED) < p.asked * fatigue / (fatigue + p.asked_weary)
        chooses = wants & (rarer > 0)
        self._report(rows, np.zeros_like(rarer), rarer, chooses, _ASKED_CHOSEN)

    def _rarer(self, rows: Cohort) -> Int64s:
        now = self.observed.chosen_frequency.take(rows.customer).astype(np.int64)
        result: Int64s = self._next.take(site_of(rows.payload) * len(FREQUENCIES) + now)
        return result

    def _report(self, rows: Cohort, topic: Int64s, frequency: Int64s, who: Bools, purpose: luck.Purpose) -> None:
        """The choice becomes known at once; a frequency that is not changed stays."""
        index = who.nonzero()[0]
        if not index.size:
            return
        part = rows.take(index)
        now = self.observed.chosen_frequency.take(part.customer).astype(np.int64)
        chosen = np.maximum(now, frequency.take(index))
        category = chosen + len(FREQUENCIES) * topic.take(index)
        self.hub.observe(_CHANGED, part.customer, part.time, luck.child(part.key, purpose), category)
