"""The contact policy: one decision point for every contact, with a reason.

The order of the gates is the language's ('The order of decisions'): address and consent → control
and holdout → suppression and sunset → chain condition and validity → main chain → caps → gaps and
pauses → quiet hours → budget.  Throughput follows in :mod:`strategies.throughput`.  The first gate
that blocks a contact decides: it waits until the gate may open (then everything is examined anew)
or is dropped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.contact_policy import Stage
from strategies.decisions import Decisions, Requests
from strategies.gates.caps import Caps
from strategies.gates.gaps import Gaps
from strategies.gates.ground import Counts, Gate, Ground
from strategies.gates.hours import Hours
from strategies.gates.main_chain import MainChainGate
from strategies.gates.pauses import Pauses
from strategies.gates.permission import ControlGroup, Permission
from strategies.gates.spending import Spending
from strategies.gates.suppression import Suppression
from strategies.gates.validity import Validity

Int64s = NDArray[np.int64]


class ContactPolicyGates:
    """The gates of one arm's contact policy and what they remember."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        policy = ground.policy
        self.permission = Permission(ground)
        self.control = ControlGroup(ground)
        suppression = Suppression(ground)
        self.validity = Validity(ground)
        self.main_chain = MainChainGate(ground, policy.one_main_chain) if policy.one_main_chain else None
        caps = Caps(ground)
        gaps = Gaps(ground) if policy.min_gap else None
        pauses = Pauses(ground, policy.pause_after) if policy.pause_after else None
        hours = Hours(ground, policy.quiet_hours) if policy.quiet_hours else None
        self.spending = Spending(ground) if policy.budget else None
        in_order: tuple[Gate | None, ...] = (
            self.permission,
            self.control,
            suppression,
            self.validity,
            self.main_chain,
            caps,
            gaps,
            pauses,
            hours,
            self.spending,
        )
        self.order: tuple[Gate, ...] = tuple(gate for gate in in_order if gate is not None)
        self.of_calls: tuple[Gate, ...] = tuple(gate for gate in (hours, self.spending) if gate is not None)
        """What a call of a team must pass at its moment, beside permission and control group."""
        self.counting: tuple[Counts, ...] = (caps, gaps) if gaps else (caps,)
        self.until: int | None = None
        """When other rules begin: nothing is held beyond it."""
        self.next_keeps: ContactPolicyGates | None = None
        """The gates of the rules that come next, where those count what is sent now."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the policy's rows, in the order of their local codes."""
        return tuple(self.ground.rules)

    def decide(self, requests: Requests) -> Decisions:
        """Examine every request; pure, nothing is remembered until :meth:`note`."""
        sites, observed = self.ground.sites, self.ground.observed
        expiry = sites.expiry(requests.site, requests.customer, requests.due_first, observed)
        decisions = Decisions(requests, expiry)
        for gate in self.order:
            gate.examine(requests, decisions)
        if self.until is not None:
            np.minimum(decisions.until, self.until, out=decisions.until)
        return decisions

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: Stage) -> None:
        """Count contacts that reached ``stage`` for caps and gaps."""
        for gate in self.counting:
            gate.note(customer, time, site, run, stage)
        if self.next_keeps is not None:
            self.next_keeps.note(customer, time, site, run, stage)
