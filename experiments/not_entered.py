"""Chains that did not reach one customer, each with its reason: never entered, entered in vain, not entered again."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from experiments.sentences import WHY
from strategies.action_steps import StartChain
from strategies.chain_triggers import EventTrigger, ExternalTrigger, InactivityTrigger, SegmentTrigger, StartedTrigger
from strategies.conditions import Expression, parts_of
from strategies.language.dump_chain import trigger_tree
from strategies.language.format_condition import format_condition
from strategies.language.signs import sign_words
from strategies.language.units import format_duration, format_period, format_share
from strategies.scenario import Chain, Scenario
from strategies.step_tree import steps_within
from strategies.vocabulary import DAY

Group = Literal["not_entered", "nothing_sent", "not_each_time"]

HEADINGS: Final[dict[Group, str]] = {
    "not_entered": "Chains not entered",
    "nothing_sent": "Chains entered that sent nothing",
    "not_each_time": "Chains not entered each time their trigger came",
}

NEVER: Final = "it never re-enters"

UNHEARD: Final = ("other_id", "lost", "late")
"""Reasons of own actions that the company did not hear of when they happened."""


@dataclass(frozen=True)
class Refusal:
    """Occurrences of a trigger that began no run.  condition: the part that did not hold; first, last: local times."""

    reason: str
    condition: str
    count: int
    first: dt.datetime
    last: dt.datetime

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        condition = {"condition": self.condition} if self.condition else {}
        times = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {"reason": self.reason, **condition, "count": self.count, **times}


@dataclass(frozen=True)
class Gap:
    """A chain that did not reach the customer.

    reason: a word of :data:`strategies.vocabulary.REFUSALS` (the commonest), ``never`` (its trigger did not come),
    ``holdout``, ``control``, ``not_known`` (the folder does not tell), or a reason of the log why nothing was sent.
    """

    group: Group
    chain: str
    reason: str
    text: str
    refusals: tuple[Refusal, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The object that ``crmsim explain --json`` prints."""
        told = {"group": self.group, "chain": self.chain, "reason": self.reason, "text": self.text}
        return {**told, "refusals": [refusal.to_json() for refusal in self.refusals]}


def lines(gaps: Sequence[Gap]) -> list[str]:
    """The gaps under their headings."""
    told = []
    for group, heading in HEADINGS.items():
        mine = [f"  {gap.chain}: {gap.text}" for gap in gaps if gap.group == group]
        told += ["", heading, *mine] if mine else []
    return told


@dataclass(frozen=True)
class Facts:
    """What is known of one customer in one arm.

    rows: of the log, in order.  refusals: rows of ``refusals.parquet``; None where the folder has none.
    days: of the horizon.  own_actions: whether the log has them.  local: seconds since the start → local time.
    """

    scenario: Scenario
    rows: Sequence[Mapping[str, Any]]
    refusals: Sequence[Mapping[str, Any]] | None
    days: int
    own_actions: bool
    local: Callable[[int], dt.datetime]

    def entries(self, chain: str) -> list[Mapping[str, Any]]:
        """Rows that tell of entries, also of ghosts."""
        return [row for row in self.rows if row["event"] == "chain_entered" and row["chain"] == chain]

    def refused(self, chain: Chain) -> tuple[Refusal, ...]:
        """The refusals of a chain, the commonest first."""
        mine = [row for row in self.refusals or () if row["chain"] == chain.name]
        return tuple(
            Refusal(row["reason"], part(chain, row), row["count"], self.local(row["first"]), self.local(row["last"]))
            for row in sorted(mine, key=lambda row: (-row["count"], row["first"]))
        )


def part(chain: Chain, refusal: Mapping[str, Any]) -> str:
    """The part of a condition that a row of ``refusals.parquet`` speaks of, as text; '' where it speaks of none."""
    condition = condition_of(chain, str(refusal["reason"]))
    if condition is None:
        return ""
    parts = parts_of(condition)
    return format_condition(parts[min(refusal["part"], len(parts) - 1)])


def condition_of(chain: Chain, reason: str) -> Expression | None:
    """The condition that a reason of refusal speaks of."""
    if reason.startswith("enter"):
        return chain.enter
    if reason.startswith("trigger") and isinstance(chain.trigger, EventTrigger | ExternalTrigger):
        return chain.trigger.condition
    return None


def gaps(facts: Facts) -> tuple[Gap, ...]:
    """All gaps, in the order of the scenario's chains, those whose trigger never came behind the others."""
    found = [gap for chain in facts.scenario.chains for gap in _of_chain(chain, facts)]
    return tuple(sorted(found, key=lambda gap: gap.reason == "never"))


def _of_chain(chain: Chain, facts: Facts) -> Iterator[Gap]:
    entries, refused = facts.entries(chain.name), facts.refused(chain)
    ghosts = [row["reason"] for row in entries if row["reason"]]
    if not entries:
        yield _never_entered(chain, facts, refused)
        return
    if len(ghosts) == len(entries):
        yield Gap("not_entered", chain.name, ghosts[0], _as_ghost(chain, ghosts), refused)
    elif not any(row["event"] in ("sent", "task_created") and row["chain"] == chain.name for row in facts.rows):
        yield _nothing_sent(chain, facts)
    if refused:
        told = "; ".join(_words(chain, refusal) for refusal in refused)
        yield Gap("not_each_time", chain.name, refused[0].reason, told, refused)


# ---------------------------------------------------------------------- never entered


def _never_entered(chain: Chain, facts: Facts, refused: tuple[Refusal, ...]) -> Gap:
    if refused:
        told = "; ".join(_words(chain, refusal) for refusal in refused)
        return Gap("not_entered", chain.name, refused[0].reason, told, refused)
    if facts.refusals is None:
        return Gap("not_entered", chain.name, *_without_refusals(chain, facts))
    return Gap("not_entered", chain.name, "never", _never(chain, facts))


def _without_refusals(chain: Chain, facts: Facts) -> tuple[str, str]:
    """Reason and words out of the log alone, in folders of earlier versions."""
    missing = "why no run began, this folder of an earlier version does not say"
    if not isinstance(chain.trigger, EventTrigger) or not facts.own_actions:
        return "not_known", missing
    came = [row for row in facts.rows if row["event"] in chain.trigger.events and row["reason"] not in UNHEARD]
    came = [row for row in came if row["time"] < facts.days * DAY]
    return ("not_known", f"its trigger came {times(len(came))}; {missing}") if came else ("never", _never(chain, facts))


def _never(chain: Chain, facts: Facts) -> str:
    match chain.trigger:
        case StartedTrigger():
            return _nobody_started(chain, facts)
        case ExternalTrigger():
            return f"no row of its table names the customer in these {facts.days} days"
        case EventTrigger(events):
            return f"its trigger never came (event: {' or '.join(events)}){_unheard(events, facts)}"
        case _:
            return f"its trigger never came ({trigger_words(chain)})"


def trigger_words(chain: Chain) -> str:
    """The trigger as the language has it, on one line.

    >>> trigger_words(Chain("back", InactivityTrigger(30 * DAY, ("order",)), ()))
    'inactive: 30d, of: order'
    """
    tree = trigger_tree(chain.trigger)
    if isinstance(tree, str):
        return tree
    return ", ".join(f"{key}: {_plain(value)}" for key, value in tree.items())


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unheard(events: tuple[str, ...], facts: Facts) -> str:
    """Words for what the customer did without the company hearing of it."""
    reasons = Counter(row["reason"] for row in facts.rows if row["event"] in events and row["reason"] in UNHEARD)
    told = "; ".join(f"{times(count)} {WHY[reason]}" for reason, count in reasons.items())
    return f"; the customer did it, but the company did not hear of it: {told}" if told else ""


def _nobody_started(chain: Chain, facts: Facts) -> str:
    """Of a chain that only other chains start: which do, and how far the customer came there."""
    told = []
    for other in facts.scenario.chains:
        if not any(isinstance(step, StartChain) and step.chain == chain.name for step in steps_within(other.steps)):
            continue
        tries = [row for row in facts.rows if row["event"] == "action_taken" and row["chain"] == other.name]
        reasons = [row["reason"] for row in tries if row["category"] == "start" and row["reason"]]
        if not facts.entries(other.name):
            told.append(f"{other.name} was not entered")
        elif reasons:
            told.append(f"{other.name} came to it, but {WHY[reasons[0]]}")
        else:
            told.append(f"{other.name} did not come to that step")
    return f"only other chains start it: {', '.join(told) or 'none does'}"


def _words(chain: Chain, refusal: Refusal) -> str:
    """A refusal in words."""
    if refusal.reason == "at_start":
        return why_refused(chain, refusal.reason, refusal.condition)
    came = "another chain offered the customer" if isinstance(chain.trigger, StartedTrigger) else "its trigger came"
    return f"{came} {_when(refusal)}, but {why_refused(chain, refusal.reason, refusal.condition)}"


def why_refused(chain: Chain, reason: str, condition: str) -> str:
    """Why an occurrence of a chain's trigger began no run.

    >>> chain = Chain("again", EventTrigger(("order",)), (), reenter=7 * DAY)
    >>> why_refused(chain, "reenter", ""), why_refused(chain, "enter", "orders >= 2")
    ('too early, it re-enters only 7d after entry', "'enter' did not hold: orders >= 2")
    """
    match reason:
        case "running":
            return "a run of it was under way"
        case "reenter":
            return (
                f"too early, it re-enters only {format_duration(chain.reenter)} after entry" if chain.reenter else NEVER
            )
        case "at_most":
            return f"the customer had entered as often as 'reenter' allows: {_at_most(chain)}"
        case "at_start":
            return f"{_already(chain)} already when the run began (at_start.backlog: skip)"
        case _:
            key = "enter" if reason.startswith("enter") else "if"
            fault = "asks for a value that is not known" if reason.endswith("unknown") else "did not hold"
            return f"'{key}' {fault}: {condition}"


def _at_most(chain: Chain) -> str:
    limit = chain.entries
    if limit is None:
        return "so often"
    per = f" per {format_period(limit.calendar, limit.rolling)}" if limit.calendar or limit.rolling else ""
    return f"{times(limit.maximum)}{per}"


def _already(chain: Chain) -> str:
    match chain.trigger:
        case InactivityTrigger(period, of):
            return f"{format_duration(period)} without '{sign_words(of)}' had passed"
        case SegmentTrigger(segment):
            return f"the customer was in segment {segment}"
        case _:
            return "so it was"


def _when(refusal: Refusal) -> str:
    first, last = date(refusal.first), date(refusal.last)
    if refusal.count == 1:
        return f"on {first}"
    return f"{refusal.count} times " + (f"on {first}" if first == last else f"({first} … {last})")


# ---------------------------------------------------------------------- entered in vain


def _as_ghost(chain: Chain, reasons: Sequence[str]) -> str:
    runs = f"its {len(reasons)} runs" if len(reasons) > 1 else "its run"
    if reasons[0] == "holdout":
        return f"{runs} went on without messages: {WHY['holdout']} ({format_share(chain.holdout)})"
    return f"{runs} went on without messages, exempt ones aside: {WHY['control']}"


def _nothing_sent(chain: Chain, facts: Facts) -> Gap:
    """Why the runs that lived sent nothing: what became of their contacts, or how they ended before any."""
    mine = [row for row in facts.rows if row["chain"] == chain.name]
    last = {row["contact"]: row for row in mine if row["event"] in ("held", "dropped")}
    if last:
        reasons = Counter((row["reason"], row["displaced_by"]) for row in last.values()).most_common()
        told = [f"{_contacts(n)}: {WHY[why]}{f' ({by} came first)' if by else ''}" for (why, by), n in reasons]
        return Gap("nothing_sent", chain.name, reasons[0][0][0], "; ".join(told))
    ends = Counter(row["reason"] or "finished" for row in mine if row["event"] == "chain_exited").most_common()
    if not ends:
        return Gap("nothing_sent", chain.name, "under_way", f"its run was under way when the {facts.days} days ended")
    told = [f"{WHY[why]}{f' ({n} runs)' if n > 1 else ''}" for why, n in ends]
    return Gap("nothing_sent", chain.name, ends[0][0], f"its runs came to no message: {'; '.join(told)}")


def _contacts(count: int) -> str:
    return f"{count} messages" if count > 1 else "1 message"


def times(count: int) -> str:
    """How often, in words."""
    return "once" if count == 1 else f"{count} times"


def date(day: dt.datetime) -> str:
    """A day without its year: ``6 Feb``."""
    return f"{day.day} {day:%b}"
