"""Compile the chains and campaigns of a scenario to one flat program (see :mod:`strategies.program`)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from strategies.action_steps import PHONE, GiveTask, GiveWork
from strategies.chain_steps import (
    Branch,
    Cascade,
    Choose,
    ExitStep,
    Send,
    Split,
    Step,
    Wait,
    WaitBestHour,
    WaitClock,
    WaitFromEntry,
    WaitUntil,
    WaitUntilTrue,
    WaitWindow,
)
from strategies.conditions import Expression
from strategies.messages import Message
from strategies.program import (
    ACT,
    BEGIN_CHECKS,
    CHECK,
    END,
    EXIT,
    JUMP,
    JUMP_IF_HEARD,
    JUMP_UNLESS,
    LISTEN,
    SEND,
    SPLIT,
    WAIT,
    WAIT_BEST_HOUR,
    WAIT_CLOCK,
    WAIT_FROM_ENTRY,
    WAIT_WINDOW,
    Operation,
    Place,
    PlacedAction,
    Program,
    Site,
    VariantSites,
)
from strategies.run_limits import BITS_OF_A_RUN, CONTACTS_OF_A_RUN, crowded_channels
from strategies.scenario import Chain, Scenario
from strategies.signals import Signal
from strategies.vocabulary import CHANNEL_CODE, EVENT_CODE


def compile_scenario(scenario: Scenario, arm: int, first_site: int) -> Program:
    """Compile all chains and campaigns.  Sites are numbered from ``first_site``.

    Raises ValueError when a chain uses more than 64 different messages, names more than 64 waits, or may ask one
    customer for more than 255 contacts on a channel.
    """
    program = Program(scenario, arm, (*scenario.chains, *scenario.campaigns), first_site)
    messages = {message.name: message for message in scenario.messages}
    for index, chain in enumerate(scenario.chains):
        _ChainCompiler(program, index, chain, messages).compile()
    for index, campaign in enumerate(scenario.campaigns, start=len(scenario.chains)):
        _add_sites(program, index, True, campaign.send, messages, 0)
    return program


def _add_sites(
    program: Program,
    source: int,
    campaign: bool,
    send: Send,
    messages: dict[str, Message],
    bit: int,
    followed: bool = False,
) -> int:
    """Append the sites of one send, variant by variant, channel by channel; returns the number of the first.

    followed: it is a rung of a cascade, and the next sites are those of the rung behind it.
    """
    local, message = len(program.sites), messages[send.message]
    count = len(send.channels)
    for variant in message.versions:
        for position, channel in enumerate(send.channels):
            site = Site(
                arm=program.arm,
                chain=source,
                campaign=campaign,
                step=send.path,
                channel=CHANNEL_CODE[channel],
                message=variant,
                message_bit=bit,
                tries_next=send.on_capped == "next" and not send.best,
                leads_on=followed and send.on_capped == "next",
                next_rung=local + count * len(message.versions) if followed else -1,
                position=position,
                best=send.best,
            )
            program.sites.append(site)
            program.group.append(count - position)
    if message.variants:
        shares = np.cumsum([variant.share for variant in message.variants])[:-1]
        program.variants[local] = VariantSites(message.name, tuple(shares.tolist()), count)
    return program.first_site + local


class _ChainCompiler:
    """Compiles one chain; jump targets are patched once the operations behind them exist."""

    def __init__(self, program: Program, index: int, chain: Chain, messages: dict[str, Message]) -> None:
        self.program = program
        self.index = index
        self.chain = chain
        self.messages = messages
        self._met: Counter[type] = Counter()
        """Actions by kind that a run may have met on its way here."""

    def compile(self) -> None:
        for channel in crowded_channels(self.chain.steps):
            raise ValueError(f"chain '{self.chain.name}' asks for more than {CONTACTS_OF_A_RUN} contacts by {channel}")
        self.program.start.append(self._next)
        self._steps(self.chain.steps, "steps")
        self._emit(Operation(END))

    @property
    def _next(self) -> int:
        return len(self.program.operations)

    def _emit(self, operation: Operation) -> int:
        self.program.operations.append(operation)
        return len(self.program.operations) - 1

    def _patch(self, at: int, **targets: int) -> None:
        old = self.program.operations[at]
        values = {"code": old.code, "a": old.a, "b": old.b, "to": old.to, "otherwise": old.otherwise, **targets}
        self.program.operations[at] = Operation(**values)

    def _steps(self, steps: tuple[Step, ...], at: str) -> None:
        for number, step in enumerate(steps):
            here = f"{at}[{number}]"
            if not isinstance(step, Choose | Cascade):  # their branches and rungs are places of their own
                self._mark(here)
            self._step(step, here)

    def _mark(self, path: str) -> None:
        """The next operation is where ``path`` begins."""
        self.program.places.append(Place(self.index, path, self._next))

    def _step(self, step: Step, here: str) -> None:
        match step:
            case Wait(duration):
                self._emit(Operation(WAIT, duration))
            case WaitFromEntry(offset):
                self._emit(Operation(WAIT_FROM_ENTRY, offset))
            case WaitClock(clock, days, zone):  # otherwise = whether it is the company's clock, here and below
                self._emit(Operation(WAIT_CLOCK, clock, int(days == "working"), otherwise=int(zone == "company")))
            case WaitWindow(begin, end, days, zone):
                working, company = int(days == "working"), int(zone == "company")
                self._emit(Operation(WAIT_WINDOW, begin, end, working, company))
            case WaitBestHour():
                self.program.best_hours.append(step)
                self._emit(Operation(WAIT_BEST_HOUR, len(self.program.best_hours) - 1))
            case WaitUntil():
                self._listen(step.events, step.at_most, step.name, step.signals)
                self._on_timeout(step.on_timeout, here)
            case WaitUntilTrue():
                self._check(step)
                self._on_timeout(step.on_timeout, here)
            case Send():
                at = self._send(step)
                self._patch(at, to=self._next, otherwise=self._next)
            case Cascade():
                self._cascade(step, here)
            case Choose():
                self._choose(step.branches, here)
            case Split():
                self._split(step, here)
            case ExitStep():
                self._emit(Operation(EXIT))
            case GiveTask():
                message = self.messages[step.message]
                self._task(step, Site(*self._at(step.path), CHANNEL_CODE[PHONE], message, 0, team=step.team))
            case GiveWork():
                named = Message(step.name, step.purpose)
                site = Site(*self._at(step.path), CHANNEL_CODE[PHONE], named, 0, team=step.team, work=True)
                self._task(step, replace(site, seconds=step.seconds, cost=step.cost))
            case _:
                self.program.actions.append(PlacedAction(step, self._met[type(step)]))
                self._met[type(step)] += 1
                self._emit(Operation(ACT, len(self.program.actions) - 1))

    def _at(self, path: str) -> tuple[int, int, bool, str]:
        """What says of a contact site where it stands."""
        return self.program.arm, self.index, False, path

    def _task(self, task: GiveTask | GiveWork, site: Site) -> None:
        """A task is a contact site of its own; the bit of its message is never asked for."""
        program = self.program
        number = program.first_site + len(program.sites)
        program.sites.append(site)
        program.group.append(1)
        program.actions.append(PlacedAction(task, self._met[GiveTask], number))
        self._met[GiveTask] += 1
        self._emit(Operation(ACT, len(program.actions) - 1))

    def _listen(self, events: tuple[str, ...], at_most: int, name: str, signals: tuple[Signal, ...] = ()) -> None:
        """LISTEN: a = bit set of events, b = seconds, to = answer bit (or -1), otherwise = other signals (or -1)."""
        bits = sum(1 << EVENT_CODE[event] for event in set(events))
        number = len(self.program.listened) if signals else -1
        if signals:
            self.program.listened.append(signals)
            self.program.listened_chains.append(self.index)
        self._emit(Operation(LISTEN, bits, at_most, self._answer(name), number))

    def _answer(self, name: str) -> int:
        """The bit of a named wait, -1 for one without a name."""
        if not name:
            return -1
        answer = _bit(self.program.answers, self.index, name)
        if answer >= BITS_OF_A_RUN:
            raise ValueError(f"chain '{self.chain.name}' names more than {BITS_OF_A_RUN} waits")
        return answer

    def _check(self, wait: WaitUntilTrue) -> None:
        """BEGIN_CHECKS: a = longest time.  CHECK: a = condition, b = seconds between, to = answer bit (or -1)."""
        self._emit(Operation(BEGIN_CHECKS, wait.at_most))
        self.program.conditions.append((wait.condition, self.index))
        self._emit(Operation(CHECK, len(self.program.conditions) - 1, wait.check, self._answer(wait.name)))

    def _on_timeout(self, steps: tuple[Step, ...], here: str) -> None:
        """What happens when the wait just compiled ended without its event."""
        if steps:
            at = self._emit(Operation(JUMP_IF_HEARD))
            self._steps(steps, f"{here}.wait.on_timeout")
            self._patch(at, to=self._next)

    def _send(self, send: Send, followed: bool = False) -> int:
        """SEND: a = first site; to = next when unreachable; otherwise = next when dropped; sent goes to the next."""
        bit = _bit(self.program.message_bits, self.index, send.message)
        if bit >= BITS_OF_A_RUN:
            raise ValueError(f"chain '{self.chain.name}' uses more than {BITS_OF_A_RUN} messages")
        first = _add_sites(self.program, self.index, False, send, self.messages, bit, followed)
        return self._emit(Operation(SEND, first))

    def _cascade(self, cascade: Cascade, here: str) -> None:
        """Rungs in turn; what is waited for ends the cascade, as do a condition and a rung that the policy dropped."""
        leave: list[tuple[int, str]] = []
        for number, rung in enumerate(cascade.rungs):
            self._mark(f"{here}.cascade[{number}]")
            at = self._send(rung.send, followed=rung is not cascade.rungs[-1])
            if rung.send.on_capped == "stay":
                leave.append((at, "otherwise"))
            if rung.wait is not None and (rung.next_unless or rung.signals):
                self._listen(rung.next_unless, rung.wait, "", rung.signals)
                leave.append((self._emit(Operation(JUMP_IF_HEARD)), "to"))
            elif rung.wait is not None:
                self._emit(Operation(WAIT, rung.wait))
            self._patch(at, to=self._next)
            if rung.send.on_capped == "next":
                self._patch(at, otherwise=self._next)
            for condition in rung.unless if rung is not cascade.rungs[-1] else ():
                skip = self._jump_unless(condition)
                leave.append((self._emit(Operation(JUMP)), "to"))
                self._patch(skip, to=self._next)
        for at, target in leave:
            self._patch(at, **{target: self._next})

    def _jump_unless(self, condition: Expression) -> int:
        """JUMP_UNLESS: a = condition; to = where it does not hold, to be patched."""
        self.program.conditions.append((condition, self.index))
        return self._emit(Operation(JUMP_UNLESS, len(self.program.conditions) - 1))

    def _choose(self, branches: tuple[Branch, ...], here: str) -> None:
        leave: list[int] = []
        before, after = self._met.copy(), self._met.copy()
        for place, branch in enumerate(branches):
            skip = None
            if branch.condition is not None:
                skip = self._jump_unless(branch.condition)
            self._met = before.copy()
            path = f"{here}.choose[{place}]"
            self._mark(path)
            self._steps(branch.steps, f"{path}.{'else' if branch.condition is None else 'steps'}")
            after |= self._met
            leave.append(self._emit(Operation(JUMP)))
            if skip is not None:
                self._patch(skip, to=self._next)
        self._met = after
        for at in leave:
            self._patch(at, to=self._next)

    def _split(self, split: Split, here: str) -> None:
        at = self._emit(Operation(SPLIT, len(self.program.splits)))
        shares = tuple(float(x) for x in np.cumsum([arm.share for arm in split.arms]))
        self.program.splits.append((split.name, shares, ()))
        number = len(self.program.splits) - 1
        targets, leave = [], []
        before, after = self._met.copy(), self._met.copy()
        for arm in split.arms:
            targets.append(self._next)
            self._met = before.copy()
            path = f"{here}.split.arms.{arm.name}"
            self._mark(path)
            self._steps(arm.steps, f"{path}.steps")
            after |= self._met
            leave.append(self._emit(Operation(JUMP)))
        self._met = after
        for jump in leave:
            self._patch(jump, to=self._next)
        targets.append(self._next)  # a remainder of the shares goes on behind the split
        self.program.splits[number] = (split.name, shares, tuple(targets))
        self._patch(at, to=self._next)


def _bit(bits: dict[tuple[int, str], int], chain: int, name: str) -> int:
    """The bit of a name in a chain, the chain's next one for a new name."""
    return bits.setdefault((chain, name), sum(1 for other, _ in bits if other == chain))
