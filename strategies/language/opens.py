"""Where a chain asks for opens that no channel reports: errors, and notices where only some of its channels do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from strategies.chain_steps import Cascade, Choose, ExitStep, Rung, Send, Split, Step, WaitUntil, WaitUntilTrue
from strategies.conditions import Asked, Expression, Not, walk
from strategies.language.fields import SILENT_CHANNELS
from strategies.language.reader import Value
from strategies.scenario import Chain
from strategies.signals import Signal
from strategies.step_tree import sends_of, steps_within

NO_OPENS = "an SMS reports no opens"
_OPENED = ("opened", "opened_by_person")


def check_opens(here: Value, chain: Chain) -> None:
    """Errors and notices of one chain; here: the chain as written."""
    sends = [send for step in steps_within(chain.steps) for send in sends_of(step)]
    channels = frozenset(channel for send in sends for channel in send.channels)
    if not channels & SILENT_CHANNELS:
        return
    silent = channels <= SILENT_CHANNELS
    goal = here.child("goal")
    if goal is not None and chain.goal is not None and "opened" in chain.goal.events:
        where = goal.child("event") or goal.child("any") or goal
        if silent:
            where.complain(f"{where.path}: found 'opened', expected click or order: {NO_OPENS}")
        elif chain.goal.events == {"opened"}:
            where.remark(
                f"{where.path}: runs whose messages go by {_named(channels)} never reach this goal, for {NO_OPENS}; "
                "expected click or order"
            )
    exits = here.child("exit_on")
    if exits is not None and silent and "opened" in _events(chain.exit_on, chain.exit_signals):
        exits.complain(f"{exits.path}: found 'opened', expected click or order: {NO_OPENS}")
    of_message: dict[str, frozenset[str]] = {}
    for send in sends:
        of_message[send.message] = of_message.get(send.message, frozenset()) | frozenset(send.channels)
    # Where nothing of the chain can be opened, the readers of its steps have said so.
    _Walk(of_message, told=silent).through(here.child("steps"), chain.steps, _Sent())


def _events(names: Iterable[str], signals: Iterable[Signal]) -> frozenset[str]:
    """All that is listened for, with a condition or without."""
    return frozenset(names) | {signal.event for signal in signals}


def _named(channels: Iterable[str]) -> str:
    return ", ".join(sorted(set(channels) & SILENT_CHANNELS))


@dataclass(frozen=True)
class _Sent:
    """Channels that runs may have been written to by, when they come to a place: all so far, and the last of them."""

    ever: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()

    def then(self, send: Send) -> _Sent:
        """After one more send."""
        return _Sent(self.ever | frozenset(send.channels), frozenset(send.channels))

    def __or__(self, other: _Sent) -> _Sent:
        return _Sent(self.ever | other.ever, self.last | other.last)


def _joined(ways: Iterable[_Sent | None]) -> _Sent | None:
    joined: _Sent | None = None
    for way in ways:
        if way is not None:
            joined = way if joined is None else joined | way
    return joined


class _Walk:
    """Goes through the steps of a chain, each beside what is written of it."""

    def __init__(self, of_message: dict[str, frozenset[str]], told: bool) -> None:
        self.of_message, self.told = of_message, told

    def through(self, written: Value | None, steps: tuple[Step, ...], sent: _Sent | None) -> _Sent | None:
        """What was sent behind the steps; None where no run comes."""
        items = [*written.items()] if written is not None else []
        if len(items) != len(steps):  # some could not be read, which has been said
            return None
        for item, step in zip(items, steps, strict=True):
            if sent is None:
                return None
            sent = self._step(item, step, sent)
        return sent

    def _step(self, item: Value, step: Step, sent: _Sent) -> _Sent | None:
        match step:
            case Send():
                return sent.then(step)
            case Cascade(rungs):
                for place, rung in zip((item.child("cascade") or item).items(), rungs, strict=False):
                    self._rung(place, rung)
                    sent |= sent.then(rung.send)
                    for condition in rung.unless:
                        self._ask(place.child("next_unless") or place, condition, sent)
                return sent
            case WaitUntil() | WaitUntilTrue():
                wait = item.child("wait") or item
                if isinstance(step, WaitUntil):
                    self._wait(wait, _events(step.events, step.signals), sent)
                else:
                    self._ask(wait.child("until_true") or wait, step.condition, sent)
                return _joined([sent, self.through(wait.child("on_timeout"), step.on_timeout, sent)])
            case Choose(branches):
                ways = []
                for place, branch in zip((item.child("choose") or item).items(), branches, strict=False):
                    if branch.condition is not None:
                        self._ask(place.child("if") or place, branch.condition, sent)
                    ways.append(self.through(place.child("steps") or place.child("else"), branch.steps, sent))
                return _joined(ways if branches and branches[-1].condition is None else [*ways, sent])
            case Split(_, arms):
                names = (item.child("split") or item).child("arms")
                ways = [
                    self.through(names and (arm := names.child(one.name)) and arm.child("steps"), one.steps, sent)
                    for one in arms
                ]
                return _joined(ways if sum(arm.share for arm in arms) >= 1 else [*ways, sent])
            case ExitStep():
                return None
            case _:
                return sent

    def _rung(self, place: Value, rung: Rung) -> None:
        channels = set(rung.send.channels)
        heard = _events(rung.next_unless, rung.signals)
        if heard == {"opened"} and not rung.unless and channels & SILENT_CHANNELS and channels - SILENT_CHANNELS:
            place.remark(
                f"{place.path}: whoever gets '{rung.send.message}' by {_named(channels)} always goes on to the next "
                f"rung, for {NO_OPENS}; expected 'next_unless: click'"
            )

    def _wait(self, wait: Value, events: frozenset[str], sent: _Sent) -> None:
        """A wait for nothing but an open."""
        if events != {"opened"} or self.told:
            return
        where = wait.child("until") or wait
        if sent.ever and sent.ever <= SILENT_CHANNELS:
            where.complain(
                f"{where.path}: found 'opened' behind messages by SMS alone, expected click or order: {NO_OPENS}"
            )
        elif sent.last & SILENT_CHANNELS:
            where.remark(
                f"{where.path}: whoever was written to by {_named(sent.last)} before it waits to the end, for "
                f"{NO_OPENS}; expected 'until: click'"
            )

    def _ask(self, where: Value, condition: Expression, sent: _Sent) -> None:
        """A condition about opens."""
        if self.told:
            return
        asked = {part for part in walk(condition) if isinstance(part, Asked) and part.what in _OPENED}
        if any(not part.message for part in asked) and sent.ever and sent.ever <= SILENT_CHANNELS:
            where.complain(
                f"{where.path}: found opened(), but all messages before it are sent by SMS alone: {NO_OPENS}; ask "
                "clicked or sent"
            )
        denied = {inner for part in walk(condition) if isinstance(part, Not) for inner in walk(part)}
        for name in sorted({part.message for part in asked & denied if part.message}):
            channels = self.of_message.get(name, frozenset())
            if channels & SILENT_CHANNELS and channels - SILENT_CHANNELS:
                where.remark(
                    f"{where.path}: of whoever gets '{name}' by {_named(channels)} nobody knows whether it was opened, "
                    f"so 'not opened({name})' does not hold of them; expected 'not clicked({name})', or an own branch"
                )
