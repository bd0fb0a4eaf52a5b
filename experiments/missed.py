"""Where in a customer's story a chain did not begin though the event came that triggers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from experiments.not_entered import UNHEARD, Facts, date, part, why_refused
from experiments.sentences import NOT_ENTERED
from strategies.chain_triggers import EventTrigger
from strategies.language.units import format_duration
from strategies.scenario import Chain
from strategies.vocabulary import DAY


def with_missed(facts: Facts, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, and behind each trigger event of a chain that did not enter a row that says so."""
    entries = {(row["chain"], row["time"]) for row in rows if row["event"] == "chain_entered"}
    live: dict[str, set[int]] = defaultdict(set)
    last: dict[str, int] = {}
    told: list[dict[str, Any]] = []
    for row in rows:
        told.append(row)
        if row["event"] == "chain_entered":
            live[row["chain"]].add(row["run"])
            last[row["chain"]] = row["time"]
        elif row["event"] == "chain_exited":
            live[row["chain"]].discard(row["run"])
        if row["time"] >= facts.days * DAY or row["reason"] in UNHEARD:
            continue
        for chain in facts.scenario.chains:
            trigger, time = chain.trigger, row["time"]
            if not isinstance(trigger, EventTrigger) or row["event"] not in trigger.events:
                continue
            if (chain.name, time) not in entries:
                why = _by_the_log(chain, bool(live[chain.name]), last.get(chain.name), time, facts)
                why = why or _by_refusals(chain, time, facts)
                told.append({"time": time, "event": NOT_ENTERED, "chain": chain.name, "reason": why})
    return told


def _by_refusals(chain: Chain, time: int, facts: Facts) -> str | None:
    """The reason that was recorded for the moment; None where several come into question."""
    mine = [row for row in facts.refusals or () if row["chain"] == chain.name and row["first"] <= time <= row["last"]]
    sure = [row for row in mine if time in (row["first"], row["last"])] or mine
    return why_refused(chain, sure[0]["reason"], part(chain, sure[0])) if len(sure) == 1 else None


def _by_the_log(chain: Chain, is_live: bool, last: int | None, time: int, facts: Facts) -> str | None:
    """The reason as far as the log shows it; None where a condition must have decided."""
    if is_live and chain.on_retrigger == "ignore":
        return "a run of it was under way"
    if last is None or (chain.reenter is not None and time - last >= chain.reenter):
        return None
    again = f"only {format_duration(chain.reenter)} after entry" if chain.reenter else "never"
    return f"too early, it entered on {date(facts.local(last))} and re-enters {again}"
