"""The steps of a chain: waits, sends, cascades, choices, splits (see :mod:`strategies.scenario`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from strategies.action_steps import Action
from strategies.conditions import Expression
from strategies.contact_policy import Zone
from strategies.signals import Signal


@dataclass(frozen=True)
class Wait:
    """Wait ``duration`` seconds from the end of the step before (a held message: its real sending)."""

    duration: int


@dataclass(frozen=True)
class WaitFromEntry:
    """Wait until ``offset`` seconds after the entry into the chain; past moments go on at once."""

    offset: int


@dataclass(frozen=True)
class WaitClock:
    """Wait until the next moment when the clock of ``zone`` shows ``clock`` (seconds after midnight)."""

    clock: int
    days: Literal["all", "working"] = "all"
    zone: Zone = "customer"


@dataclass(frozen=True)
class WaitWindow:
    """Wait until the clock of ``zone`` is inside [begin, end)."""

    begin: int
    end: int
    days: Literal["all", "working"] = "all"
    zone: Zone = "customer"


@dataclass(frozen=True)
class WaitUntil:
    """Wait until one of ``events`` happens to the customer, at most ``at_most`` seconds.

    Contact events (opened, click, …) count only when they answer a message of this run.  ``signals``: what else is
    waited for, and a name alone does not tell.
    ``name`` stores whether and with what attributes the event came.  ``on_timeout`` is what happens when it did
    not; afterwards the run goes on behind the wait.
    """

    events: tuple[str, ...]
    at_most: int
    name: str = ""
    on_timeout: tuple[Step, ...] = ()
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True)
class WaitUntilTrue:
    """Wait until ``condition`` holds, at most ``at_most`` seconds: looked at when the wait begins, every ``check``
    seconds from then, and a last time at the end.
    """

    condition: Expression
    at_most: int
    check: int = 3_600
    name: str = ""
    on_timeout: tuple[Step, ...] = ()


@dataclass(frozen=True)
class WaitBestHour:
    """Wait until this customer's learned hour of opening on ``channel`` ('' means all channels together).

    The hour is the mean direction on the clock of the tracked opens (without privacy proxies).  It is used from
    ``least`` opens on if they do not scatter more than ``spread`` seconds (circular standard deviation);
    otherwise the clock time ``otherwise`` (seconds after midnight).
    """

    channel: str
    least: int = 5
    spread: int = 4 * 3_600
    otherwise: int = 10 * 3_600


@dataclass(frozen=True)
class Send:
    """Ask for one contact, on the first of ``channels`` that reaches the customer (usually one)."""

    channels: tuple[str, ...]
    message: str
    path: str = ""
    """Where the step stands, for logs: ``steps[1]`` or ``steps[3].choose[1].steps[0].cascade[0]``."""
    on_capped: Literal["stay", "next"] = "stay"
    best: bool = False
    """``best_channel``: not the first that reaches, but the one that this customer answers best."""


@dataclass(frozen=True)
class Rung:
    """One rung of a cascade: go on to the next after ``wait`` unless one of ``next_unless`` or ``signals`` came.

    unless: conditions asked whenever the next rung would be, behind the wait or at once where this one reached nobody;
    where one holds, the cascade is over.
    """

    send: Send
    wait: int | None = None
    next_unless: tuple[str, ...] = ()
    signals: tuple[Signal, ...] = ()
    unless: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Cascade:
    """Rungs from the quietest channel to the loudest."""

    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Branch:
    """One branch of ``choose``; ``condition`` None is ``else``."""

    condition: Expression | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Choose:
    """The first branch whose condition holds is taken; none: go on behind."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class SplitArm:
    """One arm of a split."""

    name: str
    share: float
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Split:
    """Customers go to arms by a sticky hash of customer and ``name``."""

    name: str
    arms: tuple[SplitArm, ...]


@dataclass(frozen=True)
class ExitStep:
    """Ends the run."""


WaitStep = Wait | WaitFromEntry | WaitClock | WaitWindow | WaitUntil | WaitUntilTrue | WaitBestHour


Step = WaitStep | Send | Cascade | Choose | Split | ExitStep | Action
