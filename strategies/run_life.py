"""The life of chain runs: they begin, are scheduled, paused and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import next_minute
from sim.kernel.short import every, some
from strategies.busy import Busy
from strategies.context import Rows
from strategies.interpreter import named_uniform
from strategies.kinds import RUN, SEND, TIMEOUT
from strategies.occurrence import Occurrence
from strategies.ports import pack
from strategies.program import holdout_name
from strategies.runs import ENDED, LISTENING, NO_VALUE, SENDING, WAITING, turns
from strategies.vocabulary import EVENT_CODE, REASON_CODE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_RANK = luck.purpose("strategies.rank")
_CHAIN_ENTERED, _CHAIN_EXITED = EVENT_CODE["chain_entered"], EVENT_CODE["chain_exited"]


class RunLife:
    """Begins and ends the chain runs of one arm, and says when each goes on."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.runs = engine.runs
        parallel = [chain.on_retrigger == "parallel" for chain in engine.program.chains]
        self._busy = Busy(parallel, engine.customers)
        self._hoping: list[Int64s] = []
        """Runs that ended while their goal could still be reached."""

    def schedule_run(self, run: Int64s, time: Int64s) -> None:
        """Continue the runs at their times; an earlier pending row becomes stale."""
        self.runs.due[run] = time
        customer = self.runs.customer.take(run)
        self.engine.agenda.push(self.engine.kind + RUN, customer, time, self.runs.key.take(run), run)

    def schedule_send(self, run: Int64s, site: Int64s, time: Int64s) -> None:
        """Examine the runs' contacts at their times."""
        self.runs.due[run] = time
        customer = self.runs.customer.take(run)
        self.engine.agenda.push(self.engine.kind + SEND, customer, time, self.runs.key.take(run), pack(run, site))

    def on_run(self, cohort: Cohort) -> None:
        """Runs whose time has come go on."""
        run, time = cohort.payload, cohort.time
        state = self.runs.state.take(run)
        valid = ((state == WAITING) | (state == LISTENING)) & (self.runs.due.take(run) == time)
        index = valid.nonzero()[0]
        if index.size == 0:
            return
        self.engine.interpreter.wake(run.take(index), time.take(index))

    def on_timeout(self, cohort: Cohort) -> None:
        """Runs that are still going have taken too long."""
        live = (self.runs.state.take(cohort.payload) != ENDED).nonzero()[0]
        if live.size:
            self.end_runs(cohort.payload.take(live), cohort.time.take(live), "timeout")

    def enter(self, chain: int, occurrence: Occurrence, rank: Int64s) -> Bools:
        """Start runs of a chain for those who may enter.

        rank: number of runs that the occurrence has started already.  Returns (n,) bool, who entered.
        """
        source = self.engine.program.chains[chain]
        customer, time = occurrence.customer, occurrence.time
        value, category = occurrence.value, occurrence.category
        rows = Rows.at_trigger(occurrence, chain)
        may, running = self.engine.triggers.may_enter(chain, occurrence)
        self.engine.refusals.not_again(chain, customer, time, ~may, running)
        if source.enter is not None:
            holds = self.engine.reader.holds(source.enter, rows)
            self.engine.refusals.unmet("enter", source.enter, rows, may & ~holds)
            may &= holds
        index = may.nonzero()[0]
        if index.size == 0:
            return may
        customer, time = customer.take(index), time.take(index)
        if source.on_retrigger == "restart":
            self.end_running(chain, customer, time, "restarted")
        key = luck.child(occurrence.key.take(index), _RANK, rank.take(index))
        ghost = np.zeros(index.size, bool)
        if source.holdout > 0:
            ghost = named_uniform(self.engine.keys.split.take(customer), holdout_name(source)) < source.holdout
        run = self.runs.add(customer, chain, key, time, ghost)
        self.runs.value[run] = NO_VALUE if value is None else value.take(index)
        self.runs.event[run] = occurrence.event
        self.runs.category[run] = -1 if category is None else category.take(index)
        self.runs.pc[run] = self.engine.program.start[chain]
        self.engine.triggers.note_entry(chain, customer, time)
        local = customer - self.engine.first_customer
        self._busy.begin(chain, local)
        control = self.engine.control.take(local)
        reason = np.zeros(index.size, np.int64)
        reason[control] = REASON_CODE["control"]
        reason[ghost] = REASON_CODE["holdout"]
        self.log(_CHAIN_ENTERED, run, time, reason)
        if source.timeout is not None:
            self.engine.agenda.push(self.engine.kind + TIMEOUT, customer, time + source.timeout, key, run)
        self.runs.state[run] = WAITING
        self.engine.interpreter.advance(run, time)
        return may

    def end_running(self, chain: int, customer: Int64s, time: Int64s, reason: str) -> None:
        """End the customers' live runs of a chain."""
        for position, run in turns(*self._running(chain, customer)):
            self.end_runs(run, time.take(position), reason)

    def pause_running(self, chain: int, customer: Int64s, until: Int64s) -> None:
        """What falls due in the customers' live runs of a chain before ``until`` waits until then."""
        position, run = self._running(chain, customer)
        self.runs.paused_until[0, run] = np.maximum(self.runs.paused_until[0].take(run), until.take(position))

    def _running(self, chain: int, customer: Int64s) -> tuple[Int64s, Int64s]:
        """(position in ``customer``, run) of the customers' live runs of a chain."""
        busy = np.arange(customer.size)
        if self._busy.knows(chain):
            busy = self._busy.has(chain, customer - self.engine.first_customer).nonzero()[0]
        position, run = self.runs.of(customer.take(busy))
        index = ((self.runs.chain.take(run) == chain) & (self.runs.state.take(run) != ENDED)).nonzero()[0]
        return busy.take(position.take(index)), run.take(index)

    def paused_until(self, run: Int64s) -> Int64s | None:
        """When the runs' pauses end (0: never paused); None where no chain is ever paused."""
        return self.runs.paused_until[0].take(run) if self.engine.program.pauses else None

    def act(self, run: Int64s, time: Int64s, number: Int64s) -> None:
        """Carry out the actions ``number`` of the program for runs of different customers."""
        self.engine.actions.carry_out(run, time, number)

    def is_running(
        self, chain: int, customer: Int64s, since: Int64s | None = None, told_apart: Int64s | None = None
    ) -> Bools:
        """Who has a live run of the chain.

        Of a chain with parallel runs: one that began after ``since``, whose trigger was about the same.
        """
        if self._busy.knows(chain):
            return self._busy.has(chain, customer - self.engine.first_customer)
        running = np.zeros(customer.size, bool)
        position, run = self._running(chain, customer)
        if since is not None:
            index = (self.runs.entry.take(run) > since.take(position)).nonzero()[0]
            position, run = position.take(index), run.take(index)
        if told_apart is not None:
            position = position[self.engine.triggers.told_apart(chain, run) == told_apart.take(position)]
        running[position] = True
        return running

    def end_runs(self, run: Int64s, time: Int64s, reason: str) -> None:
        """End runs (of different customers): withdraw what waits, log, and wake what the run displaced."""
        asked = (self.runs.state.take(run) == SENDING).nonzero()[0]
        if asked.size:
            self.engine.desk.withdraw(run.take(asked), time.take(asked))
        self.runs.state[run] = ENDED
        customer = self.runs.customer.take(run)
        self._busy.end(self.runs.chain.take(run), customer - self.engine.first_customer)
        if self.engine.slot is not None:
            self.engine.slot.withdraw(run, time, reason)
        if self.engine.program.tasks:
            self.engine.teams.call_off(run, reason)
        self.log(_CHAIN_EXITED, run, time, np.full(run.size, REASON_CODE[reason]))
        over = ~self.goal_open(run, time)
        if some(over):
            self.runs.unlist(run[over])
        if not every(over):
            self._hoping.append(run[~over])
        self._wake_displaced(customer, time)

    def give_up_goals(self, time: int) -> None:
        """Take out of the lists what ended, and whose goal can no longer be reached by ``time``."""
        if not self._hoping:
            return
        run = np.concatenate(self._hoping)
        run = run.take((self.runs.place.take(run) >= 0).nonzero()[0])
        still = self.goal_open(run, np.full(run.size, time))
        self._hoping = [run[still]]
        for _, over in turns(self.runs.customer.take(run[~still]), run[~still]):
            self.runs.unlist(over)

    def goal_open(self, run: Int64s, time: Int64s) -> Bools:
        """Whether a conversion of the run could still count."""
        window = self.engine.triggers.goal_window.take(self.runs.chain.take(run))
        in_time: Bools = time <= self.runs.entry.take(run) + window
        return in_time & ~self.runs.goal_done.take(run)

    def _wake_displaced(self, customer: Int64s, time: Int64s) -> None:
        """Contacts that waited for other chains are examined anew at once, unless another still stands before them."""
        gate, waiting = self.engine.gates.main_chain, self.runs.any_displaced
        index = waiting.take(customer - self.engine.first_customer).nonzero()[0]
        if gate is None or not index.size:
            return
        customer, time = customer.take(index), time.take(index)
        waiting[customer - self.engine.first_customer] = False
        position, run = listed = self.runs.of(customer)
        index = ((self.runs.state.take(run) == SENDING) & self.runs.displaced.take(run)).nonzero()[0]
        if not index.size:
            return
        position, run = position.take(index), run.take(index)
        main = gate.in_the_way(customer, time, listed).take(position)
        free = (main == 0) | (main == run)
        waiting[customer.take(position[~free]) - self.engine.first_customer] = True
        position, run = position[free], run[free]
        self.runs.displaced[run] = False
        self.schedule_send(run, self.engine.desk.site_of_run(run), next_minute(time.take(position)))

    def wake_held_by(self, rules: Int64s, customer: Int64s, time: Int64s) -> None:
        """Contacts that rows of the policy (codes) hold are examined anew at once."""
        position, run = self.runs.of(customer)
        now = next_minute(time.take(position))
        waits = (self.runs.state.take(run) == SENDING) & (self.runs.due.take(run) > now)
        index = (waits & np.isin(self.runs.held_by[0].take(run), rules + 1)).nonzero()[0]
        if index.size:
            run = run.take(index)
            self.runs.held_by[0, run] = 0
            self.schedule_send(run, self.engine.desk.site_of_run(run), now.take(index))

    def log(self, event: int, run: Int64s, time: Int64s, reason: Int64s) -> None:
        """Log what became of runs."""
        self.engine.sink.log_run(
            event,
            self.runs.customer.take(run),
            time,
            self.runs.key.take(run),
            self.runs.chain.take(run).astype(np.int64) + self.engine.first_source,
            reason,
        )

    def end_all(self, time: int, reason: str) -> None:
        """End every live run."""
        runs = self.runs
        live = (runs.state[: runs.used] != ENDED).nonzero()[0]
        live = live[live > 0]
        # One customer may have several live runs: end them in turns, each turn one run per customer.
        while live.size:
            _, first = np.unique(runs.customer.take(live), return_index=True)
            self.end_runs(live.take(first), np.full(first.size, time), reason)
            live = np.delete(live, first)
