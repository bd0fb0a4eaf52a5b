"""Steps that act without sending a message: what a company writes down, hands on, starts and stops.

A customer's *card* is what the company itself writes about the customer: the scenario's fields and the
membership in static segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from strategies.conditions import Expression

FieldType = Literal["number", "text", "flag", "date"]

NOW: Final = "now"
"""What a field of type date is set to: the moment of the step."""


@dataclass(frozen=True)
class CardField:
    """A field of the customer's card that scenarios set and conditions read as ``field.NAME``.

    A date is a moment, of which conditions read the age (``field.NAME.age``).
    default: number, text (one of ``values``) or bool; None: not known until it is set.
    """

    name: str
    type: FieldType
    default: float | str | bool | None = None
    values: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class SetFields:
    """Write values into fields of the card, in this order (``set``): constants, NOW, or what a formula comes to."""

    values: tuple[tuple[str, float | str | bool | Expression], ...]


@dataclass(frozen=True)
class ChangeMembership:
    """Put the customer into a static segment (``add_to``) or take him out (``remove_from``)."""

    segment: str
    enters: bool


@dataclass(frozen=True)
class WithdrawConsent:
    """The company stops writing on ``channels`` (``unsubscribe``): marketing consent ends, the customer stays."""

    channels: tuple[str, ...]


@dataclass(frozen=True)
class SwitchOffTopics:
    """The company writes no more about ``topics`` (``unsubscribe: {topic: …}``); consent stands for all others."""

    topics: tuple[str, ...]


@dataclass(frozen=True)
class CallWebhook:
    """Hand the customer and some fields to another system (``webhook``)."""

    name: str
    fields: tuple[tuple[str, Literal["number", "text", "bool"]], ...] = ()
    """Paths of condition fields with their types."""


@dataclass(frozen=True)
class StartChain:
    """Offer the customer to another chain, as a trigger would (``start``)."""

    chain: str


@dataclass(frozen=True)
class PauseChain:
    """The customer's runs of another chain stand still for ``period`` seconds (``pause``)."""

    chain: str
    period: int


@dataclass(frozen=True)
class StopChain:
    """The customer's runs of another chain end (``stop``)."""

    chain: str


PHONE = "sms"
"""The channel whose address is the customer's number, and whose consent a call needs."""


@dataclass(frozen=True)
class GiveTask:
    """Ask a team to call the customer about a message within ``within`` seconds (``task``)."""

    team: str
    message: str
    within: int
    path: str = ""
    """Where the step stands, for logs."""
    channels: tuple[str, ...] = (PHONE,)


@dataclass(frozen=True)
class GiveWork:
    """Ask a team to do ``name`` for the customer within ``within`` seconds, which the customer notices nothing of.

    purpose: decides, as that of a message, whether the control group gets it and whether the budget holds it.
    seconds: of one person; cost: money once it is done; None: what the team takes for a task.
    """

    team: str
    name: str
    within: int
    purpose: str = "service"
    seconds: int | None = None
    cost: int | None = None
    path: str = ""
    """Where the step stands, for logs."""


TASKS = (GiveTask, GiveWork)
"""Steps that give a team a task."""


@dataclass(frozen=True)
class Team:
    """People who take tasks: so many, at these hours of company time.

    begin, end: seconds after midnight.  task: seconds of one person that a task takes.  cost: money of one task.
    """

    name: str
    people: int
    begin: int
    end: int
    days: Literal["all", "working"] = "all"
    task: int = 600
    cost: int = 0


@dataclass(frozen=True)
class GivePoints:
    """Credit loyalty points, active at once (``give: {points: 200}``)."""

    amount: int


@dataclass(frozen=True)
class GiveCoupon:
    """Hand over a coupon for an offer, to be used once, valid from now on (``give: {coupon: OFFER}``)."""

    offer: str


Action = (
    SetFields
    | ChangeMembership
    | WithdrawConsent
    | SwitchOffTopics
    | CallWebhook
    | StartChain
    | PauseChain
    | StopChain
    | GiveTask
    | GiveWork
    | GivePoints
    | GiveCoupon
)
"""Every step that acts at once and lets the run go on."""
