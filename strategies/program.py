"""The flat program that the chains of one scenario become (:mod:`strategies.compiler` makes it).

A chain becomes a stretch of operations; a run is a row with a program counter.  Operations carry two
integers and up to two jump targets, held in arrays, so that the interpreter gathers operands
instead of calling code per chain.  Every send becomes one or more contact *sites* (one per channel
that it may use), numbered over all arms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from strategies.action_steps import TASKS, Action, GiveCoupon, PauseChain
from strategies.chain_steps import (
    WaitBestHour,
)
from strategies.chain_triggers import EventTrigger, SegmentTrigger
from strategies.conditions import Expression
from strategies.messages import Message
from strategies.scenario import Campaign, Chain, Scenario
from strategies.signals import Signal
from strategies.vocabulary import CHANNELS, CHANNELS_THAT_REPORT_OPENS, EVENT_CODE, IN_APP, PURPOSE_CODE

(
    WAIT,
    WAIT_FROM_ENTRY,
    WAIT_CLOCK,
    WAIT_WINDOW,
    WAIT_BEST_HOUR,
    LISTEN,
    SEND,
    JUMP,
    JUMP_UNLESS,
    JUMP_IF_HEARD,
    SPLIT,
    END,
    EXIT,
    BEGIN_CHECKS,
    CHECK,
    ACT,
) = range(16)
"""Operation codes."""


@dataclass(frozen=True)
class Operation:
    """One operation.  ``a``, ``b``: operands; ``to``: jump target; ``otherwise``: second target (see the compiler)."""

    code: int
    a: int = 0
    b: int = 0
    to: int = -1
    otherwise: int = -1


@dataclass(frozen=True)
class Site:
    """One contact site: a message through a channel at a step of a chain, or of a campaign."""

    arm: int
    chain: int
    """Index into the scenario's sources: chains first, then campaigns."""
    campaign: bool
    step: str
    channel: int
    message: Message
    message_bit: int
    """Position of the message among the chain's messages (for the bit sets of a run)."""
    tries_next: bool = False
    """``on_capped: next``: when capped here, ``first_of`` tries its next channel."""
    leads_on: bool = False
    """``on_capped: next`` on a rung that is not the last: when capped here, the cascade goes on."""
    next_rung: int = -1
    """Local number of the first site of the rung behind this one; -1 where none is."""
    team: str = ""
    """Name of the team that calls or works; '' for a message."""
    work: bool = False
    """It is work of the team, which the customer notices nothing of: ``message`` has its name and purpose only."""
    seconds: int | None = None
    """Of one person that the task takes, where it is not the team's usual time."""
    cost: int | None = None
    """Money of the task, where it is not what the team usually takes."""
    position: int = 0
    """Place of the channel among those of the send."""
    best: bool = False
    """``best_channel``: of the send's sites that reach, the best is taken and not the first."""

    @property
    def way(self) -> str:
        """How it comes to the customer, as logs say it: its channel, ``phone`` for a call, '' for work of a team."""
        if self.team:
            return "" if self.work else "phone"
        return CHANNELS[self.channel]


@dataclass(frozen=True)
class VariantSites:
    """Sites of a send whose message has variants: those of each variant, ``stride`` sites after the last one's.

    shares: upper bounds of all variants but the last, cumulative.  message: the constant that is hashed.
    """

    message: str
    shares: tuple[float, ...]
    stride: int


@dataclass(frozen=True)
class Place:
    """A step, branch, split arm or rung of a chain: where it stands in the file, and the operation it begins with.

    Nothing else leads to that operation, so whoever stands there has come this way.
    """

    chain: int
    path: str
    operation: int


@dataclass(frozen=True)
class PlacedAction:
    """An action of a chain.  ``ordinal``: how many of its kind a run may have met before it, on any path."""

    step: Action
    ordinal: int
    site: int = -1
    """Contact site of a task, over all arms."""


@dataclass
class Program:
    """The compiled scenario of one arm.

    ``start[chain]`` is the first operation of a chain.  ``group[site]`` is the number of sites from this
    one on that are alternatives of the same send (``first_of``).
    """

    scenario: Scenario
    arm: int
    sources: tuple[Chain | Campaign, ...]
    first_site: int = 0
    sites: list[Site] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    variants: dict[int, VariantSites] = field(default_factory=dict)
    """First local site of a send → its variants, where the message has some."""
    operations: list[Operation] = field(default_factory=list)
    conditions: list[tuple[Expression, int]] = field(default_factory=list)
    """Branch conditions with the index of their chain."""
    splits: list[tuple[str, tuple[float, ...], tuple[int, ...]]] = field(default_factory=list)
    """(constant name, cumulative shares, targets)."""
    best_hours: list[WaitBestHour] = field(default_factory=list)
    listened: list[tuple[Signal, ...]] = field(default_factory=list)
    """Signals of waits, beside plain events."""
    listened_chains: list[int] = field(default_factory=list)
    """Chain of each of them."""
    actions: list[PlacedAction] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    answers: dict[tuple[int, str], int] = field(default_factory=dict)
    """(chain, wait name) → bit among the chain's named waits."""
    message_bits: dict[tuple[int, str], int] = field(default_factory=dict)
    """(chain, message) → bit among the chain's messages."""

    places: list[Place] = field(default_factory=list)

    @property
    def listened_bits(self) -> list[dict[int, int]]:
        """For each of ``listened``, code of an event of its signals → a bit among those of its chain."""
        used: dict[int, int] = {}
        found: list[dict[int, int]] = []
        for chain, signals in zip(self.listened_chains, self.listened, strict=True):
            first = used.get(chain, 0)
            events = dict.fromkeys(EVENT_CODE[signal.event] for signal in signals)
            used[chain] = first + len(events)
            found.append({event: 1 << first + place for place, event in enumerate(events)})
        return found

    @property
    def coupons(self) -> frozenset[str]:
        """Offers that some step gives as coupons."""
        return frozenset(action.step.offer for action in self.actions if isinstance(action.step, GiveCoupon))

    def is_in_app(self, site: Site) -> bool:
        """Does a contact of the site wait for a visit?"""
        return not site.team and CHANNELS[site.channel] == IN_APP

    @property
    def in_app(self) -> bool:
        """Does any contact wait for a visit?"""
        return any(self.is_in_app(site) for site in self.sites)

    @property
    def untracked(self) -> bool:
        """Does any chain send by a channel that reports no opens?"""
        sites = (site for site in self.sites if not site.campaign and not site.team)
        return any(CHANNELS[site.channel] not in CHANNELS_THAT_REPORT_OPENS for site in sites)

    @property
    def held_out(self) -> bool:
        """Is anything kept back from some customers, to compare?"""
        return self.scenario.control.share > 0 or any(chain.holdout > 0 for chain in self.chains)

    @property
    def chains(self) -> tuple[Chain, ...]:
        """The chains, in the order of their indices."""
        return self.scenario.chains

    @cached_property
    def pauses(self) -> bool:
        """Does any chain pause another one?"""
        return any(isinstance(action.step, PauseChain) for action in self.actions)

    @cached_property
    def tasks(self) -> bool:
        """Does any chain give tasks?"""
        return any(isinstance(action.step, TASKS) for action in self.actions)

    def arrays(self) -> OperationArrays:
        """The operations as gatherable columns."""
        columns = np.array([(o.code, o.a, o.b, o.to, o.otherwise) for o in self.operations], np.int64).reshape(-1, 5)
        return OperationArrays(*(np.ascontiguousarray(column) for column in columns.T))


@dataclass(frozen=True)
class OperationArrays:
    """Operations as columns, each (operations,) int64."""

    code: NDArray[np.int64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    to: NDArray[np.int64]
    otherwise: NDArray[np.int64]


def trigger_events(chain: Chain) -> tuple[str, ...]:
    """Observed events that may start a run of the chain."""
    match chain.trigger:
        case EventTrigger(events, _):
            return events
        case SegmentTrigger(_, left):
            return ("segment_left",) if left else ("segment_entered",)
        case _:
            return ()


def holdout_name(chain: Chain) -> str:
    """The constant that a chain's holdout hashes: the name that the file states, else the chain's own.

    So what other chains there are changes nothing, and chains that state one name hold out the same customers.
    """
    return f"holdout:{chain.holdout_name or chain.name}"


def purpose_codes(names: tuple[str, ...]) -> set[int]:
    """Codes of purposes by name."""
    return {PURPOSE_CODE[name] for name in names}
