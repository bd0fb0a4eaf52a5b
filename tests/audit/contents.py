"""Contents of messages as the auditor reads them: variants, personal blocks, which channel is best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tests.audit.words import DAY, Raw, listed

if TYPE_CHECKING:
    from tests.audit.facts import Facts, Row

WHOLE = ("", "broken", "fallback")
"""Reasons of a message that was sent."""


def named_apart(raw: Raw, rows: Iterable[Row]) -> list[Row]:
    """The rows with the name of the message that stands in steps, and beside it the variant that went out."""
    tested = {
        f"{name}.{variant}": (name, variant)
        for name, given in raw.get("messages", {}).items()
        for variant in given.get("variants", ())
    }
    apart = []
    for row in rows:
        name, variant = tested.get(row.message, (row.message, ""))
        apart.append(row._replace(message=name, variant=variant))
    return apart


def drawn_variants(rows: Sequence[Row]) -> tuple[dict[str, Counter[str]], list[tuple[Row, str]]]:
    """Customers by message and variant, and the rows at which somebody got another variant than before."""
    kept: dict[tuple[int, str], str] = {}
    moved = []
    for row in rows:
        if not row.variant:
            continue
        before = kept.setdefault((row.customer, row.message), row.variant)
        if before != row.variant:
            moved.append((row, before))
    counts: dict[str, Counter[str]] = {}
    for (_, message), variant in kept.items():
        counts.setdefault(message, Counter())[variant] += 1
    return counts, moved


def expected_reasons(given: Raw, variant: str, facts: Facts, reacted: bool, time: int) -> set[str]:
    """``broken`` or ``fallback`` where the company lacks data of a block, '' where it has all.

    reacted: an earlier message of the run was delivered.  Two reasons where it hangs on which of equal
    categories counts as the favourite, which the log does not tell.
    """
    said = {**given, **given.get("variants", {}).get(variant, {})}
    known = [_known(name, facts, reacted, time) for name in listed(said.get("personal"))]
    lacking = "fallback" if said.get("fallback") else "broken"
    if False in known:
        return {lacking}
    return {"", lacking} if None in known else {""}


def _known(name: str, facts: Facts, reacted: bool, time: int) -> bool | None:
    deeds = facts.memberships.deeds
    last = {event: (when, category) for when, event, category in deeds}
    if name == "reaction":
        return reacted
    if name == "name":
        registered = facts.customer.registered
        return "order" in last or "registered" in last or (registered is not None and registered <= time)
    if name == "last_order":
        return "order" in last
    if name == "favourite_items":
        return "favourite_added" in last
    if name == "viewed_items":
        return "product_viewed" in last and time - last["product_viewed"][0] <= 30 * DAY
    if name == "cart_items":
        carts = [when for when, event, _ in deeds if event in ("cart_added", "cart_abandoned", "cart_emptied")]
        told = [event for _, event, _ in deeds if event in ("cart_added", "cart_abandoned", "cart_emptied")]
        return bool(told) and told[-1] != "cart_emptied" and time - carts[-1] <= 30 * DAY
    if name == "favourite_category":
        return bool(_favourites(facts))
    if name == "recommended":
        return _recommends(facts, time)
    raise KeyError(name)


def _favourites(facts: Facts) -> set[str]:
    """The categories of most deeds, all of equals."""
    telling = ("cart_added", "cart_abandoned", "product_viewed", "favourite_added", "order")
    counts = Counter(category for _, event, category in facts.memberships.deeds if event in telling and category)
    return {category for category, count in counts.items() if count == max(counts.values())}


def _recommends(facts: Facts, time: int) -> bool | None:
    """Whether there is something to recommend; None where it hangs on which of equal favourites counts."""
    views = [(when, what) for when, event, what in facts.memberships.deeds if event == "product_viewed"]
    orders = [(when, what) for when, event, what in facts.memberships.deeds if event == "order"]
    bought, ordered = orders[-1] if orders else (-1, "")
    if views and time - views[-1][0] <= 30 * DAY and (ordered != views[-1][1] or bought < views[-1][0]):
        return True
    favourites = _favourites(facts)
    if not orders or ordered not in favourites or time - bought > 14 * DAY:
        return bool(favourites)
    return False if len(favourites) == 1 else None


def best_of(channels: Sequence[str], facts: Facts) -> str:
    """The best of the channels that reach, in the listed order: fractions compared crosswise."""
    if sum(facts.tried[channel] for channel in channels) < 5:
        return channels[0]
    best = channels[0]
    for channel in channels[1:]:
        mine = (facts.clicks[channel] + 1) * (facts.tried[best] + 20)
        if mine > (facts.clicks[best] + 1) * (facts.tried[channel] + 20):
            best = channel
    return best
