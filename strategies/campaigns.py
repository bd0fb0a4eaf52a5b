"""Calendars: mass campaigns and scheduled triggers, planned at the beginning of each company day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.calendar import FIRST_DAY, Calendar
from strategies.chain_triggers import Schedule
from strategies.contacts import OUT_OF_REACH
from strategies.kinds import SEND
from strategies.ports import with_world_bits
from strategies.scenario import Campaign
from strategies.vocabulary import CHANNEL_CODE, DAY

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CAMPAIGN = luck.purpose("strategies.campaign")


class CampaignCalendar:
    """Plans one arm's campaigns.

    A campaign falls due at its clock time in the customer's zone.  Its contact's luck is told by
    channel, local date and ordinal among that day's campaigns on the channel (by clock, priority, name).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        chains = len(engine.program.chains)
        campaigns = engine.program.scenario.campaigns
        sites = {s.chain: number for number, s in reversed(list(enumerate(engine.program.sites))) if s.campaign}
        order = sorted(range(len(campaigns)), key=lambda i: _rank(campaigns[i]))
        self._campaigns = [(campaigns[i], sites[chains + i] + engine.program.first_site) for i in order]
        self._zones: list[tuple[int, Int64s]] = []

    def plan(self, time: int) -> None:
        """Put the contacts that fall due on the company day beginning at ``time`` on the agenda."""
        if not self._campaigns:
            return
        for zone, customers in self.by_zone():
            for campaign, site in self._campaigns:
                day, due = due_on(time, zone, campaign.schedule.clock)
                if self._falls_on(campaign, day):
                    self._push(campaign, site, customers, due, day, self._ordinal(campaign, day))

    def _falls_on(self, campaign: Campaign, day: int) -> bool:
        return bool(falls_on(self.engine.calendar, campaign.schedule, np.array([day]))[0])

    def _ordinal(self, campaign: Campaign, day: int) -> int:
        """Campaigns before this one on the same channel and local day, which two company days may plan."""
        ordinal = 0
        for other, _ in self._campaigns:
            if other is campaign:
                break
            ordinal += other.send.channels[0] == campaign.send.channels[0] and self._falls_on(other, day)
        return ordinal

    def _push(self, campaign: Campaign, site: int, customers: Int64s, due: int, day: int, ordinal: int) -> None:
        engine = self.engine
        channel = CHANNEL_CODE[campaign.send.channels[0]]
        local_site = np.full(customers.size, site - engine.program.first_site)
        reached = engine.desk.alternatives.any_reaches(customers, local_site)
        ordinals = channel << 44 | (day + FIRST_DAY) << 8 | luck.in_bits(ordinal, 8, 48)
        key = luck.child(engine.keys.luck.take(customers), _CAMPAIGN, ordinals)
        payload = engine.payloads.pack(np.zeros_like(customers), np.full(customers.size, due), local_site)
        # Who cannot be reached this morning may subscribe before the hour, and is not asked for otherwise.
        payload = with_world_bits(payload, np.where(reached, 0, OUT_OF_REACH))
        engine.agenda.push(engine.kind + SEND, customers, np.full(customers.size, due), key, payload)

    def by_zone(self) -> list[tuple[int, Int64s]]:
        """(zone in seconds, customers of the arm) pairs, worked out once."""
        if not self._zones:
            engine = self.engine
            mine = engine.observed.zone_hours[engine.first_customer : engine.first_customer + engine.customers]
            for hours in np.unique(mine).tolist():
                self._zones.append((hours * 3_600, (mine == hours).nonzero()[0] + engine.first_customer))
        return self._zones


def due_on(time: int, zone: int, clock: int) -> tuple[int, int]:
    """(local day, moment) at which a zone's clock (seconds ahead) shows ``clock`` on the company day from ``time``.

    >>> due_on(time=0, zone=9 * 3_600, clock=8 * 3_600)
    (1, 82800)
    """
    day = (time + zone) // DAY
    due = day * DAY + clock - zone
    return (day, due) if due >= time else (day + 1, due + DAY)


def falls_on(calendar: Calendar, schedule: Schedule, day: Int64s) -> Bools:
    """(n,) whether each local day is one of the schedule's."""
    if schedule.month_days:
        return np.isin(calendar.day_of_month(day), schedule.month_days)
    return np.isin(calendar.weekday(day), schedule.weekdays)


def _rank(campaign: Campaign) -> tuple[int, int, str]:
    return campaign.schedule.clock, -campaign.priority, campaign.name
