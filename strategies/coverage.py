"""How often chain runs came to each step, branch, split arm and rung of a program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.program import Program
from strategies.runs import RunTable

Int64s = NDArray[np.int64]

_AT_ONCE = 50_000


class StepCounts:
    """Counts of live runs (neither held out nor of the control group) at each operation of one arm.

    Runs are noted as they pass and counted by the thousand, since a call costs the same for few as for many.
    control: (customers,) bool of the arm's customers; a run that passes an
    operation again is counted again.
    """

    def __init__(
        self, program: Program, runs: RunTable, control: NDArray[np.bool_], worlds: int, first_customer: int
    ) -> None:
        self.runs, self.control = runs, control
        self.first_customer, self.per_world = first_customer, control.size // worlds
        self._counts = np.zeros((worlds, len(program.operations)), np.int64)
        self._noted: list[tuple[Int64s, Int64s]] = []
        self._waiting = 0

    def note(self, run: Int64s, pc: Int64s) -> None:
        """Runs stand at operations.  run, pc: (n,), which nobody may change afterwards."""
        self._noted.append((run, pc))
        self._waiting += run.size
        if self._waiting >= _AT_ONCE:
            self._count()

    @property
    def counts(self) -> Int64s:
        """(worlds, operations) int64."""
        self._count()
        return self._counts

    def _count(self) -> None:
        if not self._noted:
            return
        run, pc = (np.concatenate(column) for column in zip(*self._noted, strict=True))
        self._noted, self._waiting = [], 0
        local = self.runs.customer.take(run) - self.first_customer
        live = (~(self.runs.ghost.take(run) | self.control.take(local))).nonzero()[0]
        cell = local.take(live) // self.per_world * self._counts.shape[1] + pc.take(live)
        np.add.at(self._counts.reshape(-1), cell, 1)
