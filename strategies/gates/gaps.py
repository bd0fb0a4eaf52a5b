"""Gaps: least time between contacts, of any kind, of one channel, purpose, topic, offer or message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.short import some
from strategies.contact_policy import GapKind, MinGap, Scope, Stage
from strategies.counting import CAMPAIGN, LastContact
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.sites import SiteColumns

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Remembered(NamedTuple):
    """Which contacts a gap looks back at, at which stage, told apart how; gaps that ask the same share a memory."""

    scope: Scope
    stage: Stage
    by: str


class _Memory:
    """Last contacts of some sites by label.  label: (sites,) int64, -1 for sites that are not remembered."""

    def __init__(self, ground: Ground, remembered: Remembered) -> None:
        kept = ground.sites.in_scope(remembered.scope) & ground.sites.counts
        self.label = _labels(ground.sites, remembered.by, kept)
        self.labels = int(self.label.max(initial=-1)) + 1
        self.last = LastContact(self.labels, ground.customers)
        self.source = ground.sites.chain

    def note(self, local: Int64s, time: Int64s, site: Int64s, run: Int64s) -> None:
        """Remember contacts."""
        label = self.label.take(site)
        index = (label >= 0).nonzero()[0]
        if index.size:
            source = self.source.take(site.take(index))
            self.last.note(label.take(index), local.take(index), run.take(index), time.take(index), source)


_LABEL: dict[GapKind, str] = {
    "any": "",
    "same_channel": "channel",
    "other_channel": "channel",
    "same_purpose": "purpose",
    "same_topic": "topic",
    "same_offer": "offer",
    "same_message": "message",
}
"""What tells contacts apart for a kind of gap."""


def _labels(sites: SiteColumns, by: str, kept: Bools) -> Int64s:
    """(sites,) 0, 1, … by what ``kept`` sites have in common; -1 for others and those that have nothing of it."""
    values: Int64s = getattr(sites, by) if by else np.zeros(kept.size, np.int64)
    kept = kept & (values >= 0)
    labels = np.full(kept.size, -1, np.int64)
    labels[kept] = np.unique(values[kept], return_inverse=True)[1]
    return labels


@dataclass(frozen=True)
class _Gap:
    """One gap at work.  label: (sites,) int64, the memory's label of every site that the gap binds, else -1."""

    row: MinGap
    kind: GapKind
    least: int
    rule: int
    memory: _Memory
    label: Int64s


def _told_apart(run: Int64s) -> Int64s:
    """Runs as they are remembered: CAMPAIGN for none."""
    return np.where(run == 0, CAMPAIGN, run)


class Gaps:
    """``min_gap``: what was sent last, and how long it keeps others away."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.memories: dict[Remembered, _Memory] = {}
        self.gaps = [self._gap(row, kind, least) for row in ground.policy.min_gap for kind, least in row.least]

    def _gap(self, row: MinGap, kind: GapKind, least: int) -> _Gap:
        ground, by = self.ground, _LABEL[kind]
        remembered = Remembered(replace(row.scope, segments=()).ordered, row.counts, by)
        memory = self.memories.get(remembered)
        if memory is None:
            memory = self.memories[remembered] = _Memory(ground, remembered)
        if row.own_run == "ignore":
            memory.last.tell_runs_apart()
        return _Gap(row, kind, least, ground.rule(f"{row.name}.{kind}"), memory, self._bound(row.scope, by, memory))

    def _bound(self, scope: Scope, by: str, memory: _Memory) -> Int64s:
        """Labels of the sites that a gap binds, those too that do not count themselves."""
        sites = self.ground.sites
        values: Int64s = getattr(sites, by) if by else np.zeros(memory.label.size, np.int64)
        label_of = {int(value): int(label) for value, label in zip(values, memory.label, strict=True) if label >= 0}
        inside = sites.in_scope(scope) & (values >= 0)
        nothing_like_it = memory.labels  # bound by gaps to other channels, for instance
        labels = [label_of.get(int(value), nothing_like_it) for value in values]
        return np.where(inside, np.array(labels, np.int64), -1)

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what would follow too closely."""
        obeys = self.ground.sites.obeys("gaps", requests.site)
        for gap in self.gaps:
            label = gap.label.take(requests.site)
            index = (decisions.open & obeys & (label >= 0)).nonzero()[0]
            if index.size:
                self._examine_gap(gap, requests, decisions, index, label.take(index))

    def _examine_gap(self, gap: _Gap, requests: Requests, decisions: Decisions, index: Int64s, label: Int64s) -> None:
        """One gap.  index: positions of the open requests that it binds; label: of their sites."""
        row, customer, time = gap.row, requests.customer.take(index), requests.time.take(index)
        local, run = self.ground.local(customer), _told_apart(requests.run.take(index))
        until = self.last(gap, label, local, run) + gap.least
        early = until > time
        if row.scope.segments and some(early):
            early &= self.ground.in_segments(row.scope.segments, customer, time)
        blocked = early.nonzero()[0]
        if blocked.size:
            index, until, label = index.take(blocked), until.take(blocked), label.take(blocked)
            decisions.displaced_by[index] = self.source(gap, label, local.take(blocked), run.take(blocked))
            decisions.hold(index, "gap", gap.rule, row.then, until, row.for_at_most)

    def source(self, gap: _Gap, label: Int64s, local: Int64s, run: Int64s) -> Int64s:
        """(n,) whose contact it is that the gap looks back at."""
        last, ignore = gap.memory.last, gap.row.own_run == "ignore"
        if gap.kind != "other_channel":
            return last.source_of_last(label, local, run, ignore)
        latest, source = np.full(label.size, NEVER, np.int64), np.full(label.size, -1, np.int64)
        for other in range(gap.memory.labels):
            column = np.full(label.size, other)
            time = np.where(label == other, NEVER, last.last(column, local, run, ignore))
            later = time > latest
            source = np.where(later, last.source_of_last(column, local, run, ignore), source)
            latest = np.where(later, time, latest)
        return source

    def last(self, gap: _Gap, label: Int64s, local: Int64s, run: Int64s) -> Int64s:
        """(n,) time of the last contact that the gap looks back at; NEVER for none.  label: (n,) none is below 0."""
        memory, ignore = gap.memory, gap.row.own_run == "ignore"
        last = np.full(label.size, NEVER, np.int64)
        if gap.kind == "other_channel":
            for other in range(memory.labels):
                index = (label != other).nonzero()[0]
                times = memory.last.last(np.full(index.size, other), local.take(index), run.take(index), ignore)
                last[index] = np.maximum(last[index], times)
            return last
        index = (label < memory.labels).nonzero()[0]
        last[index] = memory.last.last(label.take(index), local.take(index), run.take(index), ignore)
        return last

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: Stage) -> None:
        """Remember contacts that reached ``stage``."""
        local, run = self.ground.local(customer), _told_apart(run)
        for remembered, memory in self.memories.items():
            if remembered.stage == stage:
                memory.note(local, time, site, run)
