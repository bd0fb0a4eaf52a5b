"""Why an occurrence of a trigger began no run: what the engine knows at that moment, and nobody could tell afterwards.

Every occurrence that is offered to a chain ends in an entry or in a refusal with its reason (DESIGN, law 9).  Finding
out changes nothing: conditions are asked once more, of the refused only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from strategies.conditions import Expression, Not, parts_of
from strategies.context import Rows
from strategies.vocabulary import REFUSAL_CODE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_RUNNING, _REENTER, _AT_START, _AT_MOST = (REFUSAL_CODE[name] for name in ("running", "reenter", "at_start", "at_most"))


class Refusals:
    """Tells the sink of the refusals of one arm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def not_again(self, chain: int, customer: Int64s, time: Int64s, refused: Bools, running: Bools) -> None:
        """Those who may not enter (again) now.  refused: (n,), who they are; running: (n,), who has a run on."""
        index = self._kept(refused.nonzero()[0], customer)
        if index.size:
            customer, time, running = customer.take(index), time.take(index), running.take(index)
            reason = np.where(running, _RUNNING, _REENTER)
            full = self.engine.triggers.entered_enough(chain, customer, time)
            if full is not None:
                if self.engine.program.chains[chain].on_retrigger == "ignore":
                    full &= ~running
                reason[full] = _AT_MOST
            self._log(chain, customer, time, reason)

    def unmet(self, which: Literal["trigger", "enter"], condition: Expression, rows: Rows, refused: Bools) -> None:
        """Those for whom a condition does not hold: its first part that does not.  refused: (n,), who they are."""
        index = self._kept(refused.nonzero()[0], rows.customer)
        parts = parts_of(condition)
        for number, part in enumerate(parts):
            if not index.size:
                return
            last = number == len(parts) - 1
            holds = np.zeros(index.size, bool) if last else self.engine.reader.holds(part, rows.at(index))
            stopped = rows.at(index[~holds])
            if stopped.customer.size:
                false = self.engine.reader.holds(Not(part), stopped)
                reason = np.where(false, REFUSAL_CODE[which], REFUSAL_CODE[f"{which}_unknown"])
                self._log(rows.chain, stopped.customer, stopped.time, reason, number)
            index = index[holds]

    def at_start(self, chain: int, customer: Int64s, time: int) -> None:
        """Those whom the trigger describes already when the strategy begins, which is no occurrence."""
        customer = customer.take(self._kept(np.arange(customer.size), customer))
        if customer.size:
            self._log(chain, customer, np.full(customer.size, time), _AT_START)

    def _kept(self, index: Int64s, customer: Int64s) -> Int64s:
        """Those of some positions whose refusals are recorded."""
        return index.take(self.engine.sink.keeps_refusals(customer.take(index))) if index.size else index

    def _log(self, chain: int, customer: Int64s, time: Int64s, reason: Int64s | int, part: int = 0) -> None:
        self.engine.sink.log_refusal(customer, time, chain + self.engine.first_source, reason, part)
