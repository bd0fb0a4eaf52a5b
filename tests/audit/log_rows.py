"""From the arrays of a log to the rows that the auditor reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from experiments.decoding import text_attributes
from sim.result import NO_VALUE, EventRows
from strategies.vocabulary import EVENTS, MONEY_UNIT, REASONS
from tests.audit.base import Row

Place = tuple[str, str, str, str]
"""Channel, chain (or campaign), step, message of a contact site."""
NOWHERE: Place = ("", "", "", "")
NUMBERS = ("world", "customer", "time", "event", "contact", "run", "site", "chain", "reason", "rule")


def rows_of(
    parts: Iterable[EventRows],
    texts: Mapping[str, tuple[str, ...]],
    sites: Sequence[Place],
    sources: Sequence[str],
    rules: Sequence[str],
    arm: str,
) -> list[Row]:
    """All rows, in the order of the log.  sources: chains and campaigns by number.  rules: rows of policies."""
    rows = []
    for part in parts:
        values = [getattr(part, name).tolist() for name in (*NUMBERS, "displaced_by", "value")]
        words = text_attributes(texts, part.event, part.category).to_list()
        for world, customer, time, event, contact, run, site, chain, reason, rule, by, value, text in zip(
            *values, words, strict=True
        ):
            channel, origin, step, message = sites[site] if site >= 0 else NOWHERE
            rows.append(
                Row(
                    arm=arm,
                    replication=world,
                    customer=customer,
                    time=time,
                    event=EVENTS[event],
                    contact=contact,
                    run=run,
                    channel=channel,
                    chain=origin or (sources[chain] if chain >= 0 else ""),
                    step=step,
                    message=message,
                    reason=REASONS[reason],
                    rule=rules[rule] if rule >= 0 else "",
                    displaced_by=sources[by] if by >= 0 else "",
                    value=value / MONEY_UNIT if value != NO_VALUE else None,
                    category=text or "",
                )
            )
    return rows
