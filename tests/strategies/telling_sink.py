"""The sink of a story: the engine's log in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from strategies.hub import Hub
from strategies.observed import Observed
from strategies.vocabulary import ACTIONS, EVENT_MAP, EVENTS, MONEY_UNIT, REASONS, REFUSALS

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """One row of the log.  contact, run: keys, 0 for none; text: what happened, in words;
    category, value: attributes of an own action (of several texts the code's first)."""

    time: int
    customer: str
    event: str
    text: str
    contact: int = 0
    run: int = 0
    category: str | None = None
    value: float | None = None
    displaced_by: str = ""


@dataclass(frozen=True)
class Refusal:
    """An occurrence of a chain's trigger that began no run."""

    time: int
    customer: str
    chain: str
    reason: str
    part: int


class TellingSink:
    """Writes rows in words.  names: of the customers.  hub, observed: what codes stand for."""

    names: list[str]
    hub: Hub
    observed: Observed
    rows: list[Row]
    refusals: list[Refusal]

    def _note(self, time: Int64s, customer: Int64s, event: int, texts: list[str], contact: Any, run: Any) -> None:
        n = customer.size
        contacts = np.zeros(n, np.uint64) if contact is None else contact
        runs = np.zeros(n, np.uint64) if run is None else run
        for i in range(n):
            name = self.names[int(customer[i])]
            text = f"{EVENTS[event]}{texts[i]}"
            self.rows.append(Row(int(time[i]), name, EVENTS[event], text, int(contacts[i]), int(runs[i])))

    def log_observed(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        category: Int64s | None,
        value: Int64s | None,
        reason: NDArray[np.uint8] | int = 0,
    ) -> None:
        """A customer's own action, and what went wrong with the data."""
        first = len(self.rows)
        why = np.broadcast_to(reason, customer.size).tolist()
        self._note(time, customer, event, [f" ({REASONS[r]})" if r else "" for r in why], None, None)
        vocabularies = [one.texts for one in EVENT_MAP[event].attributes.values() if one.slot == "category"]
        names = self.observed.categories.get(vocabularies[0], ()) if vocabularies else ()
        for i, row in enumerate(self.rows[first:]):
            code = -1 if category is None else int(category[i])
            text = names[code % len(names)] if code >= 0 and names else None
            number = None if value is None else int(value[i]) / MONEY_UNIT
            self.rows[first + i] = replace(row, category=text, value=number)

    def log_run(
        self, event: int, customer: Int64s, time: Int64s, run_key: luck.Keys, chain: Int64s, reason: Int64s
    ) -> None:
        """A chain run."""
        texts = [
            f" {self.hub.sources[c]}{f' ({REASONS[r]})' if r else ''}"
            for c, r in zip(chain.tolist(), reason.tolist(), strict=True)
        ]
        self._note(time, customer, event, texts, None, run_key)

    def keeps_refusals(self, customer: Int64s) -> Int64s:
        """Everybody's."""
        return np.arange(customer.size)

    def log_refusal(self, customer: Int64s, time: Int64s, chain: int, reason: Int64s | int, part: int) -> None:
        """A refusal, beside the log."""
        for c, t, why in zip(
            customer.tolist(), time.tolist(), np.broadcast_to(reason, customer.size).tolist(), strict=True
        ):
            self.refusals.append(Refusal(t, self.names[c], self.hub.sources[chain], REFUSALS[why], part))

    def log_action(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        run_key: luck.Keys,
        chain: Int64s,
        reason: Int64s,
        action: int,
    ) -> None:
        """A step that sends nothing: ``action_taken set nudge (holdout)``."""
        word = f" {ACTIONS[action]}" if action >= 0 else ""
        texts = [
            f"{word} {self.hub.sources[c]}{f' ({REASONS[r]})' if r else ''}"
            for c, r in zip(chain.tolist(), reason.tolist(), strict=True)
        ]
        self._note(time, customer, event, texts, None, run_key)

    def log_contact(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        contact_key: luck.Keys,
        run_key: luck.Keys | None,
        site: Int64s,
        reason: Int64s | int,
        rule: Int64s | int = -1,
        displaced_by: Int64s | int = -1,
    ) -> None:
        """A contact: ``sent email:reminder``, ``held email:reminder (cap: caps[0])``."""
        columns = np.broadcast_arrays(site, reason, rule, displaced_by)
        names = self.hub.rule_names()
        texts = []
        for s, why, row, other in zip(*(column.tolist() for column in columns), strict=True):
            where = self.hub.sites[s]
            name = f": {names[row]}" if row >= 0 and names[row] != REASONS[why] else ""
            by = f", {self.hub.sources[other]} is on" if row >= 0 and names[row] == "one_main_chain" else ""
            texts.append(f" {where.way or 'work'}:{where.message.name}{f' ({REASONS[why]}{name}{by})' if why else ''}")
        first, others = len(self.rows), columns[3].tolist()
        self._note(time, customer, event, texts, contact_key, run_key)
        for number, other in enumerate(others, first):
            if other >= 0:
                self.rows[number] = replace(self.rows[number], displaced_by=self.hub.sources[other])

    def contact_cost(self, customer: Int64s, time: Int64s, cost: Int64s) -> None:
        """Costs are not told."""
