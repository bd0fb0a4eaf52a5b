"""Caps: at most so many contacts in a window."""

from __future__ import annotations

from strategies.contact_policy import Cap
from strategies.language.cap_rows import CAP_THEN, OWN_RULE, check_replacements, retry_attempts, retry_every, week_from
from strategies.language.fields import FIELD_TABLE
from strategies.language.named_rows import with_names
from strategies.language.problems import unknown
from strategies.language.reader import TEXT, Checked, Either, ListOf, Reader, Refused, Scalar, Value
from strategies.language.records import Keys, MapOf, Record
from strategies.language.scopes import COUNT, COUNTS, held_at_most, scope_of
from strategies.language.units import NAME, WINDOW
from strategies.language.words import ZONE


def _most(scalar: str | int | float | bool) -> int:
    if not isinstance(scalar, bool) and scalar == 0:
        raise Refused(
            "; who is to get none is left out by 'to' of a campaign, by 'enter' of a chain, or by consent, not by a cap"
        )
    return COUNT.parse(scalar)


MOST: Scalar[int] = Scalar(COUNT.expected, _most, COUNT.json)
MAXIMUM: Reader[int | dict[str, int]] = Either(MOST, MapOf(MOST, TEXT))
MAX_CAPS = 64


def _cap(keys: Keys) -> Cap:
    by = keys.get("by", TEXT, None, "a text field whose value picks the maximum")
    maximum = keys.need("max", MAXIMUM, 1, "most contacts in the window")
    about = "day, week, month: calendar; 24h, 7d: rolling; 7 calendar days: local days, today the last"
    calendar, rolling, days = keys.need("per", WINDOW, (None, 1, 1), about)
    then = keys.get("then", CAP_THEN, "wait", "hold the contact until the window opens, try again every so often, drop")
    if by is not None:
        _check_by(keys, by)
    return Cap(
        name=keys.get("name", NAME, "", "name of the row in logs"),
        maximum=_maximum(keys, by, maximum),
        calendar=calendar,
        rolling=rolling,
        scope=scope_of(keys),
        by=by,
        maxima=tuple(maximum.items()) if isinstance(maximum, dict) else (),
        zone=keys.get("zone", ZONE, "customer", "whose calendar"),
        counts=keys.get("counts", COUNTS, "sent", "what counts"),
        then=then,
        for_at_most=held_at_most(keys, then),
        days=days,
        week_from=week_from(keys, calendar),
        every=retry_every(keys, then),
        attempts=retry_attempts(keys, then),
        instead_of=keys.get("instead_of", ListOf(NAME, lone=True, at_least=1), (), "caps that this one replaces"),
        own_rule=keys.get("own_rule", OWN_RULE, "also", "is this cap replaced by a frequency that the customer chose"),
    )


def _check_by(keys: Keys, by: str) -> None:
    texts = [name for name, info in FIELD_TABLE.items() if info.type == "text"]
    if by not in texts:
        keys.complain("by", unknown("text field", by, f"{keys.value.path}.by", texts))
    elif by.startswith("rfm.") and not keys.value.reading.names.get("rfm"):
        keys.complain("by", f"{keys.value.path}.by: found '{by}', expected an 'rfm:' block that defines the scores")
    elif by == "tier" and not keys.value.reading.names.get("tier"):
        keys.complain("by", f"{keys.value.path}.by: found 'tier', expected 'tiers' in a 'loyalty:' block")


def _maximum(keys: Keys, by: str | None, maximum: int | dict[str, int]) -> int:
    """The number for all, or the ``else`` of several, which is taken out of them."""
    where = f"{keys.value.path}.max"
    if isinstance(maximum, int):
        if by is not None:
            keys.complain("max", f"{where}: found one number with 'by: {by}', expected a mapping of values with 'else'")
        return maximum
    if by is None:
        keys.complain("max", f"{where}: found a mapping without 'by', expected 'by: rfm.segment' or another text field")
    names, info = keys.value.reading.names, FIELD_TABLE.get(by or "")
    known = (info.values or names.get(info.texts, ())) if info else ()
    if by == "rfm.segment":
        known = names.get("rfm cell") or known
    node = keys.value.node.entries["max"][1]
    for name, (mark, _) in node.entries.items():
        if known and name not in (*known, "else"):
            keys.value.complain(unknown("value", name, where, (*known, "else")), mark)
    if "else" not in node.entries:
        keys.complain("max", f"{where}: found no 'else', expected a maximum for all other values")
    return maximum.pop("else", 1)


def _named_caps(value: Value, caps: tuple[Cap, ...]) -> tuple[Cap, ...]:
    """Gives caps without a name their position; names are unique."""
    named = with_names(value, caps, "caps", lone="caps[0]", most=MAX_CAPS)
    check_replacements(value, named)
    return named


CAPS: Reader[tuple[Cap, ...]] = Checked(ListOf(Record("cap", _cap)), _named_caps)
