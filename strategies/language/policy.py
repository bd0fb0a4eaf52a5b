"""The contact policy block: who may be written to, how often and when not."""

from __future__ import annotations

from typing import Literal

from strategies.contact_policy import (
    RULE_FAMILIES,
    ContactPolicy,
    Exemption,
    InAppRules,
    OneMainChain,
    Preferences,
    QuietElsewhere,
    Sunset,
)
from strategies.language.budgets import BUDGETS
from strategies.language.cap_rows import AT_GOAL
from strategies.language.caps import CAPS
from strategies.language.dialects import DIALECT
from strategies.language.gaps import GAPS
from strategies.language.hours import QUIET_HOURS, SEND_WINDOWS
from strategies.language.in_app import IN_APP_RULES, refuse_idle_rows
from strategies.language.pauses import PAUSES
from strategies.language.reader import BOOL, Checked, Choice, ListOf, Reader, Value, whole
from strategies.language.records import Keys, MapOf, OrNone, Record
from strategies.language.scopes import SEGMENTS, held_at_most
from strategies.language.signs import SIGNS
from strategies.language.units import POSITIVE_DURATION
from strategies.language.words import (
    CHANNEL,
    PURPOSE,
    PURPOSE_LIST,
    THEN,
)
from strategies.vocabulary import DAY

DEFAULT_FREE = OneMainChain().free


def _quiet_elsewhere(keys: Keys) -> QuietElsewhere:
    purposes = keys.get("purposes", PURPOSE_LIST, ("promo", "content"), "what falls silent")
    then = keys.get("then", THEN, "wait", "hold the contact or drop it")
    events = tuple(
        (event, lasts)
        for event in ANSWERS
        if (lasts := keys.get(event, POSITIVE_DURATION, None, f"how long after an answer ({event})")) is not None
    )
    if not keys.value.node.entries.keys() & set(ANSWERS):
        keys.value.complain(f"{keys.value.path}: found no event, expected one or more of {', '.join(ANSWERS)}")
    return QuietElsewhere(events, purposes, then)


ANSWERS = ("click", "opened")
"""Answers that tell on which channel they came."""


def _preferences(keys: Keys) -> Preferences:
    then = keys.get("then", THEN, "drop", "hold what comes too soon for the customer's wish, or drop it")
    return Preferences(
        topics=keys.get("topics", OBEY, "obey", "topics that the customer switched off"),
        frequency=keys.get("frequency", OBEY, "obey", "how often the customer wants to be written to"),
        purposes=keys.get("purposes", PURPOSE_LIST, ("promo", "content"), "messages that the wishes speak of"),
        weekly=keys.get("weekly", POSITIVE_DURATION, 7 * DAY, "least time between messages for who chose weekly"),
        monthly=keys.get("monthly", POSITIVE_DURATION, 30 * DAY, "least time between messages for who chose monthly"),
        then=then,
        for_at_most=held_at_most(keys, then),
    )


OBEY: Reader[Literal["obey", "ignore"]] = Choice(("obey", "ignore"))
PREFERENCES: Reader[Preferences] = Record("preferences", _preferences)


def _one_main_chain(keys: Keys) -> OneMainChain:
    others = keys.get("others", THEN, "wait", "contacts of other chains")
    return OneMainChain(
        others=others,
        for_at_most=held_at_most(keys, others, "others"),
        running_lower=keys.get("running_lower", RUNNING_LOWER, "pause", "a running chain of lower priority"),
        campaigns=keys.get("campaigns", CAMPAIGNS, "skip", "campaigns to customers in a chain"),
        free=keys.get("free", ListOf(PURPOSE), DEFAULT_FREE, "purposes that the rule does not touch"),
        segments=keys.get("segment", SEGMENTS, (), "only for customers in one of these segments"),
    )


RUNNING_LOWER: Reader[Literal["pause", "finish"]] = Choice(("pause", "finish"))
CAMPAIGNS: Reader[Literal["skip", "wait", "send"]] = Choice(("skip", "wait", "send"))


def _exemption(keys: Keys) -> tuple[tuple[str, ...], bool]:
    obeys = keys.need("obeys", ListOf(Choice(RULE_FAMILIES, "rule")), (), "the rules that still hold")
    return obeys, keys.get("counts", BOOL, False, "does it count towards caps and gaps")


def _by_purpose(value: Value, rows: dict[str, tuple[tuple[str, ...], bool]]) -> tuple[Exemption, ...]:
    return tuple(Exemption(purpose, obeys, counts) for purpose, (obeys, counts) in rows.items())


EXEMPT: Reader[tuple[Exemption, ...]] = Checked(MapOf(Record("exemption", _exemption), PURPOSE), _by_purpose)


def _sunset(keys: Keys) -> Sunset:
    channel = keys.need("channel", CHANNEL, "email", "the channel on which nothing more goes out")
    none_of = keys.need("none_of", SIGNS, (), "signs of life")
    period = keys.need("for", POSITIVE_DURATION, 1, "how long without a sign of life")
    min_sends = keys.get("min_sends", whole(at_least=0, at_most=1_000_000), 0, "only after so many messages")
    keys.get("then", SUPPRESS, "suppress", "no more messages on the channel")
    return Sunset(channel, none_of, period, min_sends)


SUPPRESS: Reader[Literal["suppress"]] = Choice(("suppress",))


def _rows(keys: Keys) -> ContactPolicy:
    keys.get("like", DIALECT, None, "a vendor's bundle of rows, which stands under the keys written here")
    return ContactPolicy(
        preferences=keys.get("preferences", PREFERENCES, Preferences(), "what customers chose for themselves"),
        quiet_hours=keys.get("quiet_hours", QUIET_HOURS, (), "no contact in these hours"),
        send_windows=keys.get("send_window", SEND_WINDOWS, (), "contacts in these hours only"),
        caps=keys.get("caps", CAPS, (), "most contacts in a window"),
        min_gap=keys.get("min_gap", GAPS, (), "least time between contacts"),
        pause_after=keys.get("pause_after", PAUSES, (), "silence after a key action"),
        quiet_elsewhere=keys.get(
            "quiet_elsewhere_after",
            OrNone(Record("quiet_elsewhere_after", _quiet_elsewhere)),
            None,
            "silence on other channels after an answer on one",
        ),
        one_main_chain=keys.get(
            "one_main_chain",
            OrNone(Record("one_main_chain", _one_main_chain, "a mapping such as {others: wait}, {} for the defaults")),
            None,
            "one chain speaks at a time",
        ),
        exempt=keys.get("exempt", EXEMPT, (), "purposes that obey fewer rules"),
        in_app=keys.get("in_app", IN_APP_RULES, InAppRules(), "which rules hold for in-app messages"),
        sunset=keys.get("sunset", ListOf(Record("sunset", _sunset), lone=True), (), "no more to the inactive"),
        budget=keys.get("budget", BUDGETS, (), "contact cost at most"),
        at_goal=keys.get("at_goal", AT_GOAL, "go_on", "what a run does when its goal is reached"),
    )


def _policy(keys: Keys) -> ContactPolicy:
    policy = _rows(keys)
    refuse_idle_rows(keys, policy)
    return policy


POLICY: Reader[ContactPolicy] = Record("contact_policy", _policy)
