"""Gaps: least time between contacts, of any kind, of one topic, with one offer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import next_minute
from strategies.contact_policy import MinGap
from strategies.counting import CAMPAIGN, LastContact
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground

Int64s = NDArray[np.int64]


class Gaps:
    """``min_gap``: what was sent last, and how long it keeps others away."""

    def __init__(self, ground: Ground, row: MinGap) -> None:
        self.ground = ground
        self.row = row
        self.rules = {kind: ground.rule(f"min_gap.{kind}") for kind in ("any", "same_topic", "same_offer")}
        topics, offers, customers = len(ground.sites.topics), len(ground.sites.offers), ground.customers
        self.last_any = LastContact(1, customers) if row.any is not None else None
        self.last_topic = LastContact(topics, customers) if row.same_topic and topics else None
        self.last_offer = LastContact(offers, customers) if row.same_offer and offers else None

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what would follow too closely."""
        gap, sites = self.row, self.ground.sites
        obeys = sites.obeys("gaps", requests.site)
        run = np.where(requests.run == 0, CAMPAIGN, requests.run)
        local = self.ground.local(requests.customer)
        ignore = gap.own_run == "ignore"
        for memory, label, least, kind in (
            (self.last_any, None, gap.any, "any"),
            (self.last_topic, sites.topic, gap.same_topic, "same_topic"),
            (self.last_offer, sites.offer, gap.same_offer, "same_offer"),
        ):
            if memory is None or least is None:
                continue
            labels = np.zeros_like(local) if label is None else label.take(requests.site)
            until = memory.last(labels, local, run, ignore) + least
            mask = decisions.open & obeys & (labels >= 0) & (until > requests.time)
            if mask.any():
                decisions.block(mask, "gap", self.rules[kind], gap.then, next_minute(until), gap.for_at_most)

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: str) -> None:
        """Remember what was sent."""
        if stage != "sent":
            return
        sites, local, run = self.ground.sites, self.ground.local(customer), np.where(run == 0, CAMPAIGN, run)
        if not sites.counts.all():
            index = sites.counts.take(site).nonzero()[0]
            local, time, site, run = (array.take(index) for array in (local, time, site, run))
        if self.last_any is not None:
            self.last_any.note(np.zeros_like(local), local, run, time)
        for memory, labels in ((self.last_topic, sites.topic), (self.last_offer, sites.offer)):
            if memory is not None:
                label = labels.take(site)
                index = (label >= 0).nonzero()[0]
                memory.note(label.take(index), local.take(index), run.take(index), time.take(index))
