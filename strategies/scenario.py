"""The resolved scenario: what the loader of :mod:`strategies.language` makes of a YAML file.

Everything is checked and in base units: durations in whole seconds, clock times in seconds after
midnight, shares as fractions, money in int 1/10,000 of the currency unit.  The engine compiles
this; nothing here knows YAML, customers or random numbers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from strategies.action_steps import CardField, Team
from strategies.brief import Brief
from strategies.chain_steps import Send, Step
from strategies.chain_triggers import Trigger
from strategies.changes import KNOWN_DOMAIN, Change, Sender
from strategies.conditions import Expression
from strategies.contact_policy import CalendarPeriod, ContactPolicy
from strategies.data_quality import DataFaults
from strategies.in_app_rules import InAppSlot
from strategies.loyalty_rules import Loyalty
from strategies.messages import Message, Production
from strategies.schedules import Schedule
from strategies.segments import Predictions, RfmSettings, Segment
from strategies.signals import Signal


@dataclass(frozen=True)
class AtStart:
    """How customers got their past: ``history`` seconds under the named policy ``under``."""

    history: int
    under: str = "neutral"
    backlog: Literal["skip", "enter"] = "skip"


@dataclass(frozen=True)
class WorkCalendar:
    """Whose working days count.

    country: code of two letters, '' for none.  holidays, working: days off and days worked that the country's list
    lacks; they go before it.
    """

    country: str = ""
    holidays: tuple[dt.date, ...] = ()
    working: tuple[dt.date, ...] = ()


@dataclass(frozen=True)
class ChannelSettings:
    """Price of one contact, in_app of one impression (money), and the provider's limit (contacts per hour)."""

    cost: int = 0
    throughput: int | None = None
    """Contacts per hour, or None for no limit."""
    template_cost: int | None = None
    """Price of a template message, where it differs (money)."""
    window: int = 86_400
    """On a channel with templates: so long after the customer's last click there the company may write freely."""


@dataclass(frozen=True)
class Engagement:
    """How customers answer: ``active`` and ``cooling`` are the longest ages (seconds) of their last sign of life."""

    signs: tuple[str, ...] = ("click", "opened")
    active: int = 30 * 86_400
    cooling: int = 90 * 86_400


@dataclass(frozen=True)
class Offer:
    """What a message promises.  Exactly one of ``percent``, ``amount``, ``gift``, ``free_delivery``.

    ``value_to_customer`` and ``cost`` are money; for ``percent`` both are the fraction of the order
    value and ``cost`` is zero here.
    """

    name: str
    kind: Literal["percent", "amount", "gift", "free_delivery"]
    percent: float = 0.0
    value_to_customer: int = 0
    cost: int = 0
    valid: int = 3 * 86_400


@dataclass(frozen=True)
class Goal:
    """The chain's goal: conversions count inside ``window`` seconds of entry; the trigger itself never.

    signals: each of them is a conversion; the first that comes counts.
    """

    signals: tuple[Signal, ...]
    window: int

    @property
    def events(self) -> frozenset[str]:
        """Names of the events that the signals tell."""
        return frozenset(signal.event for signal in self.signals)


@dataclass(frozen=True)
class EntryLimit:
    """At most ``maximum`` entries of a customer: in a local ``calendar`` period, in ``rolling`` seconds, or (both None)
    in all.
    """

    maximum: int
    calendar: CalendarPeriod | None = None
    rolling: int | None = None


@dataclass(frozen=True)
class Chain:
    """One chain.  ``reenter``: None never, 0 always, else least seconds between entries."""

    name: str
    trigger: Trigger
    steps: tuple[Step, ...]
    enter: Expression | None = None
    on_retrigger: Literal["ignore", "restart", "parallel"] = "ignore"
    parallel_by: str = ""
    reenter: int | None = None
    entries: EntryLimit | None = None
    priority: int = 50
    goal: Goal | None = None
    exit_on: tuple[str, ...] = ()
    exit_signals: tuple[Signal, ...] = ()
    """What else ends the run, and a name alone does not tell."""
    timeout: int | None = None
    holdout: float = 0.0
    holdout_name: str = ""
    """Constant name of the holdout's hash; '' takes the chain's own name."""
    while_: Expression | None = None
    about: str = ""


@dataclass(frozen=True)
class Campaign:
    """A mass campaign: at every moment of ``schedule`` one ``send`` to those whom ``to`` selects."""

    name: str
    schedule: Schedule
    send: Send
    to: Expression | None = None
    priority: int = 10
    about: str = ""


@dataclass(frozen=True)
class Control:
    """Global control group: ``share`` of customers get only ``exempt`` purposes."""

    share: float
    exempt: tuple[str, ...] = ("transactional",)


@dataclass(frozen=True)
class PreferenceCentre:
    """What customers may choose instead of leaving: rarer ``frequencies``, ``topics`` switched off."""

    frequencies: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class NeverRule:
    """A property to search: ``message`` (about the ``same`` thing) never comes within ``within`` after ``after``."""

    message: str
    after: str
    within: int
    same: str = ""


@dataclass(frozen=True)
class AtMostRule:
    """A property to search: at most ``maximum`` messages of ``purposes`` (none named: of all) within ``within``."""

    maximum: int
    within: int
    purposes: tuple[str, ...] = ()


Rule = NeverRule | AtMostRule


@dataclass(frozen=True)
class Notice:
    """Something the loader accepted but the user should know (file, line, text)."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Scenario:
    """A whole scenario.  ``population`` is the path of the population file, resolved."""

    name: str
    file: str
    population: str
    start: dt.date
    horizon: int
    tail: int
    at_start: AtStart
    channels: dict[str, ChannelSettings] = field(default_factory=dict)
    rfm: RfmSettings | None = None
    predictions: Predictions | None = None
    """None: the defaults."""
    engagement: Engagement | None = None
    """None where nothing asks for it."""
    policy: ContactPolicy = field(default_factory=ContactPolicy)
    in_app_slot: InAppSlot = field(default_factory=InAppSlot)
    segments: tuple[Segment, ...] = ()
    fields: tuple[CardField, ...] = ()
    loyalty: Loyalty | None = None
    teams: tuple[Team, ...] = ()
    offers: tuple[Offer, ...] = ()
    messages: tuple[Message, ...] = ()
    chains: tuple[Chain, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    control: Control = Control(0.0)
    sender: Sender = KNOWN_DOMAIN
    changes: tuple[Change, ...] = ()
    """What changes in mid-run, by date."""
    double_opt_in: tuple[str, ...] = ()
    """Channels on which a subscription counts only once it is confirmed."""
    preference_centre: PreferenceCentre | None = None
    production: tuple[Production, ...] = ()
    """What messages of each level of personalisation cost to make; levels that are missing cost nothing."""
    platform_cost: int = 0
    """Fixed platform and people cost of the scenario per 30 days (money), for ROMI."""
    base: int = 0
    """Customers of the real base, for which budgets, fixed costs, limits of providers and people are meant; 0: those
    that are simulated."""
    calendar: WorkCalendar = WorkCalendar()
    data_faults: DataFaults | None = None
    rules: tuple[Rule, ...] = ()
    """Stated properties; they change nothing in a run."""
    brief: Brief = field(default_factory=Brief)
    """What it is for and what is expected; it changes nothing in a run."""
    stated_days: tuple[int, int] | None = None
    """Days of horizon and tail that the file states, where the command line asked for others: targets, the budget and
    what is paid once are meant for these."""
    notices: tuple[Notice, ...] = ()

    def share_of_base(self, customers: int) -> tuple[int, int]:
        """``customers`` and the base that they are a part of; without a stated base amounts are meant for them."""
        return (customers, self.base) if self.base else (1, 1)

    def part_of_base(self, amount: int, customers: int) -> int:
        """What of an amount that is meant for the whole base belongs to ``customers`` of it, rounded down, at least 1.

        Without a stated base the amount is meant for these customers.
        """
        ours, everybody = self.share_of_base(customers)
        return max(amount * ours // everybody, min(amount, 1))
