"""The sender's reputation: one per world, for e-mail, settled once a day.

Providers remember exponentially weighted counts of mails, complaints, bounces, spam-trap hits and
unread mail, to which a first belief is added; the share in the inbox follows from their rates.
It hits everybody of the world, the control group too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY
from sim.kernel.shared import SharedState
from sim.setting import Setting

Int64s = NDArray[np.int64]

SENT, DELIVERED, NOTICED, COMPLAINTS, BOUNCES, TRAPS = range(6)


class Reputation:
    """World columns: today (W, 6) int64 counters; memory (W, 6) float64.  inbox: (W,) float64, shared state."""

    def __init__(self, setting: Setting, shared: SharedState) -> None:
        self.columns, self.parameters = setting.columns, setting.parameters.reputation
        self.today = setting.columns.add_world("reputation.today", np.int64, columns=6)
        self.memory: NDArray[np.float64] = setting.columns.add_world("reputation.memory", np.float64, columns=6)
        value = setting.columns.add_world("reputation.inbox", np.float64, self.parameters.best)
        self.inbox: NDArray[np.float64] = shared.declare("reputation", DAY, value, self.settle)

    def count(self, what: int, customer: Int64s) -> None:
        """Count these customers' e-mails in their worlds."""
        if customer.size:
            if self.columns.worlds == 1:
                self.today[0, what] += customer.size
            else:
                self.today[:, what] += np.bincount(self.columns.world_of(customer), minlength=self.columns.worlds)

    def settle(self, time: int) -> NDArray[np.float64]:
        """The share in the inbox for the next day."""
        p = self.parameters
        kept = 0.5 ** (1.0 / p.memory)
        self.memory *= kept
        self.memory += self.today
        self.today[...] = 0
        belief = p.start_weight * self.columns.customers
        memory = self.memory
        delivered = memory[:, DELIVERED] + belief
        unread = (memory[:, DELIVERED] - memory[:, NOTICED] + belief * p.start_unread) / delivered
        complaints = (memory[:, COMPLAINTS] + belief * p.start_complaints) / delivered
        bounces = memory[:, BOUNCES] / (memory[:, SENT] + belief)
        inbox = p.best - p.complaints * complaints - p.unread * np.maximum(unread - p.unread_tolerated, 0.0)
        inbox -= p.bounces * np.maximum(bounces - p.bounces_tolerated, 0.0) + p.traps * memory[:, TRAPS] / delivered
        return np.clip(inbox, p.worst, p.best)
