"""What all gates stand on: the arm's program, its customers as observed, and the names of the policy's rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import Calendar
from strategies.contact_policy import ContactPolicy, Stage, Zone
from strategies.context import FieldReader, Rows
from strategies.coupons import Coupons
from strategies.decisions import Decisions, Requests
from strategies.observed import Observed
from strategies.program import Program
from strategies.runs import RunTable
from strategies.signal_times import SignalTimes
from strategies.sites import SiteColumns

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """One arm's customers and program.  control: (customers,) bool, in the control group.

    coupons: where some chain gives them.
    rules: names of the rows that may hold or drop a contact, in the order of their local codes.
    """

    program: Program
    sites: SiteColumns
    observed: Observed
    runs: RunTable
    reader: FieldReader
    calendar: Calendar
    control: Bools
    first_customer: int
    customers: int
    signal_times: SignalTimes
    coupons: Coupons | None = None
    rules: list[str] = field(default_factory=list)

    @property
    def policy(self) -> ContactPolicy:
        """The rows of the scenario's contact policy."""
        return self.program.scenario.policy

    def rule(self, name: str) -> int:
        """Local code of a row of the policy, a new one for a new name."""
        if name not in self.rules:
            self.rules.append(name)
        return self.rules.index(name)

    def local(self, customer: Int64s) -> Int64s:
        """Positions of stacked customers among the arm's."""
        return customer - self.first_customer

    def in_segments(self, names: tuple[str, ...], customer: Int64s, time: Int64s) -> Bools:
        """Whether the customers are in one of the segments now."""
        rows, inside = Rows(customer, time), np.zeros(customer.size, bool)
        for name in names:
            inside |= self.reader.in_segment(name, rows)
        return inside

    def expiry(self, site: Int64s, customer: Int64s, due: Int64s, ghost: Bools | np.bool_ = np.False_) -> Int64s:
        """(n,) the whole minute from which contacts that first fell due at ``due`` are no longer worth sending.

        ghost: their runs are held out.
        """
        expiry = self.sites.expiry(site, customer, due, self.observed)
        return expiry if self.coupons is None else np.minimum(expiry, self.coupons.expiry(site, customer, ghost))

    def zone_seconds(self, customer: Int64s, zone: Zone) -> Int64s:
        """How far the clock of a row of the policy is ahead of the company's, in seconds."""
        return self.observed.zone_seconds(customer) if zone == "customer" else np.zeros_like(customer)


class Gate(Protocol):
    """Decides about the open requests that it blocks; pure."""

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what this family of rules does not let through."""
        ...


class Counts(Protocol):
    """A gate that remembers past contacts."""

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: Stage) -> None:
        """Contacts reached ``stage``.  run: 0 outside chains."""
        ...


class Hears(Protocol):
    """A gate that remembers customers' answers."""

    def hear(self, event: int, customer: Int64s, time: Int64s, site: Int64s) -> None:
        """Customers opened or clicked messages of these sites."""
        ...
