"""Chains that nobody enters, or only once: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from strategies.action_steps import StartChain
from strategies.chain_triggers import (
    CountTrigger,
    DateTrigger,
    EventTrigger,
    ExternalTrigger,
    FieldTrigger,
    InactivityTrigger,
    SegmentTrigger,
)
from strategies.conditions import Expression, Field
from strategies.context import AGES
from strategies.contradictions import Range, excluding, left_of, parts, share
from strategies.language.format_condition import format_condition
from strategies.language.reader import Value
from strategies.language.signs import sign_words
from strategies.language.units import format_duration
from strategies.neutral import CHANNELS_OF_THE_PAST
from strategies.scenario import Chain, Scenario
from strategies.signs import channel_of, event_of
from strategies.step_tree import steps_within
from strategies.vocabulary import DAY

OF_THE_PAST = ("order", "site_visited", "click", "opened", "delivered")
"""Events that the past of the customers has, so that some wait for them at the start."""

LEFT_BEHIND = ("view_abandoned", "cart_abandoned", "checkout_abandoned")
"""Events that an order makes pointless to speak of."""

AGE_OF = {sign: field for field, sign in AGES.items()}
"""Sign → the field that tells its age."""

LONGEST_OF = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY}
"""Calendar period → its greatest length."""

_DATES_OF_ORDERS = ("first_order", "last_order")


def entry_doubts(root: Value, here: Value, chain: Chain, scenario: Scenario) -> None:
    """Notices about who enters one chain.  root: the whole scenario as written; here: the chain in it."""
    _inactive_at_the_start(root, here, chain, scenario)
    _before_the_first_order(here, chain)
    _once_in_a_run(here, chain, scenario)
    _never_so_often(here, chain)
    _before_it_is_confirmed(here, chain, scenario)
    steps = (step for other in scenario.chains for step in steps_within(other.steps))
    if not any(isinstance(step, StartChain) and step.chain == chain.name for step in steps):
        _too_long_for_the_run(here, chain, scenario)
        _never_when_triggered(here, chain, scenario)


def _too_long_for_the_run(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Triggers that ask for more time than the past and the run together have."""
    trigger = chain.trigger
    match trigger:
        case InactivityTrigger(period, of):
            asked, what = period, f"waits for {format_duration(period)} without {sign_words(of)}"
            past = scenario.at_start.history if any(map(_of_the_past, of)) else 0
        case DateTrigger(date, days) if date in _DATES_OF_ORDERS:
            asked, what = days * DAY, f"comes {days}d after {date}"
            past = scenario.at_start.history
        case _:
            return
    if asked - past >= scenario.horizon:
        where = here.child("trigger") or here
        known = f"a past of {format_duration(past)} is known" if past else "nothing of the past is known"
        where.remark(
            f"{where.path}: {what}, but {known} and the run has {format_duration(scenario.horizon)}, so nobody ever "
            "enters; expected a shorter time, or a longer horizon or at_start.history"
        )


def _inactive_at_the_start(root: Value, here: Value, chain: Chain, scenario: Scenario) -> None:
    """Chains for the inactive, whom a start without a word on the backlog leaves out."""
    trigger, history = chain.trigger, scenario.at_start.history
    if not isinstance(trigger, InactivityTrigger) or not any(map(_of_the_past, trigger.of)) or not history:
        return
    where = here.child("trigger") or here
    period, first = format_duration(trigger.period), trigger.period - history
    if 0 < first < scenario.horizon:
        where.remark(
            f"{where.path}: waits for {period} without {sign_words(trigger.of)}, and the past of the customers is only "
            f"{format_duration(history)} long, so nobody enters in the first {format_duration(first)} of the run; "
            f"expected at_start.history of at least {period}"
        )
    written = root.child("at_start")
    if first <= 0 and (written is None or written.child("backlog") is None):
        where.remark(
            f"{where.path}: whoever is inactive for longer at the start does not enter until he comes back and leaves "
            "again; for them write at_start: {backlog: enter}, and backlog: skip where this is meant"
        )


def _of_the_past(sign: str) -> bool:
    """Whether the past has events of this sign; it knows one channel only."""
    return event_of(sign) in OF_THE_PAST and channel_of(sign) in ("", *CHANNELS_OF_THE_PAST)


def _before_the_first_order(here: Value, chain: Chain) -> None:
    """Chains that start at an order and ask for customers without one."""
    trigger = chain.trigger
    if not isinstance(trigger, EventTrigger) or set(trigger.events) != {"order"}:
        return
    written = here.child("trigger")
    conditions = (trigger.condition, written and written.child("if")), (chain.enter, here.child("enter"))
    for condition, where in conditions:
        for part in parts(condition) if condition is not None else ():
            left = left_of(part)
            if left is not None and left[0] == "orders" and not share(left[1], Range(low=1.0)):
                (where or here).remark(
                    f"{(where or here).path}: '{format_condition(part)}' is never true at an order, which counts "
                    "already; of a first order say orders == 1"
                )


def _before_it_is_confirmed(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Entries at a registration or subscription that ask for a consent which needs a confirmation first."""
    trigger, where = chain.trigger, here.child("enter")
    if where is None or chain.enter is None or not isinstance(trigger, EventTrigger):
        return
    if not set(trigger.events) <= {"registered", "subscribed"}:
        return
    pending = {f"consent.{channel}": channel for channel in scenario.double_opt_in}
    for part in parts(chain.enter):
        if isinstance(part, Field) and part.path in pending:
            where.remark(
                f"{where.path}: '{part.path}' is not confirmed yet when the trigger comes (double_opt_in: "
                f"{pending[part.path]}), so hardly anybody enters; expected trigger: subscription_confirmed"
            )


def _never_when_triggered(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Entries that ask for what the trigger excludes."""
    where = here.child("enter")
    if chain.enter is None or where is None:
        return
    asked = tuple(parts(chain.enter))
    for one, other in excluding(tuple(_sure(chain, scenario)), asked):
        where.remark(
            f"{where.path}: '{format_condition(other)}' never holds when the trigger comes, for then "
            f"'{format_condition(one)}' does, so nobody enters"
        )
    age = _age_when_missed(chain, scenario)
    for part in asked if age is not None else ():
        left = left_of(part)
        if age is not None and left is not None and left[0] == age[0] and not share(left[1], age[1]):
            longer = age[1].low == age[1].high and share(left[1], Range(low=age[1].low))
            told = f"{age[0]} is {format_duration(int(age[1].low))}{'' if longer else ' or more'} then"
            more = "; for those inactive for longer at the start write at_start: {backlog: enter}" if longer else ""
            where.remark(
                f"{where.path}: '{format_condition(part)}' never holds when the trigger comes, for {told}, so nobody "
                f"enters{more}"
            )


def _sure(chain: Chain, scenario: Scenario) -> Iterator[Expression]:
    """What holds of everybody for whom the trigger comes."""
    match chain.trigger:
        case EventTrigger(_, condition) | ExternalTrigger(_, condition) | CountTrigger(condition=condition):
            if condition is not None:
                yield from parts(condition)
        case SegmentTrigger(name, False):
            segment = next(segment for segment in scenario.segments if segment.name == name)
            if segment.condition is not None:
                yield from parts(segment.condition)


def _age_when_missed(chain: Chain, scenario: Scenario) -> tuple[str, Range] | None:
    """Field and values of the age that a missed event has when the trigger comes."""
    trigger = chain.trigger
    missed = trigger.of if isinstance(trigger, InactivityTrigger) else ()
    field = AGE_OF.get(missed[0]) if len(missed) == 1 else None
    if field is None or not isinstance(trigger, InactivityTrigger):
        return None
    period = float(trigger.period)
    return field, Range(low=period, high=math.inf if scenario.at_start.backlog == "enter" else period)


def _once_in_a_run(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Chains whose trigger comes again, and that say nothing of entering again."""
    later = _comes_again(chain, scenario)
    if later and chain.reenter is None and here.child("reenter") is None:
        (here.child("trigger") or here).remark(
            f"{here.path}: without 'reenter' a customer enters once in the whole run, and {later} is passed over; "
            "write reenter: {after: 7d} or so, and reenter: never where this is meant"
        )


def _never_so_often(here: Value, chain: Chain) -> None:
    """Limits of entries that the least time between two of them keeps already."""
    limit, written = chain.entries, here.child("reenter")
    if limit is None or written is None or not chain.reenter or chain.on_retrigger != "ignore":
        return
    period = limit.rolling or (LONGEST_OF[limit.calendar] if limit.calendar else None)
    if period is not None and limit.maximum * chain.reenter >= period:
        times = "once" if limit.maximum == 1 else f"{limit.maximum} times"
        within = f"a {limit.calendar}" if limit.calendar else format_duration(period)
        written.remark(
            f"{written.path}: with {format_duration(chain.reenter)} between two entries nobody enters more than "
            f"{times} in {within} anyway, so 'at_most' changes nothing; expected a shorter 'after', a longer 'per', "
            "or no 'at_most'"
        )


def _comes_again(chain: Chain, scenario: Scenario) -> str:
    """What a customer may do who was in the chain before, in words; '' where the trigger hardly comes twice."""
    match chain.trigger:
        case EventTrigger(events) if set(events) <= set(LEFT_BEHIND):
            return "what he leaves behind later"
        case SegmentTrigger(segment, left):
            return f"whoever {'leaves' if left else 'enters'} {segment} again"
        case CountTrigger():
            return "what is counted after that"
        case FieldTrigger():
            return "every later change"
        case InactivityTrigger(period) if period < scenario.horizon:
            return "whoever comes back and stays away again"
        case ExternalTrigger(events) if len({row.customer for row in events.rows}) < len(events.rows):
            return "every later row about him"
        case _:
            return ""
