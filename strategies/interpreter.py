"""Runs a program: takes chain runs through their operations until each waits, asks for a contact, or ends.

All chains of an arm share this one loop: operations are executed by type on all runs that stand at
one, operands are gathered from the program's arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.calendar import Calendar, next_minute
from sim.kernel.short import distinct
from strategies import program as ops
from strategies.attributes import TELLS_SITE
from strategies.context import FieldReader, Rows
from strategies.coverage import StepCounts
from strategies.observed import Observed
from strategies.program import Program
from strategies.runs import ENDED, LISTENING, NO_TIME, NO_VALUE, SENDING, WAITING, RunTable
from strategies.waits import Moments

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Going = tuple[Int64s, Int64s]
"""(run, time) of the runs that go on at once."""

RESOLVED = ("dropped", "unreachable", "sent")
"""What became of a contact: dropped by the policy; without address or consent, or failed for good; sent."""
_DROPPED, _UNREACHABLE = (np.array(RESOLVED.index(name), np.int8) for name in RESOLVED[:2])

_REPORTS = np.uint64(sum(1 << code for code in TELLS_SITE.nonzero()[0].tolist()))
"""Bit set of the events that are about a message."""
_NAMED_SPLIT = luck.purpose("strategies.named_split")


def named_uniform(split_keys: luck.Keys, name: str) -> NDArray[np.float64]:
    """Sticky uniforms of customers for a constant name: shares below a threshold are nested, names independent."""
    return luck.sticky_uniform(split_keys, _NAMED_SPLIT, luck.root_of_text(name))


def remembers_reports(program: Program) -> bool:
    """Does some named wait of the program listen to reports about messages?"""
    named = [one for one in program.operations if one.code == ops.LISTEN and one.to >= 0]
    signals = {event for one in named if one.otherwise >= 0 for event in program.listened_bits[one.otherwise]}
    return any(TELLS_SITE[event] for event in signals) or any(one.a & int(_REPORTS) for one in named)


class Scheduling(Protocol):
    """What the interpreter asks of the engine."""

    def schedule_run(self, run: Int64s, time: Int64s) -> None:
        """Continue the runs at their times."""

    def schedule_send(self, run: Int64s, site: Int64s, time: Int64s) -> None:
        """Examine the runs' contacts at their times."""

    def end_runs(self, run: Int64s, time: Int64s, reason: str) -> None:
        """End the runs."""

    def act(self, run: Int64s, time: Int64s, number: Int64s) -> None:
        """Carry out the actions ``number`` of the program."""

    def paused_until(self, run: Int64s) -> Int64s | None:
        """When the runs' pauses end (0: never paused); None where no chain is ever paused."""


class Interpreter:
    """Executes the operations of one arm's program."""

    def __init__(
        self,
        program: Program,
        runs: RunTable,
        observed: Observed,
        reader: FieldReader,
        calendar: Calendar,
        split_key: Callable[[Int64s], luck.Keys],
        engine: Scheduling,
        steps: StepCounts,
    ) -> None:
        self.program = program
        self.operations = program.arrays()
        self.runs = runs
        self.observed = observed
        self.reader = reader
        self.calendar = calendar
        self.split_key = split_key
        self.engine = engine
        self.steps = steps
        self._listened = program.listened_bits
        self.moments = Moments(observed, calendar, program.scenario.calendar)
        self._effects: dict[int, Callable[[Int64s, Int64s, Int64s], Going | None]] = {
            ops.WAIT: self._wait,
            ops.WAIT_FROM_ENTRY: self._wait_from_entry,
            ops.WAIT_CLOCK: self._wait_clock,
            ops.WAIT_WINDOW: self._wait_window,
            ops.WAIT_BEST_HOUR: self._wait_best_hour,
            ops.LISTEN: self._listen,
            ops.SEND: self._send,
            ops.JUMP: self._jump,
            ops.JUMP_UNLESS: self._jump_unless,
            ops.JUMP_IF_HEARD: self._jump_if_heard,
            ops.SPLIT: self._split,
            ops.END: lambda run, time, pc: self._finish(run, time, "finished"),
            ops.ACT: self._act,
            ops.EXIT: lambda run, time, pc: self._finish(run, time, "exit_step"),
            ops.BEGIN_CHECKS: self._begin_checks,
            ops.CHECK: self._check,
        }

    def advance(self, run: Int64s, time: Int64s) -> None:
        """Take runs (of different customers) on from their program counters at their times."""
        while run.size:
            pc = self.runs.pc.take(run).astype(np.int64)
            self.steps.note(run, pc)
            code = self.operations.code.take(pc)
            going: list[Going] = []
            codes = distinct(code)
            for present in codes:
                if len(codes) == 1:
                    on = self._effects[present](run, time, pc)
                else:
                    index = (code == present).nonzero()[0]
                    on = self._effects[present](run.take(index), time.take(index), pc.take(index))
                if on is not None and on[0].size:
                    going.append(on)
            if not going:
                return
            if len(going) == 1:
                run, time = going[0]
            else:
                run, time = (np.concatenate(column) for column in zip(*going, strict=True))

    def wake(self, run: Int64s, time: Int64s) -> None:
        """The runs' waits end, or they look at their conditions again.

        A pause delays neither: it keeps what comes of it waiting.  So a wait of at most a day is over after a day, and
        what comes later in the pause is not heard.
        """
        if self.program.pauses:
            looks = self.operations.code.take(self.runs.pc.take(run).astype(np.int64)) == ops.CHECK
            again, over = looks.nonzero()[0], (~looks).nonzero()[0]
            on, when = self._not_paused(run.take(over), time.take(over))
            run, time = np.concatenate([run.take(again), on]), np.concatenate([time.take(again), when])
        self.advance(run, time)

    def _not_paused(self, run: Int64s, time: Int64s) -> Going:
        """The runs that may go on; the others stand still until their pauses end."""
        paused = self.engine.paused_until(run)
        if paused is None:
            return run, time
        still = paused > time
        index = still.nonzero()[0]
        if index.size == 0:
            return run, time
        self.runs.state[run.take(index)] = WAITING
        self.engine.schedule_run(run.take(index), paused.take(index))
        index = (~still).nonzero()[0]
        return run.take(index), time.take(index)

    def _wait_until(self, run: Int64s, time: Int64s, until: Int64s, pc: Int64s) -> Going:
        """Wait where ``until`` lies ahead; the others go on at once."""
        self.runs.pc[run] = pc + 1
        ahead = until > time
        index = ahead.nonzero()[0]
        waiting = run.take(index)
        self.runs.state[waiting] = WAITING
        self.engine.schedule_run(waiting, until.take(index))
        index = (~ahead).nonzero()[0]
        return run.take(index), time.take(index)

    def _wait(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        return self._wait_until(run, time, time + self.operations.a.take(pc), pc)

    def _wait_from_entry(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        return self._wait_until(run, time, self.runs.entry.take(run) + self.operations.a.take(pc), pc)

    def _wait_clock(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        clock, working = self.operations.a.take(pc), self.operations.b.take(pc) == 1
        zone = self.moments.zone(self.runs.customer.take(run), self.operations.otherwise.take(pc) == 1)
        return self._wait_until(run, time, self.moments.clock(zone, time, clock, working), pc)

    def _wait_window(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        begin, end, working = self.operations.a.take(pc), self.operations.b.take(pc), self.operations.to.take(pc) == 1
        zone = self.moments.zone(self.runs.customer.take(run), self.operations.otherwise.take(pc) == 1)
        until = self.moments.window(zone, time, begin, end, working)
        return self._wait_until(run, time, until, pc)

    def _wait_best_hour(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        customer = self.runs.customer.take(run)
        until = np.empty_like(time)
        numbers = self.operations.a.take(pc)
        for number in distinct(numbers):
            mine = numbers == number
            until[mine] = self.moments.best_hour(customer[mine], time[mine], self.program.best_hours[number])
        return self._wait_until(run, time, until, pc)

    def _begin_checks(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        """Note until when a condition is looked at."""
        self.runs.due_first[run] = time + self.operations.a.take(pc)
        self.runs.pc[run] = pc + 1
        return run, time

    def _check(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        """Where the condition holds, or its time is over, the run goes on; the others look again later."""
        holds = self._holds(run, time, pc)
        last = self.runs.due_first.take(run)
        self.runs.heard[run] = holds
        on = holds | (time >= last)
        later = (~on).nonzero()[0]
        waiting = run.take(later)
        self.runs.state[waiting] = WAITING
        again = np.minimum(time + self.operations.b.take(pc), last)
        self.engine.schedule_run(waiting, again.take(later))
        index = on.nonzero()[0]
        run, time = run.take(index), time.take(index)
        self.runs.pc[run] = pc.take(index) + 1
        self._note_answer(run.take(holds.take(index).nonzero()[0]), -1, None, None)
        return self._not_paused(run, time)

    def _listen(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        """Wait for an event; one that the channel reported while the contact was being sent has come already."""
        runs = self.runs
        runs.pc[run] = pc + 1
        listens = self.operations.a.take(pc).astype(np.uint64)
        runs.listens[run] = listens
        reported = runs.reported.take(run) & listens
        if self._listened:
            reported |= self._reported_signals(run, pc)
        heard = reported != 0
        runs.heard[run] = heard
        index = (~heard).nonzero()[0]
        waiting = run.take(index)
        runs.state[waiting] = LISTENING
        self.engine.schedule_run(waiting, (time + self.operations.b.take(pc)).take(index))
        index = heard.nonzero()[0]
        run, time = run.take(index), time.take(index)
        reports = reported.take(index) & _REPORTS
        if not runs.reported_site.size:
            self._note_answer(run, -1, None, None)
            return run, time
        for one in np.unique(reports).tolist():
            part = run.take((reports == one).nonzero()[0])
            if one:  # what came first in the life of the message: it was delivered, then opened
                first = (one & -one).bit_length() - 1
                self._note_answer(part, first, None, runs.reported_site[0].take(part).astype(np.int64))
            else:
                self._note_answer(part, -1, None, None)
        return run, time

    def _reported_signals(self, run: Int64s, pc: Int64s) -> luck.Keys:
        """(n,) bit sets of the events that came as signals of the waits, while the contacts before were being sent."""
        number, came = self.operations.otherwise.take(pc), self.runs.reported_signals[0].take(run)
        events = np.zeros(run.size, np.uint64)
        for present in distinct(number[number >= 0]):
            for event, bit in self._listened[present].items():
                events[(number == present) & (came & np.uint64(bit) != 0)] |= np.uint64(1 << event)
        return events

    def hear(self, event: int, run: Int64s, time: Int64s, category: Int64s | None, value: Int64s | None) -> None:
        """The event that listening runs wait for has come: note it with its attributes and go on."""
        self._note_answer(run, event, category, value)
        self.runs.heard[run] = True
        self.advance(*self._not_paused(run, time))

    def _note_answer(self, run: Int64s, event: int, category: Int64s | None, value: Int64s | None) -> None:
        """Remember the result of a named wait (the operation before the program counter)."""
        answer = self.operations.to.take(self.runs.pc.take(run).astype(np.int64) - 1)
        named = (answer >= 0).nonzero()[0]
        if named.size:
            part, wait = run.take(named), answer.take(named)
            self.runs.answers[part] |= np.uint64(1) << wait.astype(np.uint64)
            self.runs.answer_event[wait, part] = event
            self.runs.answer_value[wait, part] = NO_VALUE if value is None else value.take(named)
            self.runs.answer_category[wait, part] = -1 if category is None else category.take(named)

    def _send(self, run: Int64s, time: Int64s, pc: Int64s) -> None:
        due = next_minute(time)
        self.runs.state[run] = SENDING
        self.runs.due_first[run] = due
        self.runs.held_since[run] = NO_TIME
        self.runs.displaced[run] = False
        self.engine.schedule_send(run, self.operations.a.take(pc), due)

    def resolve_sends(self, run: Int64s, time: Int64s, outcome: NDArray[np.int8]) -> None:
        """Go on behind contacts; outcome: (n,) index into RESOLVED."""
        pc = self.runs.pc.take(run).astype(np.int64)
        way = pc + 1
        for code, operand in ((_DROPPED, self.operations.otherwise), (_UNREACHABLE, self.operations.to)):
            index = (outcome == code).nonzero()[0]
            way[index] = operand.take(pc.take(index))
        self.runs.pc[run] = way
        self.advance(run, time)

    def _jump(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        self.runs.pc[run] = self.operations.to.take(pc)
        return run, time

    def _jump_if_heard(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        self.runs.pc[run] = np.where(self.runs.heard.take(run), self.operations.to.take(pc), pc + 1)
        return run, time

    def _jump_unless(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        self.runs.pc[run] = np.where(self._holds(run, time, pc), pc + 1, self.operations.to.take(pc))
        return run, time

    def _holds(self, run: Int64s, time: Int64s, pc: Int64s) -> Bools:
        """Whether the condition of each run's operation (operand a) holds."""
        numbers = self.operations.a.take(pc)
        holds = np.zeros(run.size, bool)
        for number in distinct(numbers):
            index = (numbers == number).nonzero()[0]
            condition, chain = self.program.conditions[number]
            part = run.take(index)
            rows = Rows(self.runs.customer.take(part), time.take(index), chain, part)
            holds[index] = self.reader.holds(condition, rows)
        return holds

    def _split(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        numbers = self.operations.a.take(pc)
        for number in distinct(numbers):
            index = (numbers == number).nonzero()[0]
            name, shares, targets = self.program.splits[number]
            part = run.take(index)
            u = named_uniform(self.split_key(self.runs.customer.take(part)), f"split:{name}")
            self.runs.pc[part] = np.array(targets, np.int64).take(np.searchsorted(shares, u, side="right"))
        return run, time

    def _act(self, run: Int64s, time: Int64s, pc: Int64s) -> Going:
        """Carry out actions; runs that these ended, by whatever they set off, do not go on."""
        self.runs.pc[run] = pc + 1
        self.engine.act(run, time, self.operations.a.take(pc))
        index = (self.runs.state.take(run) != ENDED).nonzero()[0]
        return run.take(index), time.take(index)

    def _finish(self, run: Int64s, time: Int64s, reason: str) -> None:
        self.engine.end_runs(run, time, reason)
