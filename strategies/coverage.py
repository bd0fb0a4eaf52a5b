"""How often chain runs came to each step, branch, split arm and rung of a program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.program import Program
from strategies.runs import RunTable

Int64s = NDArray[np.int64]


class StepCounts:
    """Counts of live runs (neither held out nor of the control group) at each operation of one arm.

    counts: (worlds, operations) int64.  control: (customers,) bool of the arm's customers; a run that passes an
    operation again is counted again.
    """

    def __init__(
        self, program: Program, runs: RunTable, control: NDArray[np.bool_], worlds: int, first_customer: int
    ) -> None:
        self.runs, self.control = runs, control
        self.first_customer, self.per_world = first_customer, control.size // worlds
        self.counts = np.zeros((worlds, len(program.operations)), np.int64)

    def note(self, run: Int64s, pc: Int64s) -> None:
        """Runs stand at operations.  run, pc: (n,)."""
        local = self.runs.customer.take(run) - self.first_customer
        live = (~(self.runs.ghost.take(run) | self.control.take(local))).nonzero()[0]
        cell = local.take(live) // self.per_world * self.counts.shape[1] + pc.take(live)
        np.add.at(self.counts.reshape(-1), cell, 1)
