"""Chains and campaigns: triggers, entry, exit, goal, and the steps between."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from strategies.chain_steps import Send
from strategies.chain_triggers import DateTrigger, EventTrigger, Trigger
from strategies.language.card import own_fields
from strategies.language.fields import ConditionScope
from strategies.language.opens import check_opens
from strategies.language.problems import unknown
from strategies.language.reader import TEXT, Checked, Choice, Either, ListOf, Reader, Refused, Value, whole
from strategies.language.records import Keys, Record
from strategies.language.schedules import SCHEDULE, SCHEDULE_KINDS, SCHEDULE_PARTS, read_clock, read_schedule
from strategies.language.signals import SIGNAL, SIGNAL_KINDS, SIGNALS, other_signals, plain_events, read_signal
from strategies.language.steps import Steps, sends_of
from strategies.language.triggers import TRIGGER, attributes_of_trigger, known_at_trigger
from strategies.language.units import NAME, PERIOD, POSITIVE_DURATION, SHARE, parse_positive_duration
from strategies.language.waits import waits_of
from strategies.language.words import condition
from strategies.scenario import Campaign, Chain, EntryLimit, Goal
from strategies.schedules import Schedule
from strategies.signals import Signal

CART_EVENTS = ("cart_added", "cart_abandoned", "checkout_started", "checkout_abandoned")
PRIORITY = whole(at_least=0, at_most=1000)

OnRetrigger = tuple[Literal["ignore", "restart", "parallel"], str]
ReenterWord = Literal["never", "always"]
Reenter = tuple[int | None, EntryLimit | None]
"""Seconds between entries (None never, 0 always), and how many there may be."""

MOST_ENTRIES = 100


def _retrigger_word(value: Value, word: str) -> OnRetrigger | None:
    if word == "ignore":
        return "ignore", ""
    if word == "restart":
        return "restart", ""
    if word.startswith("parallel_by: "):
        return "parallel", word.removeprefix("parallel_by: ")
    value.complain(unknown("value", word, value.where, ("ignore", "restart", "{parallel_by: cart}")))
    return None


def _parallel(keys: Keys) -> OnRetrigger:
    return "parallel", keys.need("parallel_by", TEXT, "cart", "what each parallel run belongs to")


ON_RETRIGGER: Reader[OnRetrigger] = Either(Checked(TEXT, _retrigger_word), Record("parallel", _parallel))


def _reenter_word(value: Value, word: Literal["never", "always"]) -> Reenter:
    return (None, None) if word == "never" else (0, None)


def _reenter(keys: Keys) -> Reenter:
    after = keys.get("after", POSITIVE_DURATION, 0, "least time between entries")
    maximum = keys.get("at_most", whole(at_least=1, at_most=MOST_ENTRIES), None, "so many entries of a customer")
    calendar, rolling = keys.get("per", PERIOD, (None, None), "in such a period; without it in the whole run")
    if keys.has("per"):
        keys.need_also("at_most", "a whole number of entries")
    elif not keys.has("at_most"):
        keys.need_also("after", f"{POSITIVE_DURATION.expected}; or 'at_most' with a number of entries")
    return after, None if maximum is None else EntryLimit(maximum, calendar, rolling)


def reentered(trigger: Trigger | None) -> Reenter:
    """Whether one may enter again where nothing is said: at each moment that the trigger itself names, by a schedule
    or a date of the customer; else never.
    """
    return (0 if isinstance(trigger, Schedule | DateTrigger) else None), None


class _ReenterWords(Choice[ReenterWord]):
    """The words, and for a bare duration the form that means it."""

    def read(self, value: Value) -> ReenterWord | None:
        try:
            parse_positive_duration(str(value.node.value))
        except Refused:
            return super().read(value)
        value.expected(f"never, always, or {{after: {value.node.value}}}")
        return None


_WORDS: Reader[ReenterWord] = _ReenterWords(get_args(ReenterWord), also=("{after: 7d}",))
REENTER: Reader[Reenter] = Either(Checked(_WORDS, _reenter_word), Record("reenter", _reenter))


def _goal(keys: Keys) -> Goal:
    signal = read_signal(keys, (*SIGNAL_KINDS, "any"))
    several = keys.get("any", ListOf(SIGNAL, at_least=1), (), "any of several events or changes of segments")
    if keys.has("any") and keys.has("if"):
        told = f"{keys.value.path}: found 'if' with 'any', expected it beside its event, inside 'any'"
        keys.complain("if", told)
    window = keys.need("window", POSITIVE_DURATION, 1, "how long after entry it counts")
    return Goal(tuple(dict.fromkeys(several)) or (signal or Signal("order"),), window)


def _holdout(keys: Keys) -> tuple[float, str]:
    share = keys.need("share", SHARE, 0.0, "share of the entries that is held out")
    return share, keys.get("name", NAME, "", "constant name of the draw; without it the chain's")


HOLDOUT: Reader[tuple[float, str]] = Either(Checked(SHARE, lambda _, share: (share, "")), Record("holdout", _holdout))


def _check_parallel(keys: Keys, trigger: Trigger | None, by: str) -> None:
    """A run may be parallel by the cart or by anything that its trigger carries."""
    options = list(attributes_of_trigger(trigger))
    if isinstance(trigger, EventTrigger) and set(trigger.events) <= set(CART_EVENTS):
        options.append("cart")
    if by and trigger is not None and by not in options:
        keys.complain("on_retrigger", unknown("attribute", by, f"{keys.value.path}.on_retrigger", options))


def _chain(keys: Keys) -> Chain | None:
    value, names = keys.value, keys.value.reading.names
    trigger = keys.need("trigger", TRIGGER, None, "what starts a run")
    scope = ConditionScope(
        "the entry of a chain",
        segments=names.get("segment", ()),
        trigger=attributes_of_trigger(trigger),
        rfm=bool(names.get("rfm")),
        fields=own_fields(names),
        known=known_at_trigger(trigger),
    )
    inside = replace(
        scope, where="a chain", sends=sends_of(value.node, names.get("message", ())), waits=waits_of(value.node)
    )
    on_retrigger, parallel_by = keys.get("on_retrigger", ON_RETRIGGER, ("ignore", ""), "a trigger while a run is on")
    _check_parallel(keys, trigger, parallel_by)
    holdout, holdout_name = keys.get("holdout", HOLDOUT, (0.0, ""), "share of entries that get nothing, to compare")
    reenter, entries = keys.get(
        "reenter", REENTER, reentered(trigger), "may the same customer enter again; always by a schedule or a date"
    )
    exits = keys.get("exit_on", SIGNALS, (), "events that end the run at once")
    chain = Chain(
        name=value.path.rpartition(".")[2],
        trigger=trigger or EventTrigger(()),
        enter=keys.get("enter", condition(scope), None, "who may enter"),
        on_retrigger=on_retrigger,
        parallel_by=parallel_by,
        reenter=reenter,
        entries=entries,
        priority=keys.get("priority", PRIORITY, 50, "higher goes first"),
        goal=keys.get(
            "goal",
            Record("goal", _goal, "a mapping such as {event: order, window: 7d}"),
            None,
            "what the chain is for; measures only",
        ),
        exit_on=plain_events(exits),
        exit_signals=other_signals(exits),
        timeout=keys.get("timeout", POSITIVE_DURATION, None, "longest run"),
        holdout=holdout,
        holdout_name=holdout_name,
        while_=keys.get("while", condition(inside), None, "checked before every message; false ends the run"),
        about=keys.get("about", TEXT, "", "what the chain is for, in words"),
        steps=keys.need("steps", Steps(inside, f"{value.path}.").steps, (), "what happens, in order"),
    )
    check_opens(value, chain)
    return chain if trigger else None


CHAIN: Reader[Chain] = Record("chain", _chain)


def _campaign(keys: Keys) -> Campaign | None:
    value, names = keys.value, keys.value.reading.names
    scope = ConditionScope("a campaign", names.get("segment", ()), rfm=bool(names.get("rfm")), fields=own_fields(names))
    missing = f"{SCHEDULE.expected}, or 'on' with dates"
    kind = keys.one_of(SCHEDULE_KINDS, "one kind of schedule", missing=missing, parts=SCHEDULE_PARTS)
    schedule = read_schedule(keys, kind, *read_clock(keys)) or Schedule(0)
    send: Reader[Send] = Steps(scope, f"{value.path}.").send
    return Campaign(
        name=value.path.rpartition(".")[2],
        schedule=schedule,
        send=keys.need("send", send, Send((), ""), "what is sent"),
        to=keys.get("to", condition(scope), None, "who gets it"),
        priority=keys.get("priority", PRIORITY, 10, "higher goes first"),
        about=keys.get("about", TEXT, "", "what the campaign is for, in words"),
    )


CAMPAIGN: Reader[Campaign] = Record("campaign", _campaign)
