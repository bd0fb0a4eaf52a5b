"""The resolved scenario: what the loader of :mod:`strategies.language` makes of a YAML file.

Everything is checked and in base units: durations in whole seconds, clock times in seconds after
midnight, shares as fractions, money in int 1/10,000 of the currency unit.  The engine compiles
this; nothing here knows YAML, customers or random numbers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from strategies.action_steps import Action, CardField, Team
from strategies.brief import Brief
from strategies.changes import KNOWN_DOMAIN, Change, Sender
from strategies.conditions import Expression
from strategies.contact_policy import ContactPolicy
from strategies.data_quality import DataFaults
from strategies.loyalty_rules import Loyalty
from strategies.messages import Message as Message
from strategies.messages import Production as Production
from strategies.segments import Deed as Deed
from strategies.segments import Prediction as Prediction
from strategies.segments import Predictions as Predictions
from strategies.segments import RfmSettings as RfmSettings
from strategies.segments import Segment as Segment


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
    """Price of one contact (money) and the provider's limit (contacts per second times ``per``)."""

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
class Wait:
    """Wait ``duration`` seconds from the end of the step before (a held message: its real sending)."""

    duration: int


@dataclass(frozen=True)
class WaitFromEntry:
    """Wait until ``offset`` seconds after the entry into the chain; past moments go on at once."""

    offset: int


@dataclass(frozen=True)
class WaitClock:
    """Wait until the next moment when the customer's clock shows ``clock`` (seconds after midnight)."""

    clock: int
    days: Literal["all", "working"] = "all"


@dataclass(frozen=True)
class WaitWindow:
    """Wait until the customer's clock is inside [begin, end)."""

    begin: int
    end: int
    days: Literal["all", "working"] = "all"


@dataclass(frozen=True)
class WaitUntil:
    """Wait until one of ``events`` happens to the customer, at most ``at_most`` seconds.

    Contact events (opened, click, …) count only when they answer a message of this run.
    ``name`` stores whether and with what attributes the event came.  ``on_timeout`` is what happens when it did
    not; afterwards the run goes on behind the wait.
    """

    events: tuple[str, ...]
    at_most: int
    name: str = ""
    on_timeout: tuple[Step, ...] = ()


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
    """One rung of a cascade: go on to the next after ``wait`` unless ``next_unless`` came."""

    send: Send
    wait: int | None = None
    next_unless: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class EventTrigger:
    """Starts a run at one of ``events``, when ``condition`` over its attributes (``value`` …) holds."""

    events: tuple[str, ...]
    condition: Expression | None = None


@dataclass(frozen=True)
class InactivityTrigger:
    """Starts a run when ``period`` seconds have passed since the customer's last ``of`` event."""

    period: int
    of: str


@dataclass(frozen=True)
class SegmentTrigger:
    """Starts a run when a customer enters (or leaves) a segment at the daily refresh."""

    segment: str
    left: bool = False


@dataclass(frozen=True)
class Schedule:
    """Days and clock time in the customer's zone: weekdays 0 = Monday, or every ``every_days`` days."""

    clock: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    month_days: tuple[int, ...] = ()


@dataclass(frozen=True)
class FieldTrigger:
    """Starts a run when a field gets another value.

    field: path in the condition language.  Fields of the scenario (``field.NAME``) change at the step that sets
    them; others are compared at the daily refresh.
    """

    field: str


@dataclass(frozen=True)
class StartedTrigger:
    """No occurrence of its own: only other chains start the runs."""


@dataclass(frozen=True)
class DateTrigger:
    """Starts a run ``days`` days after a date of the customer (before it where negative), at ``clock`` on his clock."""

    date: str
    days: int
    clock: int


@dataclass(frozen=True)
class Silence:
    """A message that was delivered on ``channel`` and not opened (clicked) within ``within`` seconds."""

    channel: str
    kind: Literal["unopened", "unclicked"]
    within: int


@dataclass(frozen=True)
class CountTrigger:
    """Starts a run at the ``count``-th occurrence of ``of``; then counting begins anew.

    within: the occurrences lie within so many seconds.  in_a_row: an answered message begins the row anew; ``days``:
    the occurrences come on so many days in a row of the customer's calendar.
    without: events that begin counting anew.  condition: of the occurrences that count.
    """

    count: int
    of: str | Silence
    in_a_row: bool | Literal["days"] = False
    within: int | None = None
    without: tuple[str, ...] = ()
    condition: Expression | None = None


class ExternalRow(NamedTuple):
    """One event of a file.

    customer: number within a replication.  time: seconds since 1970 on the company's clock.  number: fixed-point
    ×10,000.
    """

    customer: int
    time: int
    number: int | None
    text: str | None


@dataclass(frozen=True)
class ExternalEvents:
    """Events of another system, as a file told them.

    sha256: of what was read.  number, text: names of the attributes, '' for none; texts: the texts that occur.
    """

    file: str = field(compare=False)
    sha256: str
    number: str
    text: str
    texts: tuple[str, ...]
    rows: tuple[ExternalRow, ...]


@dataclass(frozen=True)
class ExternalTrigger:
    """Starts a run at each row of a file, when ``condition`` over its attributes holds."""

    events: ExternalEvents
    condition: Expression | None = None


Trigger = (
    EventTrigger
    | InactivityTrigger
    | SegmentTrigger
    | FieldTrigger
    | DateTrigger
    | CountTrigger
    | ExternalTrigger
    | Schedule
    | StartedTrigger
)


@dataclass(frozen=True)
class Goal:
    """The chain's goal: conversions count inside ``window`` seconds of entry; the trigger itself never."""

    event: str
    window: int


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
    priority: int = 50
    goal: Goal | None = None
    exit_on: tuple[str, ...] = ()
    timeout: int | None = None
    holdout: float = 0.0
    holdout_name: str = ""
    """Constant name of the holdout's hash; '' lets the compiler derive one from the trigger."""
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
    calendar: WorkCalendar = WorkCalendar()
    data_faults: DataFaults | None = None
    rules: tuple[Rule, ...] = ()
    """Stated properties; they change nothing in a run."""
    brief: Brief = field(default_factory=Brief)
    """What it is for and what is expected; it changes nothing in a run."""
    notices: tuple[Notice, ...] = ()
