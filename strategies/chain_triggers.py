"""What starts a chain (see :mod:`strategies.scenario`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from strategies.conditions import Expression
from strategies.contact_policy import Zone
from strategies.schedules import Schedule


@dataclass(frozen=True)
class EventTrigger:
    """Starts a run at one of ``events``, when ``condition`` over its attributes (``value`` …) holds."""

    events: tuple[str, ...]
    condition: Expression | None = None


@dataclass(frozen=True)
class InactivityTrigger:
    """Starts a run when ``period`` seconds have passed since the customer's last event ``of`` these.

    of: signs (:mod:`strategies.signs`), each once, in the order of their names.
    """

    period: int
    of: tuple[str, ...]


@dataclass(frozen=True)
class SegmentTrigger:
    """Starts a run when a customer enters (or leaves) a segment at the daily refresh."""

    segment: str
    left: bool = False


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
    """Starts a run ``days`` days after a date of the customer (before it where negative), at ``clock``, a time of the
    customer's clock or of the company's.
    """

    date: str
    days: int
    clock: int
    zone: Zone = "customer"


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

    customer: number within a replication.  time: seconds since 1970 on the company's clock.  cells: one for each
    column, a number fixed-point ×10,000 or the code of a text; None: missing.
    """

    customer: int
    time: int
    cells: tuple[int | None, ...]


class ExternalColumn(NamedTuple):
    """An attribute of a file's events: the texts that occur, by code; None: it is a number."""

    name: str
    texts: tuple[str, ...] | None


@dataclass(frozen=True)
class ExternalEvents:
    """Events of another system, as a file told them.

    sha256: of what was read.  columns: numbers, then texts.
    """

    file: str = field(compare=False)
    sha256: str
    columns: tuple[ExternalColumn, ...]
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
