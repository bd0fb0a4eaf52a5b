"""Calendars: mass campaigns and scheduled triggers, planned at the beginning of each company day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.calendar import FIRST_DAY
from strategies.contact_policy import Zone
from strategies.contacts import OUT_OF_REACH
from strategies.kinds import SEND
from strategies.ports import with_world_bits
from strategies.scenario import Campaign
from strategies.schedules import Schedule
from strategies.vocabulary import CHANNEL_CODE, DAY
from strategies.working_days import works_on

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]

_CAMPAIGN = luck.purpose("strategies.campaign")


class CampaignCalendar:
    """Plans one arm's campaigns.

    A campaign falls due at its clock time in the customer's zone, or in the company's.  Its contact's luck is told by
    channel, date in that zone and ordinal among that date's campaigns on the channel (by clock, priority, name).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        chains = len(engine.program.chains)
        campaigns = engine.program.scenario.campaigns
        sites = {s.chain: number for number, s in reversed(list(enumerate(engine.program.sites))) if s.campaign}
        order = sorted(range(len(campaigns)), key=lambda i: _rank(campaigns[i]))
        self._campaigns = [(campaigns[i], sites[chains + i] + engine.program.first_site) for i in order]
        self._zones: list[tuple[int, Int64s]] = []
        self._works = works_on(engine.program.scenario.calendar)

    def plan(self, time: int) -> None:
        """Put the contacts that fall due on the company day beginning at ``time`` on the agenda."""
        for campaign, site in self._campaigns:
            for zone, customers in self.by_clock(campaign.schedule.zone):
                day, due = due_on(time, zone, campaign.schedule.clock)
                if self.falls_on(campaign.schedule, day):
                    self._push(campaign, site, customers, due, day, self._ordinal(campaign, day))

    def falls_on(self, schedule: Schedule, day: int) -> bool:
        """Whether a day, by its number in the schedule's zone, is one of the schedule's."""
        calendar = self.engine.calendar
        return schedule.falls_on(calendar.date(day), calendar.start, self._works)

    def _ordinal(self, campaign: Campaign, day: int) -> int:
        """Campaigns before this one on the same channel and local day, which two company days may plan."""
        ordinal = 0
        for other, _ in self._campaigns:
            if other is campaign:
                break
            ordinal += other.send.channels[0] == campaign.send.channels[0] and self.falls_on(other.schedule, day)
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

    def by_clock(self, zone: Zone) -> list[tuple[int, Int64s]]:
        """(zone in seconds, customers of the arm) pairs for what goes by the customers' clocks, or the company's."""
        return self.by_zone() if zone == "customer" else [(0, self.engine.triggers.everybody())]

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


def _rank(campaign: Campaign) -> tuple[int, int, str]:
    return campaign.schedule.clock, -campaign.priority, campaign.name
