"""The contact policy block: who may be written to, how often and when not."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from strategies.contact_policy import (
    RULE_FAMILIES,
    Budget,
    Cap,
    ContactPolicy,
    Exemption,
    MinGap,
    OneMainChain,
    PauseAfter,
    QuietHours,
    Scope,
    Sunset,
)
from strategies.language.fields import FIELD_TABLE
from strategies.language.problems import not_available, unknown
from strategies.language.reader import BOOL, TEXT, Checked, Choice, Either, ListOf, Named, Reader, Value, whole
from strategies.language.records import Keys, MapOf, Record
from strategies.language.units import CLOCK, MONEY, NAME, PERIOD, POSITIVE_DURATION
from strategies.language.words import (
    CALENDAR,
    CHANNEL,
    EVENT,
    OBSERVED_EVENTS,
    PURPOSE,
    PURPOSE_LIST,
    THEN,
    ZONE,
)

COUNT = whole(at_least=1, at_most=1_000_000)
DEFAULT_FREE = OneMainChain().free
ACTIVITY: Reader[str] = Choice(OBSERVED_EVENTS, "event", aliases={"visit": "site_visited"})
"""Signs of life for a sunset; ``visit`` is short for ``site_visited``."""

MAXIMUM: Reader[int | dict[str, int]] = Either(COUNT, MapOf(COUNT, TEXT))
MAX_CAPS = 64


def _scope(keys: Keys) -> Scope:
    """The contacts that a row speaks of."""
    return Scope(
        channels=keys.get("channel", ListOf(CHANNEL, lone=True, at_least=1), (), "only these channels"),
        purposes=keys.get("purposes", PURPOSE_LIST, (), "only these purposes"),
        topics=keys.get("topic", ListOf(Named("topic"), lone=True, at_least=1), (), "only these topics"),
        chains=keys.get("chain", ListOf(Named("chain"), lone=True, at_least=1), (), "only these chains"),
        segments=keys.get("segment", ListOf(Named("segment"), lone=True, at_least=1), (), "only these segments"),
    )


def _held_at_most(keys: Keys, then: str, word: str = "then") -> int | None:
    """``for_at_most``, which only a row that lets contacts wait may have."""
    for_at_most = keys.get("for_at_most", POSITIVE_DURATION, None, "longest wait; then the contact is dropped")
    if for_at_most is not None and then != "wait":
        keys.complain(
            "for_at_most", f"{keys.value.path}: found 'for_at_most' with '{word}: {then}', expected '{word}: wait'"
        )
    return for_at_most


def _cap(keys: Keys) -> Cap:
    by = keys.get("by", TEXT, None, "a text field whose value picks the maximum")
    maximum = keys.need("max", MAXIMUM, 1, "most contacts in the window")
    calendar, rolling = keys.need("per", PERIOD, (None, 1), "day, week, month: calendar; 24h, 7d: rolling")
    then = keys.get("then", THEN, "wait", "hold the contact or drop it")
    if by is not None:
        _check_by(keys, by)
    return Cap(
        name=keys.get("name", NAME, "", "name of the row in logs"),
        maximum=_maximum(keys, by, maximum),
        calendar=calendar,
        rolling=rolling,
        scope=_scope(keys),
        by=by,
        maxima=tuple(maximum.items()) if isinstance(maximum, dict) else (),
        zone=keys.get("zone", ZONE, "customer", "whose calendar"),
        counts=keys.get("counts", COUNTS, "sent", "what counts"),
        then=then,
        for_at_most=_held_at_most(keys, then),
    )


COUNTS: Reader[Literal["attempted", "sent", "delivered"]] = Choice(("attempted", "sent", "delivered"))


def _check_by(keys: Keys, by: str) -> None:
    texts = [name for name, info in FIELD_TABLE.items() if info.type == "text"]
    if by not in texts:
        keys.complain("by", unknown("text field", by, f"{keys.value.path}.by", texts))
    elif by.startswith("rfm.") and not keys.value.reading.names.get("rfm"):
        keys.complain("by", f"{keys.value.path}.by: found '{by}', expected an 'rfm:' block that defines the scores")


def _maximum(keys: Keys, by: str | None, maximum: int | dict[str, int]) -> int:
    """The number for all, or the ``else`` of several, which is taken out of them."""
    where = f"{keys.value.path}.max"
    if isinstance(maximum, int):
        if by is not None:
            keys.complain("max", f"{where}: found one number with 'by: {by}', expected a mapping of values with 'else'")
        return maximum
    if by is None:
        keys.complain("max", f"{where}: found a mapping without 'by', expected 'by: rfm.segment' or another text field")
    known = FIELD_TABLE[by].values if by in FIELD_TABLE else ()
    node = keys.value.node.entries["max"][1]
    for name, (mark, _) in node.entries.items():
        if known and name not in (*known, "else"):
            keys.value.complain(unknown("value", name, where, (*known, "else")), mark)
    if "else" not in node.entries:
        keys.complain("max", f"{where}: found no 'else', expected a maximum for all other values")
    return maximum.pop("else", 1)


def _named_caps(value: Value, caps: tuple[Cap, ...]) -> tuple[Cap, ...]:
    """Gives caps without a name their position; names are unique."""
    if len(caps) > MAX_CAPS:
        value.complain(f"{value.path}: found {len(caps)} caps, expected at most {MAX_CAPS}")
    named = tuple(replace(cap, name=cap.name or f"caps[{index}]") for index, cap in enumerate(caps))
    names = [cap.name for cap in named]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            value.complain(f"{value.path}: found the name '{name}' more than once, expected each name once")
    return named


def _quiet_hours(keys: Keys) -> QuietHours:
    begin = keys.need("from", CLOCK, 0, "begin of the silence")
    end = keys.need("to", CLOCK, 1, "end of the silence")
    check_window(keys, begin, end)
    zone = keys.get("zone", ZONE, "customer", "whose clock")
    return QuietHours(begin, end, zone, keys.get("then", THEN, "wait", "hold the contact or drop it"))


def check_window(keys: Keys, begin: int, end: int) -> None:
    """A window of clock times must not be empty."""
    if begin == end:
        keys.complain("to", f"{keys.value.path}: found the same time at both ends, expected a window")


def _min_gap(keys: Keys) -> MinGap:
    then = keys.get("then", THEN, "wait")
    return MinGap(
        any=keys.get("any", POSITIVE_DURATION, None, "to any other contact"),
        same_topic=keys.get("same_topic", POSITIVE_DURATION, None, "to a contact of the same topic"),
        same_offer=keys.get("same_offer", POSITIVE_DURATION, None, "to a contact with the same offer"),
        own_run=keys.get("own_run", OWN_RUN, "obey", "do contacts of the same chain run count"),
        then=then,
        for_at_most=_held_at_most(keys, then),
    )


OWN_RUN: Reader[Literal["ignore", "obey"]] = Choice(("ignore", "obey"))


def _pause_after(keys: Keys) -> PauseAfter:
    purposes = keys.get("purposes", PURPOSE_LIST, ("promo", "content"), "what falls silent")
    then = keys.get("then", THEN, "wait")
    events = keys.rest(EVENT, POSITIVE_DURATION)
    if not keys.value.node.entries.keys() - {"purposes", "then"}:
        keys.value.complain(f"{keys.value.path}: found no event, expected one or more such as 'order: 2d'")
    return PauseAfter(tuple(events.items()), purposes, then)


def _one_main_chain(keys: Keys) -> OneMainChain:
    others = keys.get("others", THEN, "wait", "contacts of other chains")
    return OneMainChain(
        others=others,
        for_at_most=_held_at_most(keys, others, "others"),
        running_lower=keys.get("running_lower", RUNNING_LOWER, "pause", "a running chain of lower priority"),
        campaigns=keys.get("campaigns", CAMPAIGNS, "skip", "campaigns to customers in a chain"),
        free=keys.get("free", ListOf(PURPOSE), DEFAULT_FREE, "purposes that the rule does not touch"),
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
    channel = keys.need("channel", CHANNEL, "email")
    none_of = keys.need("none_of", ListOf(ACTIVITY, lone=True, at_least=1), (), "signs of life")
    period = keys.need("for", POSITIVE_DURATION, 1, "how long without a sign of life")
    min_sends = keys.get("min_sends", whole(at_least=0, at_most=1_000_000), 0, "only after so many messages")
    keys.get("then", SUPPRESS, "suppress")
    return Sunset(channel, none_of, period, min_sends)


SUPPRESS: Reader[Literal["suppress"]] = Choice(("suppress",))


def _budget(keys: Keys) -> Budget:
    maximum = keys.need("max", MONEY, 0, "contact cost in currency units")
    return Budget(maximum, keys.need("per", CALENDAR, "month"))


def _policy(keys: Keys) -> ContactPolicy:
    keys.refuse("like", not_available("like", POLICY_KEYS, "contact_policy"))
    return ContactPolicy(
        quiet_hours=keys.get("quiet_hours", Record("quiet_hours", _quiet_hours), None, "no contact in these hours"),
        caps=keys.get("caps", Checked(ListOf(Record("cap", _cap)), _named_caps), (), "most contacts in a window"),
        min_gap=keys.get("min_gap", Record("min_gap", _min_gap), None, "least time between contacts"),
        pause_after=keys.get("pause_after", Record("pause_after", _pause_after), None, "silence after a key action"),
        one_main_chain=keys.get(
            "one_main_chain", Record("one_main_chain", _one_main_chain), None, "one chain speaks at a time"
        ),
        exempt=keys.get("exempt", EXEMPT, (), "purposes that obey fewer rules"),
        sunset=keys.get("sunset", ListOf(Record("sunset", _sunset), lone=True), (), "no more to the inactive"),
        budget=keys.get("budget", Record("budget", _budget), None, "contact cost at most"),
    )


POLICY_KEYS = ("quiet_hours", "caps", "min_gap", "pause_after", "one_main_chain", "exempt", "sunset", "budget")
POLICY: Reader[ContactPolicy] = Record("contact_policy", _policy)
