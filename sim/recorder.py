"""The recorder: counts, money and the event log of one block of worlds.

Everything is added up in integers, so sums do not depend on the order in which rows come in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.event_log import EventLog
from sim.kernel import luck
from sim.kernel.calendar import DAY
from sim.kernel.short import distinct, greatest
from sim.refusals import RefusalTally
from sim.result import DAILY_COUNTS, OUTCOME_COUNTS, OUTCOME_MONEY
from sim.tally import Tally
from strategies.observed import Observed
from strategies.vocabulary import ADDRESSED_CHANNELS, CHANNELS, EVENT_CODE, EVENT_MAP, REASON_CODE, REASONS

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_COUNTED_AT_ONCE = 50_000
_Noted = tuple[Int64s, Int64s, Int64s | None]
"""(customer, time, contact site or chain) of events of one kind."""
_COUNTED = {
    "sent": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "click": "clicked",
    "in_app_shown": "impressions",
}
_COUNTED_CODES = {EVENT_CODE[event]: column for event, column in _COUNTED.items()}
_LEFT = {EVENT_CODE[name] for name in ("unsubscribed", "complained", "blocked", "push_disabled")}
_COMPLAINED = EVENT_CODE["complained"]
_SENT = EVENT_CODE["sent"]
_CONTENTS = np.array([REASON_CODE[name] for name in ("", "broken", "fallback")])
"""Reasons that a sent contact may have: counted apart."""
_CONTENT_OF_REASON = np.zeros(len(REASONS), np.int64)
_CONTENT_OF_REASON[_CONTENTS] = np.arange(_CONTENTS.size)
_ORDER = EVENT_CODE["order"]
_RETURNED = EVENT_CODE["returned"]
_REOPENED = REASON_CODE["reopened"]
_TOLD_AGAIN = (REASON_CODE["arrived"], REASON_CODE["doubled"])
_FIRST_CONTACT_EVENT = EVENT_CODE["held"]
_RUN_EVENTS = frozenset(EVENT_CODE[name] for name in ("chain_entered", "chain_exited", "goal_reached", "action_taken"))
_MICRO = 1_000_000


class Recorder:
    """Records what happens in ``worlds`` stacked worlds from time 0 to ``days`` days.

    log, spool: what the event log keeps and where (:class:`sim.event_log.EventLog`).
    """

    def __init__(self, observed: Observed, days: int, log: str, spool: Path | None = None) -> None:
        self.observed = observed
        self.worlds = observed.columns.worlds
        self.days = days
        self.end = days * DAY
        self.log = EventLog(observed.columns.customers, log, spool)
        self._counts: dict[int, Tally] = {}
        self._noted: dict[int, list[_Noted]] = {}
        """Events by code that are not yet counted."""
        self._waiting = 0
        size = observed.columns.size
        self.outcomes: dict[str, NDArray[Any]] = {name: np.zeros(size, np.int64) for name in OUTCOME_MONEY}
        self.outcomes.update({name: np.zeros(size, np.int32) for name in OUTCOME_COUNTS})
        flags = ["unsubscribed", *(f"unsubscribed_{channel}" for channel in ADDRESSED_CHANNELS), "complained"]
        self.outcomes.update({name: np.zeros(size, bool) for name in flags})
        money = ("contribution", "revenue", "contact_cost", "offer_cost")
        names = (*DAILY_COUNTS, *money, "fatigue_micro")
        self.daily = {name: np.zeros((self.worlds * 2, days), np.int64) for name in names}
        self._refunds = np.zeros((self.worlds * 2, days), np.int64)
        self.inbox = np.full((self.worlds, days), np.nan)

    def open(self, control: Bools, channel_of_site: Int64s, chains: int, sample_keys: luck.Keys) -> None:
        """Tell who is in the control group, the channels of all arms' sites, how many chains and campaigns all arms
        have, and the keys that a log sample hashes.
        """
        columns = self.observed.columns
        self.control = control
        self._channel_of_site = channel_of_site
        self._sites, self._chains = channel_of_site.size, chains
        self._cell = (np.arange(columns.size) // columns.customers * 2 + control).astype(np.int64)
        self._has_ordered = np.zeros(columns.size, bool)
        self._in_control = [mine.nonzero()[0] for mine in control.reshape(self.worlds, -1)]
        """Positions of the control group in each world."""
        self._group_sizes = self._by_group(np.ones(columns.size, bool))
        self.log.open(sample_keys)
        self.refusals = RefusalTally(chains)

    def begin(self) -> None:
        """Note who ordered before time 0, once the observed columns hold the past (later they may be faulty)."""
        self._has_ordered = self.observed.orders > 0

    def note_owed(self, money: Int64s) -> None:
        """What customers are owed in points at the end.  money: (N,)."""
        self.outcomes["points_owed"][:] = money

    # ------------------------------------------------------------------ the strategies' sink

    def log_observed(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        category: Int64s | None,
        value: Int64s | None,
        reason: NDArray[np.uint8] | int = 0,
    ) -> None:
        """A customer's own action; one that is told once more (late, or twice) is counted once."""
        if not customer.size:
            return
        if greatest(time) >= self.end:
            keep = (time < self.end).nonzero()[0]
            customer, time = customer.take(keep), time.take(keep)
            category = None if category is None else category.take(keep)
            value = None if value is None else value.take(keep)
            reason = reason if isinstance(reason, int) else reason.take(keep)
        if not (isinstance(reason, int) and reason in _TOLD_AGAIN):
            self._count(event, customer, time, None)
        if self.log.keeps_own_actions:
            self.log.append(event, customer, time, reason=reason, category=category, value=value)

    def log_run(
        self, event: int, customer: Int64s, time: Int64s, run_key: luck.Keys, chain: Int64s, reason: Int64s
    ) -> None:
        """A chain run began, ended or reached its goal."""
        if time.size and int(time[0]) >= self.end:  # runs closed at the very end
            return
        self._count(event, customer, time, chain)
        if self.log.keeps_contacts:
            self.log.append(event, customer, time, run=run_key, chain=chain, reason=reason)

    def keeps_refusals(self, customer: Int64s) -> Int64s:
        """Positions of the customers whose refusals are recorded: those of whom the log tells."""
        return self.log.kept(customer)

    def log_refusal(self, customer: Int64s, time: Int64s, chain: int, reason: Int64s | int, part: int) -> None:
        """A chain's trigger came and no run began."""
        self.refusals.add(customer, time, chain, reason, part)

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
        """A step that sends nothing.  Consent given up by the company is nobody's leaving."""
        if time.size and int(time[0]) >= self.end:
            return
        self._count(event, customer, time, chain if event in _RUN_EVENTS else None)
        if self.log.keeps_contacts:
            category = None if action < 0 else np.full(customer.size, action)
            self.log.append(event, customer, time, run=run_key, chain=chain, reason=reason, category=category)

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
        """Something happened to contacts.  A message opened by a proxy and then by its owner counts once."""
        if time.size and int(time[0]) >= self.end:  # contacts withdrawn at the very end
            return
        if not (isinstance(reason, int) and reason == _REOPENED):
            self._count(event, customer, time, self._counted_at(event, site, reason))
            column = _COUNTED_CODES.get(event)
            if column is not None:
                self.outcomes[column][customer] += 1
        if event in _LEFT:
            self._note_leaving(event, customer, site)
        if self.log.keeps_contacts:
            self.log.append(
                event,
                customer,
                time,
                contact=contact_key,
                run=run_key,
                site=site,
                reason=reason,
                rule=rule,
                displaced_by=displaced_by,
            )

    def contact_cost(self, customer: Int64s, time: Int64s, cost: Int64s) -> None:
        """Price of sent contacts; it lowers the contribution."""
        self.outcomes["contact_cost"][customer] += cost
        self.outcomes["contribution"][customer] -= cost
        self._money("contact_cost", customer, time, cost)
        self._money("contribution", customer, time, -cost)

    # ------------------------------------------------------------------ the world's side

    def order(self, customer: Int64s, time: Int64s, revenue: Int64s, contribution: Int64s, offer_cost: Int64s) -> None:
        """Money of orders (before they become known to the strategies).

        contribution: margin minus offer cost, before contact cost.
        """
        outcomes = self.outcomes
        outcomes["repeat_orders"][customer] += self._has_ordered.take(customer)
        self._has_ordered[customer] = True
        outcomes["orders"][customer] += 1
        for name, amount in (("revenue", revenue), ("contribution", contribution), ("offer_cost", offer_cost)):
            outcomes[name][customer] += amount
            self._money(name, customer, time, amount)

    def returned(self, customer: Int64s, time: Int64s, refund: Int64s) -> None:
        """Refunds of what comes back lower the revenue."""
        self.outcomes["revenue"][customer] -= refund
        self._money("revenue", customer, time, -refund)
        np.add.at(self._refunds.reshape(-1), self._cell.take(customer) * self.days + time // DAY, refund)

    def lost(self, customer: Int64s, time: Int64s, loss: Int64s) -> None:
        """What it had contributed, and its handling, lower the contribution."""
        self.outcomes["contribution"][customer] -= loss
        self._money("contribution", customer, time, -loss)

    def end_of_day(
        self, time: int, fatigue: NDArray[np.float64], inbox: NDArray[np.float64], mailbox_works: Bools
    ) -> None:
        """The course of the base as of the end of the day before ``time``.

        fatigue: (N,) level of each customer; inbox: (W,) share of e-mail that reached the inbox; mailbox_works: (N,).
        """
        day = time // DAY - 1
        may = self.observed.address & self.observed.consent
        by_mail = may[CHANNELS.index("email")]
        flags = {
            "reachable_email": by_mail,
            "reachable_any": may.any(axis=0),
            "truly_reachable_email": by_mail & mailbox_works,
        }
        for name, reached in flags.items():
            self.daily[name][:, day] = self._by_group(reached)
        self.daily["customers"][:, day] = self._group_sizes
        micro = np.multiply(fatigue, _MICRO)
        np.rint(micro, out=micro)  # whole numbers: the float sums below are exact
        by_world = micro.reshape(self.worlds, -1)
        inside = np.array([by_world[world].take(index).sum() for world, index in enumerate(self._in_control)])
        self.daily["fatigue_micro"][:, day] = np.column_stack((by_world.sum(axis=1) - inside, inside)).reshape(-1)
        self.inbox[:, day] = inbox

    # ------------------------------------------------------------------ adding up

    def _by_group(self, flags: Bools) -> Int64s:
        """(worlds * 2,) how many customers outside and inside each world's control group are flagged."""
        by_world = flags.reshape(self.worlds, -1)
        inside = [np.count_nonzero(by_world[world].take(index)) for world, index in enumerate(self._in_control)]
        counts = [np.count_nonzero(mine) for mine in by_world]
        return np.array(
            [(count - of_control, of_control) for count, of_control in zip(counts, inside, strict=True)]
        ).reshape(-1)

    def _money(self, name: str, customer: Int64s, time: Int64s, amount: Int64s) -> None:
        np.add.at(self.daily[name].reshape(-1), self._cell.take(customer) * self.days + time // DAY, amount)

    def _counted_at(self, event: int, site: Int64s, reason: Int64s | int) -> Int64s:
        """Where contacts are counted: at their site, and what was sent also by what its blocks lacked."""
        if event != _SENT or isinstance(reason, int):
            return site
        return site + self._sites * _CONTENT_OF_REASON.take(reason)

    def _width(self, event: int) -> int:
        """Into how many parts the counts of an event fall: contact sites or chains (0 is none), or not at all."""
        if event in _RUN_EVENTS:
            return self._chains + 1
        if event == _SENT:
            return self._sites * _CONTENTS.size + 1
        return self._sites + 1 if event >= _FIRST_CONTACT_EVENT else 1

    def _count(self, event: int, customer: Int64s, time: Int64s, where: Int64s | None) -> None:
        """Count an event by world, control group, day, and contact site or chain (``where``).

        It is noted now and counted by the thousand, since a call costs the same for few as for many: nobody may
        change the arrays afterwards.
        """
        self._noted.setdefault(event, []).append((customer, time, where))
        self._waiting += customer.size
        if self._waiting >= _COUNTED_AT_ONCE:
            self._add_up()

    def _add_up(self) -> None:
        """Count what was noted."""
        for event, noted in self._noted.items():
            width = self._width(event)
            index = self._cell.take(np.concatenate([customer for customer, _, _ in noted])) * self.days
            index += np.concatenate([time for _, time, _ in noted]) // DAY
            if width > 1:
                index *= width
                index += np.concatenate([np.zeros_like(who) if where is None else where + 1 for who, _, where in noted])
            self._counts.setdefault(event, Tally()).add(index)
        self._noted, self._waiting = {}, 0

    def _note_leaving(self, event: int, customer: Int64s, site: Int64s) -> None:
        self.outcomes["unsubscribed"][customer] = True
        if event == _COMPLAINED:
            self.outcomes["complained"][customer] = True
        channel = self._channel_of_site.take(site)
        for code in distinct(channel):
            self.outcomes[f"unsubscribed_{CHANNELS[code]}"][customer[channel == code]] = True

    def counts(self) -> dict[str, NDArray[Any]]:
        """The sparse table of counts (see :class:`sim.result.BlockResult`)."""
        names = ("world", "control", "day", "site", "chain", "event", "reason", "count", "value")
        columns: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
        self._add_up()
        value_of = {_ORDER: self.daily["revenue"] + self._refunds, _RETURNED: self._refunds}
        for event, tally in sorted(self._counts.items()):
            width = self._width(event)
            index, counts = tally.cells()
            cell, rest = np.divmod(index, self.days * width)
            day, where = np.divmod(rest, width)
            of_run, content = event in _RUN_EVENTS, np.zeros_like(where)
            if event == _SENT:
                content, where = np.divmod(where - 1, self._sites)
                where += 1
            none = np.full(index.size, -1, np.int16)
            columns["world"].append((cell // 2).astype(np.int32))
            columns["control"].append((cell % 2).astype(np.int8))
            columns["day"].append(day.astype(np.int32))
            columns["site"].append(none if of_run else (where - 1).astype(np.int16))
            columns["chain"].append((where - 1).astype(np.int16) if of_run else none)
            columns["event"].append(np.full(index.size, event, np.uint8))
            columns["reason"].append(_CONTENTS.take(content).astype(np.uint8))
            columns["count"].append(counts)
            value = value_of.get(event)
            columns["value"].append(np.zeros(index.size, np.int64) if value is None else value[cell, day])
        return {name: np.concatenate(parts) if parts else np.empty(0, np.int64) for name, parts in columns.items()}


class Silence:
    """A recorder that records nothing, for the simulated past."""

    def keeps_refusals(self, customer: Int64s) -> Int64s:
        """Nobody's."""
        return np.empty(0, np.int64)

    def log_refusal(self, *args: object) -> None:
        """Nothing."""

    def log_observed(self, *args: object) -> None:
        """Nothing."""

    def log_run(self, *args: object) -> None:
        """Nothing."""

    def log_action(self, *args: object) -> None:
        """Nothing."""

    def log_contact(self, *args: object) -> None:
        """Nothing."""

    def contact_cost(self, *args: object) -> None:
        """Nothing."""

    def order(self, *args: object) -> None:
        """Nothing."""

    def returned(self, *args: object) -> None:
        """Nothing."""

    def lost(self, *args: object) -> None:
        """Nothing."""


assert len(EVENT_MAP) <= 64, "events are kept in 64-bit sets"
