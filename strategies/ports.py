"""The interface between the world and the strategies, and the packing of a contact's payload.

The world tells the hub what a company could observe; a strategy asks the world to deliver
messages.  Neither knows more of the other.  All arrays of one call have the same length and hold a
customer at most once.

A contact travels through the calendar as (customer, time, key, payload).  ``payload`` packs, from
the low bit: 12 bits contact site (which message of which step or campaign, over all arms),
16 bits that belong to the world, 36 bits reference (chain run, or, below zero, due minute of a campaign).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from strategies.scenario import Offer

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

SITE_BITS = 12
WORLD_BITS = 16
_WORLD_SHIFT: Int64s = np.array(SITE_BITS)
_REFERENCE_SHIFT: Int64s = np.array(SITE_BITS + WORLD_BITS)
_SITE_MASK: Int64s = np.array((1 << SITE_BITS) - 1)
_WORLD_MASK: Int64s = np.array((1 << WORLD_BITS) - 1)
_BUT_WORLD: Int64s = np.array(~(((1 << WORLD_BITS) - 1) << SITE_BITS))
MAX_SITES = 1 << SITE_BITS
"""Contact sites of all arms together."""


def pack(reference: Int64s, site: Int64s) -> Int64s:
    """Payload of a contact with world bits zero."""
    return (reference << _REFERENCE_SHIFT) | site


def site_of(payload: Int64s) -> Int64s:
    """Contact site of each payload."""
    return payload & _SITE_MASK


def reference_of(payload: Int64s) -> Int64s:
    """Chain run (or, below zero, due minute of a campaign) of each payload."""
    return payload >> _REFERENCE_SHIFT


def world_bits_of(payload: Int64s) -> Int64s:
    """The 16 bits that the world may use for itself; at a delivery they hold the content (:func:`pack_content`)."""
    return (payload >> _WORLD_SHIFT) & _WORLD_MASK


def with_world_bits(payload: Int64s, bits: Int64s) -> Int64s:
    """The payload with the world's bits set to ``bits`` (0 … 65,535)."""
    return (payload & _BUT_WORLD) | (bits << _WORLD_SHIFT)


def without_world_bits(payload: Int64s) -> Int64s:
    """The payload with the world's bits zero."""
    return payload & _BUT_WORLD


_CATEGORY_SHIFT, _STAGE_SHIFT, _FILLED_SHIFT = 1, 5, 8


def pack_content(broken: Bools, category: Int64s, stage: Int64s, filled: Int64s) -> Int64s:
    """What a message with personal blocks shows its reader, in 11 bits; 0 for a message that shows nothing.

    broken: a block is empty and has no fallback.  category: the one that is shown, −1 for none (0 … 14).
    stage: code of the stage that the words are for, −1 as the message says.  filled: blocks that show something.
    """
    low = broken.astype(np.int64) | (category + 1) << _CATEGORY_SHIFT
    return np.asarray(low | (stage + 1) << _STAGE_SHIFT | filled << _FILLED_SHIFT)


@dataclass(frozen=True)
class Content:
    """What :func:`pack_content` packed, (n,) each."""

    broken: Bools
    category: Int64s
    stage: Int64s
    filled: Int64s

    @classmethod
    def of(cls, bits: Int64s) -> Content:
        """Unpack."""
        return cls(
            (bits & 1) == 1,
            (bits >> _CATEGORY_SHIFT & 15) - 1,
            (bits >> _STAGE_SHIFT & 7) - 1,
            bits >> _FILLED_SHIFT & 7,
        )


@dataclass(frozen=True)
class Choices:
    """What a preference centre offers instead of leaving, by contact site of all arms; arrays (sites,) int64.

    frequencies: bits by index of FREQUENCIES.  topic: code of the message's topic in the vocabulary
    ``topic_off``, 0 where it cannot be switched off.
    """

    frequencies: Int64s
    topic: Int64s


@dataclass(frozen=True)
class InAppMessages:
    """What stands in the slots of some customers at a visit, (n,) each.

    index: positions of the customers among those asked about.  key, payload: the contact's, as for a delivery.
    ordinal: how often it was shown before.  seen: whether it was noticed then.
    """

    index: Int64s
    key: Keys
    payload: Int64s
    ordinal: Int64s
    seen: Bools


class StrategyHub(Protocol):
    """What the world sees of the strategies of all arms."""

    def choices(self) -> Choices:
        """What customers may choose instead of leaving."""
        ...

    def introduce(self, customer: Int64s, time: Int64s, key: Keys, facts: Int64s) -> None:
        """A form tells who these customers are; facts: see :mod:`strategies.introduced`."""
        ...

    def needs_confirmation(self, customer: Int64s, channel: Int64s) -> NDArray[np.bool_]:
        """Whether subscriptions of these customers on these channels (codes) need a double opt-in."""
        ...

    def observe(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: Keys,
        category: Int64s | None = None,
        value: Int64s | None = None,
    ) -> None:
        """A customer's own action becomes known.

        key: the occurrence's key; chains that it triggers derive their contacts' luck from it.
        category: code of the event's text attributes; value: its number, fixed-point ×10,000, as money is
        (:class:`strategies.vocabulary.Attribute`).
        """
        ...

    def contact_event(
        self, event: int, customer: Int64s, time: Int64s, key: Keys, payload: Int64s, reason: int = 0
    ) -> None:
        """The channel reports ``bounced, delivered, in_app_shown, opened, click`` or that the customer left.

        key and payload are those of the contact, as given to :meth:`ContactPort.deliver`; the world's bits of the
        payload hold the content again for a ``click``, and say nothing for other reports.  A message may be shown,
        opened and clicked several times; whatever else is reported of it is reported once.
        """
        ...

    def in_app(self, customer: Int64s, time: Int64s) -> InAppMessages | None:
        """What the slots of customers show whose visits begin now; None for nothing.  What is shown is reported as
        ``in_app_shown``, for the first time as ``delivered`` too."""
        ...

    def log_only(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        category: Int64s | None = None,
        value: Int64s | None = None,
    ) -> None:
        """Write rows to the event log of things no strategy reacts to (their times may lie ahead)."""
        ...

    def subscribed(self, event: int) -> bool:
        """Does any arm react to this event or ask later when it last happened, or may its data be faulty?"""
        ...

    @property
    def keeps_points(self) -> bool:
        """Does any arm have a loyalty programme with points?"""
        ...

    def payable_points(self, customer: Int64s, price: Int64s) -> tuple[Int64s, Int64s]:
        """(points, their worth in money), (n,) each, that may pay for a part of orders of this price.

        That they did is observed as ``points_spent``.
        """
        ...

    @property
    def gives_coupons(self) -> bool:
        """Does any chain of any arm give coupons?"""
        ...


class ContactPort(Protocol):
    """What a strategy sees of the world: somebody who delivers."""

    def deliver(self, customer: Int64s, time: Int64s, key: Keys, payload: Int64s) -> None:
        """Hand messages to the channels at ``time``; the world reports back through the hub, now or later.

        In-app messages stand in their slots by then: the world asks for them at visits (:meth:`StrategyHub.in_app`).
        """
        ...

    def withdraw_consent(self, customer: Int64s, channels: list[int]) -> None:
        """The company gives up the customers' marketing consent on channels (codes): no more reactions to it."""
        ...

    def give_coupon(self, customer: Int64s, time: Int64s, offer: Offer) -> None:
        """These customers hold a coupon for the offer from ``time`` on; what becomes of it is observed."""
        ...


class EventSink(Protocol):
    """Where observed events, decisions and costs are recorded.  All arrays (n,); money in int 1/10,000."""

    def log_observed(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        category: Int64s | None,
        value: Int64s | None,
        reason: NDArray[np.uint8] | int = 0,
    ) -> None:
        """A customer's own action, or a segment entered or left.

        reason: what went wrong with the data (``other_id``, ``lost``, ``late``), or that the row tells of an earlier
        action once more (``arrived``, ``doubled``).
        """
        ...

    def log_run(self, event: int, customer: Int64s, time: Int64s, run_key: Keys, chain: Int64s, reason: Int64s) -> None:
        """``chain_entered``, ``chain_exited``, ``goal_reached``; chain counts over all arms."""
        ...

    def keeps_refusals(self, customer: Int64s) -> Int64s:
        """Positions of the customers whose refusals are recorded; what is not kept need not be found out."""
        ...

    def log_refusal(self, customer: Int64s, time: Int64s, chain: int, reason: Int64s | int, part: int) -> None:
        """A chain's trigger came and no run began.

        chain counts over all arms; reason: codes of :data:`strategies.vocabulary.REFUSALS`; part: which part of the
        condition (:func:`strategies.conditions.parts_of`), 0 where the reason is none.
        """
        ...

    def log_action(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        run_key: Keys,
        chain: Int64s,
        reason: Int64s,
        action: int,
    ) -> None:
        """A step that sends nothing (``action_taken``; action: its code), or ``unsubscribed`` by one (action -1)."""
        ...

    def log_contact(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        contact_key: Keys,
        run_key: Keys | None,
        site: Int64s,
        reason: Int64s | int,
        rule: Int64s | int = -1,
        displaced_by: Int64s | int = -1,
    ) -> None:
        """Anything that happens to a contact.

        run_key is 0 outside chains; site, rule and displaced_by count over all arms, -1 for none.
        """
        ...

    def contact_cost(self, customer: Int64s, time: Int64s, cost: Int64s) -> None:
        """Price of the contacts that were sent."""
        ...
