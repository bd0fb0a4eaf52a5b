"""The sender's reputation: one per world, for e-mail, settled once a day.

Providers remember exponentially weighted counts of mails, complaints, bounces, spam-trap hits and
unread mail, to which a first belief is added; the share in the inbox follows from their rates.  A
volume that jumps, and a domain that nobody knows yet, cost inbox share too.
It hits everybody of the world, the control group too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY
from sim.kernel.shared import SharedState
from sim.setting import Setting

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SENT, DELIVERED, NOTICED, COMPLAINTS, BOUNCES, TRAPS = range(6)


class Reputation:
    """World columns: today (W, 6) int64 counters; memory (W, 6) float64.  inbox: (W,) float64, shared state.

    usual: (W,) float64, the largest day that providers are used to, mails; jumps: (W,) float64, remembered
    doublings beyond the tolerated; proven: (W,) float64, mails delivered since the domain was new (inf: old).
    """

    def __init__(self, setting: Setting, shared: SharedState) -> None:
        columns = setting.columns
        self.columns, self.parameters = columns, setting.parameters.reputation
        self.sender = setting.parameters.sender
        self.today = columns.add_world("reputation.today", np.int64, columns=6)
        self.memory: Floats = columns.add_world("reputation.memory", np.float64, columns=6)
        self.usual: Floats = columns.add_world("reputation.usual", np.float64, columns.customers)
        self.jumps: Floats = columns.add_world("reputation.jumps", np.float64)
        self.proven: Floats = columns.add_world("reputation.proven", np.float64, np.inf)
        self.new_domains: dict[int, Bools] = {}
        value = columns.add_world("reputation.inbox", np.float64, self.parameters.best)
        self.inbox: Floats = shared.declare("reputation", DAY, value, self.settle)

    def plan_new_domains(self, dates: Mapping[int, Bools], now: int) -> None:
        """From these times (whole days) on, these worlds (W,) mail from a domain that nobody knows."""
        self.new_domains = dict(dates)
        if now in dates:
            self._begin_new_domain(now)
            self.inbox[...] = np.where(dates[now], self._share(), self.inbox)

    def count(self, what: int, customer: Int64s) -> None:
        """Count these customers' e-mails in their worlds."""
        if customer.size:
            if self.columns.worlds == 1:
                self.today[0, what] += customer.size
            else:
                self.today[:, what] += np.bincount(self.columns.world_of(customer), minlength=self.columns.worlds)

    def settle(self, time: int) -> Floats:
        """The share in the inbox for the next day."""
        kept = 0.5 ** (1.0 / self.parameters.memory)
        self.memory *= kept
        self.memory += self.today
        self._note_volume()
        self.today[...] = 0
        if time in self.new_domains:
            self._begin_new_domain(time)
        return self._share()

    def _note_volume(self) -> None:
        """Compare the day with the largest usual one, which fades and which this day may become."""
        p, sent = self.sender, self.today[:, SENT]
        unnoticed = p.unnoticed * self.columns.customers
        times = sent / (p.jump_tolerated * np.maximum(self.usual, unnoticed))
        self.jumps *= 0.5 ** (1.0 / p.jump_memory)
        self.jumps += np.log2(np.maximum(times, 1.0))
        self.usual[...] = np.maximum(self.usual * 0.5 ** (1.0 / p.usual_memory), sent)
        self.proven += self.today[:, DELIVERED]

    def _begin_new_domain(self, time: int) -> None:
        """Providers know nothing of these worlds' domain, neither good nor bad."""
        new = self.new_domains[time]
        self.memory[new] = 0.0
        for column in (self.usual, self.jumps, self.proven):
            column[new] = 0.0

    def _share(self) -> Floats:
        """Inbox share = best − complaints − unread − bounces − traps − jumps − being unknown, within worst and best."""
        p, sender, memory = self.parameters, self.sender, self.memory
        belief = p.start_weight * self.columns.customers
        delivered = memory[:, DELIVERED] + belief
        unread = (memory[:, DELIVERED] - memory[:, NOTICED] + belief * p.start_unread) / delivered
        complaints = (memory[:, COMPLAINTS] + belief * p.start_complaints) / delivered
        bounces = memory[:, BOUNCES] / (memory[:, SENT] + belief)
        inbox = p.best - p.complaints * complaints - p.unread * np.maximum(unread - p.unread_tolerated, 0.0)
        inbox -= p.bounces * np.maximum(bounces - p.bounces_tolerated, 0.0) + p.traps * memory[:, TRAPS] / delivered
        weight = sender.new_weight * self.columns.customers
        inbox -= sender.jump_loss * self.jumps + sender.new_loss * (weight / (weight + self.proven))
        return np.clip(inbox, p.worst, p.best)
