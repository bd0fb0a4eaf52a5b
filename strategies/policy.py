"""The contact policy: one decision point for every contact, with a reason.

The order of the gates is the language's ('The order of decisions'): address and consent (with templates
and topics switched off) → control and holdout → suppression and sunset → chain condition and validity →
main chain → the customer's chosen frequency and caps → gaps and pauses → quiet hours and send windows →
budget.  Throughput follows in :mod:`strategies.throughput`.  The first gate
that blocks a contact decides: it waits until the gate may open (then everything is examined anew)
or is dropped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import some
from strategies.contact_policy import Stage
from strategies.decisions import Decisions, Requests
from strategies.gates.caps import Caps
from strategies.gates.gaps import Gaps
from strategies.gates.ground import Counts, Gate, Ground, Hears
from strategies.gates.hours import Hours
from strategies.gates.main_chain import MainChainGate
from strategies.gates.pauses import Elsewhere, Pauses
from strategies.gates.permission import ControlGroup, Permission, TemplateWindow
from strategies.gates.spending import Spending
from strategies.gates.suppression import Suppression
from strategies.gates.validity import Validity
from strategies.gates.wishes import ChosenFrequency, TopicsOff

Int64s = NDArray[np.int64]


class ContactPolicyGates:
    """The gates of one arm's contact policy and what they remember."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        policy = ground.policy
        self.permission = Permission(ground)
        self.templates = TemplateWindow(ground) if ground.sites.needs_window.any() else None
        topics = TopicsOff(ground) if policy.preferences.topics == "obey" else None
        self.control = ControlGroup(ground)
        suppression = Suppression(ground)
        self.validity = Validity(ground)
        self.main_chain = MainChainGate(ground, policy.one_main_chain) if policy.one_main_chain else None
        frequency = ChosenFrequency(ground) if policy.preferences.frequency == "obey" else None
        caps = Caps(ground)
        gaps = Gaps(ground) if policy.min_gap else None
        self.pauses = Pauses(ground, policy.pause_after) if policy.pause_after else None
        elsewhere = Elsewhere(ground, policy.quiet_elsewhere) if policy.quiet_elsewhere else None
        hours = Hours(ground) if policy.quiet_hours or policy.send_windows else None
        self.spending = Spending(ground) if policy.budget else None
        in_order: tuple[Gate | None, ...] = (
            self.permission,
            self.templates,
            topics,
            self.control,
            suppression,
            self.validity,
            self.main_chain,
            frequency,
            caps,
            gaps,
            self.pauses,
            elsewhere,
            hours,
            self.spending,
        )
        self.order: tuple[Gate, ...] = tuple(gate for gate in in_order if gate is not None)
        self.of_calls: tuple[Gate, ...] = tuple(gate for gate in (hours, self.spending) if gate is not None)
        """What a call of a team must pass at its moment, beside permission and control group."""
        self.of_work: tuple[Gate, ...] = (self.spending,) if self.spending is not None else ()
        """The same of its other work, which disturbs nobody."""
        self.counting: tuple[Counts, ...] = tuple(gate for gate in (frequency, caps, gaps) if gate is not None)
        self.hearing: tuple[Hears, ...] = tuple(gate for gate in (self.templates, elsewhere) if gate is not None)
        self.until: int | None = None
        """When other rules begin: nothing is held beyond it."""
        self.lasting: list[int] = []
        """But for what these rules hold: caps that try again by the clock and do not change then."""
        self.successor: ContactPolicyGates | None = None
        """The gates of the rules that come next."""
        self.next_keeps = False
        """Whether those count what is sent now."""
        self._frequency = frequency
        self._caps = caps

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the policy's rows, in the order of their local codes."""
        return tuple(self.ground.rules)

    def precede(self, successor: ContactPolicyGates, begin: int, keeps: bool) -> None:
        """Other rules follow at ``begin``, which ``keep`` what these have counted, or not.

        A contact that a cap tries again by the clock does not come up for the change, if that cap stays as it is:
        looking again is an attempt, and a change of something else adds none.
        """
        self.until, self.successor, self.next_keeps = begin, successor, keeps
        staying = successor.ground.policy.caps
        self.lasting = [row.rule for row in self._caps.rows if row.cap.every is not None and row.cap in staying]

    def decide(self, requests: Requests) -> Decisions:
        """Examine every request; pure, nothing is remembered until :meth:`note`."""
        expiry = self.ground.expiry(requests.site, requests.customer, requests.due_first, requests.ghost)
        decisions = Decisions(requests, expiry)
        for gate in self.order:
            gate.examine(requests, decisions)
            if not some(decisions.open):  # nothing is left that a later gate could decide
                break
        if self.until is not None:
            beyond = decisions.until > self.until
            if self.lasting:
                beyond &= ~np.isin(decisions.rule, self.lasting)
            decisions.until[beyond] = self.until
        return decisions

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: Stage) -> None:
        """Count contacts that reached ``stage`` for caps and gaps."""
        for gate in self.counting:
            gate.note(customer, time, site, run, stage)
        if self.successor is not None:
            self.successor.note_before(self.next_keeps, customer, time, site, run, stage)

    def note_before(self, keeps: bool, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: Stage) -> None:
        """Contacts of the time before these rules: counted where they keep the counters; wishes always hold."""
        if keeps:
            self.note(customer, time, site, run, stage)
            return
        if self._frequency is not None:
            self._frequency.note(customer, time, site, run, stage)
        if self.successor is not None:
            self.successor.note_before(False, customer, time, site, run, stage)

    def hear(self, event: int, customer: Int64s, time: Int64s, site: Int64s) -> None:
        """Customers answered messages of these sites (not their privacy proxies)."""
        for gate in self.hearing:
            gate.hear(event, customer, time, site)
        if self.successor is not None:
            self.successor.hear(event, customer, time, site)
