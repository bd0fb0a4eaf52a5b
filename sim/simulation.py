"""Simulate one block of worlds: the past of its bases once, then all arms on copies of it.

Indices: ``base`` (who the customers are, with their past), ``luck`` (what happens to them from the start
on), ``split`` (control, holdouts, splits), ``arm``.  Each has its own root key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arms import check_arms, shortest_period
from sim.contents import message_table
from sim.history import ROWS_PER_CUSTOMER_DAY, Past, columns_for, past_of
from sim.kernel import luck
from sim.kernel.agenda import Agenda, choose_bucket
from sim.kernel.calendar import DAY, NEVER, Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from sim.population import profile_categories
from sim.population_file import Population
from sim.recorder import Recorder
from sim.result import BlockResult, PlaceTable, SiteTable
from sim.shared_path import by_engine, side_by_side
from sim.silence import silence
from sim.world import World
from strategies.asked import waits_for_best_hour
from strategies.changes import senders
from strategies.context import Rows
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.neutral import neutral_policy
from strategies.observed import Observed
from strategies.recorded import Record, RecordingHub
from strategies.remembered import remembered_events
from strategies.scenario import Scenario
from strategies.vocabulary import ADDRESSED_CHANNELS

_PAST = "past."
"""Prefix of the shared values of the past in the recorded path."""

_DAYS_OF_LEAP_YEAR = np.array(["", *(str(np.datetime64("2024-01-01") + day)[5:] for day in range(366))], object)
"""Month and day of birthdays by their code; the first is unknown."""

_FORK = luck.purpose("simulation.fork")
_SPLIT = luck.purpose("simulation.split")


@dataclass(frozen=True)
class BlockPlan:
    """What one block simulates.

    scenarios: the visible arms in order (the silent arm is added).  elsewhere: the run's arms that other blocks
    simulate, on which the silent arm depends as well.  bases: replication indices.
    bucket: seconds, None = chosen.  log: ``all``, ``contacts``, ``none`` or a share of customers.
    replay: a recorded shared path, name → (settlements, W, …).
    history_cache: folder for simulated pasts, None = no cache.
    spool: folder on whose disk finished parts of the log wait, None = in memory.
    """

    scenarios: tuple[Scenario, ...]
    population: Population
    customers: int
    seed: int
    bases: tuple[int, ...]
    luck: int = 0
    split: int = 0
    bucket: int | None = None
    log: str = "all"
    replay: dict[str, NDArray[Any]] | None = None
    history_cache: Path | None = None
    spool: Path | None = None
    shuffle: int | None = None
    silent: bool = True
    elsewhere: tuple[Scenario, ...] = ()
    record: bool = False
    """Keep what the strategies are told, for :func:`strategies.recorded.decide_again`."""


def split_keys(seed: int, split: int, bases: Sequence[int], customers: int) -> luck.Keys:
    """(bases * customers,) keys that control, holdouts and splits hash."""
    roots = np.array([luck.root(seed, 3, split, base) for base in bases], np.uint64)
    inside = np.tile(np.arange(customers, dtype=np.int64), len(bases))
    return luck.child(np.repeat(roots, customers), _SPLIT, inside)


def simulate_block(plan: BlockPlan) -> BlockResult:
    """Simulate all arms of the block's bases over horizon and tail."""
    check_arms(plan.scenarios, plan.elsewhere)
    return Block(plan, past_of_plan(plan)).run()


def past_of_plan(plan: BlockPlan) -> Past:
    """The past of the plan's bases; where a shared path is replayed, its own past is replayed with it."""
    replay = None
    if plan.replay is not None:
        bases = slice(len(plan.bases))
        names = {name: name.removeprefix(_PAST) for name in plan.replay if name.startswith(_PAST)}
        replay = {short: plan.replay[name][:, bases] for name, short in names.items()}
    return past_of(
        plan.population,
        plan.scenarios[0],
        plan.customers,
        plan.seed,
        plan.bases,
        plan.history_cache,
        plan.bucket,
        replay,
    )


class Block:
    """The worlds of one block at work: (visible arms + silent) × bases, forked from the past of the bases."""

    def __init__(self, plan: BlockPlan, past: Past) -> None:
        scenario = plan.scenarios[0]
        self.plan = plan
        self._past_path = past.shared_path
        quiet = (silence((*plan.scenarios, *plan.elsewhere)),) if plan.silent else ()
        self.scenarios = (*plan.scenarios, *quiet)
        self.bases = len(plan.bases)
        self.horizon, self.end = scenario.horizon, scenario.horizon + scenario.tail
        self.source = np.tile(np.arange(self.bases), len(self.scenarios))
        """(W,) base of each world."""
        columns = self.columns = Columns(self.source.size, plan.customers)
        first_day = -(-scenario.at_start.history // DAY) * -1
        self.calendar = Calendar(scenario.start, first_day, self.end // DAY)
        self.shared = SharedState(self._replayed())
        neutral = neutral_policy(scenario.start, scenario.population)
        learns_hours = any(waits_for_best_hour(scenario) for scenario in self.scenarios)
        self.observed = Observed(columns, remembered_events((neutral, *self.scenarios)), learns_hours)
        self.observed.categories = profile_categories(plan.population)
        self.recorder = Recorder(self.observed, self.end // DAY, plan.log, plan.spool)
        splits = np.tile(split_keys(plan.seed, plan.split, plan.bases, plan.customers), len(self.scenarios))
        self.keys = CustomerKeys(np.zeros(columns.size, np.uint64), splits)
        self.agenda = Agenda(columns.size, self._bucket(), 0, self.end, plan.shuffle)
        hub = RecordingHub if plan.record else Hub
        self.hub = hub(columns, self.observed, self.agenda, self.calendar, self.keys, self.recorder)
        self.tail_engine = self.hub.add(neutral, 0, columns.worlds)
        """The neutral policy comes first, as in the past, so that mail under way at the start keeps its site."""
        self.engines = [self.hub.add(s, arm * self.bases, self.bases) for arm, s in enumerate(self.scenarios)]
        self.world = World(
            columns=columns,
            observed=self.observed,
            agenda=self.agenda,
            shared=self.shared,
            population=plan.population,
            calendar=self.calendar,
            hub=self.hub,
            recorder=self.recorder,
            messages=message_table([engine.program for engine in self.hub.engines], plan.population),
            begin=first_day * DAY,
            end=self.end,
        )
        self.hub.connect(self.world)
        self._open_recorder()
        self._fork(past)
        self.world.reputation.plan_new_domains(self._new_domains(), 0)
        self._schedule()

    def _bucket(self) -> int:
        if self.plan.bucket is not None:
            return self.plan.bucket
        period = shortest_period(self.scenarios, self.plan.customers)
        return choose_bucket(self.columns.size * ROWS_PER_CUSTOMER_DAY, period)

    def _open_recorder(self) -> None:
        """The control group, known to all arms alike, is marked in the silent arm too."""
        control = np.tile(self.engines[0].control, len(self.scenarios))
        channels = np.array([site.channel for site in self.hub.sites], np.int64)
        self.recorder.open(control, channels, len(self.hub.sources), self.keys.split)

    def _fork(self, past: Past) -> None:
        """Every world becomes a copy of its base's past, with luck of its own index from here on."""
        self.columns.restore(columns_for(past, self.columns.snapshot().keys()), self.source)
        rekey = partial(luck.same_child, purpose=_FORK, ordinal=self.plan.luck)
        self.world.rekey(rekey)
        self.keys.luck[:] = self.world.luck_keys
        orders = self._copies(past.orders)
        self.observed.book.load(orders["customer"], orders["time"], orders["value"])
        pending = self._copies(past.pending)
        for kind in np.unique(pending["kind"]).tolist():
            mine = pending["kind"] == kind
            customer, time, payload = (pending[name][mine] for name in ("customer", "time", "payload"))
            self.agenda.push(kind, customer, time, rekey(pending["key"][mine]), payload)
        self.world.open_streams(0)
        self.recorder.begin()
        if isinstance(self.hub, RecordingHub):
            self.hub.begin_record()

    def _copies(self, rows: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Rows of the bases' customers, once for every world of their base."""
        n = self.plan.customers
        parts = []
        for arm in range(len(self.scenarios)):
            part = dict(rows)
            part["customer"] = rows["customer"] + arm * self.bases * n
            parts.append(part)
        return {name: np.concatenate([part[name] for part in parts]) for name in rows}

    def _new_domains(self) -> dict[int, NDArray[np.bool_]]:
        """Moments at which arms begin to mail from a new domain, and in which worlds."""
        dates: dict[int, NDArray[np.bool_]] = {}
        for arm, scenario in enumerate(self.scenarios):
            for time, sender in senders(scenario):
                if sender.domain == "new":
                    worlds = dates.setdefault(time, np.zeros(self.columns.worlds, bool))
                    worlds[arm * self.bases : (arm + 1) * self.bases] = True
        return dates

    def _schedule(self) -> None:
        """Settlements first, then the change of policy, then what begins a day."""
        self.hub.declare_shared(self.shared, 0)
        self.shared.start(self.agenda)
        if self.horizon < self.end:
            self.agenda.at(self.horizon, self._to_neutral)
        self.agenda.every(DAY, self._begin_day, 0)
        for engine in self.engines:
            engine.begin(0)

    def _to_neutral(self) -> None:
        for engine in self.engines:
            engine.stop(self.horizon)
        self.tail_engine.begin(self.horizon)

    def _begin_day(self, time: int) -> None:
        if time == 0:  # once the scores of the start are settled, before anything happens
            self._tables = self._customer_tables()
        if time > 0:
            self._end_day(time)
        for engine in self.hub.engines:
            engine.day(time)
        self.world.life.begin_day(time)

    def _end_day(self, time: int) -> None:
        world = self.world
        self.recorder.end_of_day(time, world.fatigue_at(time), world.inbox, world.mailboxes_work_at(time))

    def run(self) -> BlockResult:
        """Run to the end and collect."""
        self.agenda.run()
        customers, latent = self._tables
        self._end_day(self.end)
        if self.horizon == self.end:
            for engine in self.engines:
                engine.stop(self.end)
        self.recorder.note_owed(self.hub.points_owed())
        self.recorder.log.flush()
        shape = (self.columns.worlds, 2, -1)
        return BlockResult(
            arms=len(self.scenarios),
            bases=self.plan.bases,
            customers_per_world=self.plan.customers,
            horizon_days=self.horizon // DAY,
            tail_days=(self.end - self.horizon) // DAY,
            sites=self._site_table(),
            places=self._place_table(),
            chain_names=tuple(self.hub.sources),
            rule_names=self.hub.rule_names(),
            texts=self.observed.categories,
            outcomes={**self.recorder.outcomes, "control": self.recorder.control},
            counts=self.recorder.counts(),
            daily={name: values.reshape(shape) for name, values in self.recorder.daily.items()},
            inbox=self.recorder.inbox,
            customers=customers,
            customers_latent=latent,
            events=tuple(self.recorder.log.parts),
            shared_path=self._recorded(),
            refusals=self.recorder.refusals.table(self.plan.customers) if self.recorder.log.keeps_contacts else {},
            webhooks=tuple(call for engine in self.engines for call in engine.actions.calls),
            rows_handled=self.agenda.rows_handled,
            rounds=self.agenda.rounds,
        )

    def record(self) -> Record:
        """What the strategies were told in a finished run of a plan with ``record``."""
        if not isinstance(self.hub, RecordingHub):
            raise ValueError("the plan did not ask for a record")
        history = self.plan.scenarios[0].at_start.history
        return self.hub.record(self.calendar.start, -(-history // DAY) * DAY, self.end)

    def _site_table(self) -> SiteTable:
        sites, sources = self.hub.sites, self.hub.sources
        first = {engine.arm: engine.first_source for engine in self.hub.engines}
        return SiteTable(
            arm=np.array([site.arm - 1 for site in sites], np.int16),
            channel=tuple(site.way for site in sites),
            chain=tuple(sources[first[site.arm] + site.chain] for site in sites),
            step=tuple(site.step for site in sites),
            message=tuple(site.message.name for site in sites),
            purpose=tuple(site.message.purpose for site in sites),
        )

    def _place_table(self) -> PlaceTable:
        """Steps, branches, split arms and rungs of the visible arms' chains, and how many runs came there."""
        engines = self.engines[: len(self.plan.scenarios)]
        places = [(engine, place) for engine in engines for place in engine.program.places]
        counts = [engine.interpreter.steps.counts[:, place.operation] for engine, place in places]
        return PlaceTable(
            arm=np.array([engine.arm - 1 for engine, _ in places], np.int16),
            chain=np.array([engine.first_source + place.chain for engine, place in places], np.int16),
            path=tuple(place.path for _, place in places),
            count=np.array(counts, np.int64).reshape(len(places), self.bases),
        )

    def _customer_tables(self) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
        """What a company sees of the bases' customers at the start, and the truth."""
        mine = slice(0, self.bases * self.plan.customers)
        observed = self.observed
        table: dict[str, NDArray[Any]] = {"control": self.recorder.control[mine].copy()}
        for name in ("zone_hours", "age", "orders"):
            table[name] = getattr(observed, name)[mine].copy()
        for name in ("sex", "city", "source", "device"):
            words = np.array([*observed.categories.get(name, ()), ""], object)
            table[name] = words[getattr(observed, name)[mine]]
        for code, channel in enumerate(ADDRESSED_CHANNELS):
            table[f"address_{channel}"] = observed.address[code, mine].copy()
            table[f"consent_{channel}"] = observed.consent[code, mine].copy()
            table[f"service_consent_{channel}"] = observed.service_consent[code, mine].copy()
            given = observed.consent_date(code, np.arange(mine.stop))
            table[f"consented_{channel}"] = np.where(observed.consent[code, mine], given, NEVER)
        table["registered"] = observed.registered[mine].astype(np.int64)
        table["birthday"] = _DAYS_OF_LEAP_YEAR[np.maximum(observed.birthday[mine], 0)]
        reader = self.engines[0].reader
        rows = Rows(np.arange(mine.stop), np.zeros(mine.stop, np.int64))
        for segment in self.plan.scenarios[0].segments:
            table[f"segment_{segment.name}"] = reader.in_segment(segment.name, rows)
        return table, self.world.latent_table(mine)

    # ------------------------------------------------------------------ the shared path

    def _recorded(self) -> dict[str, NDArray[Any]]:
        """The path of all shared values, each (settlements, W, …); an arm's own values stand in its worlds."""
        path = side_by_side(self.shared.path(), self.scenarios, self.bases, self.plan.customers)
        path.update({_PAST + name: values[:, self.source] for name, values in self._past_path.items()})
        return path

    def _replayed(self) -> dict[str, NDArray[Any]] | None:
        if self.plan.replay is None:
            return None
        path = {name: values for name, values in self.plan.replay.items() if not name.startswith(_PAST)}
        return by_engine(path, self.scenarios, self.bases, self.plan.customers, self.end)
