"""What is to be run: arms, settings, blocks, and the hash that names the configuration.

A block is some replications of all arms.  Which replications form a block depends on the
configuration only, never on the number of processes, so that an interrupted run resumes and every
machine gives the same bits.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.arms import (
    ArmsError,
    UnlikeArmsError,
    check_built,
    check_comparable,
    check_members,
    groups_of_arms,
    shortest_period,
)
from sim.code import code_digest
from sim.population_file import population_text
from strategies.language import scenario_to_yaml, without_chain
from strategies.language.problems import shortened, unknown
from strategies.language.units import format_duration
from strategies.messages import production_fixed
from strategies.scenario import Scenario
from strategies.vocabulary import DAY, MONEY_UNIT

STACKED_CUSTOMERS = 480_000
"""Customers over all worlds that one block has at most, unless a replication has more.  Larger blocks cost less per
row, since cohorts share the fixed cost of a call, and more memory (about 1.6 KB a customer and the rows of the log)."""

UNDIVIDED_CUSTOMERS = 240_000
"""Customers over all worlds up to which a run is one block; more are at least two, for two processes."""

LONGEST_NAME = 40
"""Characters of a changed arm's name, which also names a file, unless the change alone is longer; the report's head has
the changes whole."""

LEAST_OF_ARM = 12
"""Characters that are left of the name of the arm, however long the change is."""

LONGEST_VALUE = 12
"""Characters of a value in it."""

POPULATION_FILE = "population.yaml"
"""Name of the population's copy in the run folder."""

ROWS_PER_CUSTOMER_DAY = 0.5
"""Expected event rows per customer and day, to choose the default log before the run (measured .47 when the
shipped scenarios are compared over 180 days)."""

FULL_LOG_ROWS = 20_000_000
"""Above so many expected rows the default log is a sample of customers."""


class PlanError(ValueError):
    """The user asked for something that cannot be run; the text is for the user."""


@dataclass(frozen=True)
class Arm:
    """One visible arm: its name in tables, its resolved scenario, and the values of ``--set`` that changed it."""

    name: str
    scenario: Scenario
    changed: tuple[str, ...] = ()

    @property
    def resolved_file(self) -> str:
        """Name of the resolved configuration's file in the run folder."""
        return f"scenario-{_slug(self.name)}.yaml"

    def resolved_text(self) -> str:
        """The resolved configuration as YAML; loads as it stands in the run folder, beside the population."""
        return scenario_to_yaml(self.scenario, POPULATION_FILE)


@dataclass(frozen=True)
class Settings:
    """Settings of a run.  ``log`` None chooses by size; ``shared`` is a recorded shared path to replay."""

    customers: int = 5_000
    replications: int = 20
    seed: int = 1
    log: str | None = None
    bucket: int | None = None
    latent: bool = False
    shared: Path | None = None


@dataclass(frozen=True)
class Block:
    """One unit of work: the arms of one group of the plan, over ``replications``."""

    number: int
    replications: tuple[int, ...]
    group: int = 0


@dataclass(frozen=True)
class RunPlan:
    """Arms and settings that belong together; ``arms[0]`` is the baseline.

    silent: whether the silent arm runs beside them.  elsewhere: scenarios of the run's arms that other blocks simulate.
    """

    arms: tuple[Arm, ...]
    settings: Settings
    population: Path
    silent: bool = True
    elsewhere: tuple[Scenario, ...] = ()

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the arms that are simulated together; of few arms one group."""
        return groups_of_arms([arm.scenario for arm in self.arms])

    def part(self, block: Block) -> RunPlan:
        """The plan of one block: the arms of its group, with the silent one in the first."""
        group = self.groups[block.group]
        arms = tuple(self.arms[position] for position in group)
        others = tuple(arm.scenario for position, arm in enumerate(self.arms) if position not in group)
        settings = dataclasses.replace(self.settings, log=self.log)
        return RunPlan(arms, settings, self.population, self.silent and block.group == 0, others)

    @property
    def days(self) -> int:
        """Days of the horizon."""
        return self.arms[0].scenario.horizon // DAY

    @property
    def tail_days(self) -> int:
        """Days after the horizon."""
        return self.arms[0].scenario.tail // DAY

    @property
    def history_days(self) -> int:
        """Days of history before the start."""
        return -(-self.arms[0].scenario.at_start.history // DAY)

    @property
    def log(self) -> str:
        """What the event log holds: ``all``, ``contacts``, ``none`` or a share of customers."""
        if self.settings.log is not None:
            return self.settings.log
        customer_days = self.settings.customers * self.settings.replications * (self.days + self.tail_days)
        expected = customer_days * (len(self.arms) + 1) * ROWS_PER_CUSTOMER_DAY
        return "all" if expected <= FULL_LOG_ROWS else f"{FULL_LOG_ROWS / expected:.2g}"

    def blocks(self) -> tuple[Block, ...]:
        """The replications of each group of arms in equal blocks of up to ``STACKED_CUSTOMERS`` customers.

        Above ``UNDIVIDED_CUSTOMERS`` the number of blocks is even, so that two processes have the same to do.
        """
        replications = self.settings.replications
        blocks: list[Block] = []
        for group, arms in enumerate(self.groups):
            per_replication = self.settings.customers * (len(arms) + 1)
            customers = replications * per_replication
            number = -(-customers // STACKED_CUSTOMERS)
            if number > 1 or customers > UNDIVIDED_CUSTOMERS:
                number += number % 2
            number = min(number, replications)
            bounds = [replications * i // number for i in range(number + 1)]
            parts = [tuple(range(*bounds[i : i + 2])) for i in range(number)]
            blocks += [Block(len(blocks) + i, part, group) for i, part in enumerate(parts)]
        return tuple(blocks)

    def configuration(self) -> dict[str, Any]:
        """Everything that decides about the content of the run folder, as plain values."""
        settings = self.settings
        return {
            "version": version(),
            "code": code_digest("sim", "strategies", "experiments"),
            "arms": [
                {
                    "arm": arm.name,
                    "sha256": sha256(arm.resolved_text().encode()),
                    **({"stated_days": list(arm.scenario.stated_days)} if arm.scenario.stated_days else {}),
                }
                for arm in self.arms
            ],
            "population": sha256(population_text(self.population).encode()),
            "customers": settings.customers,
            "replications": settings.replications,
            "seed": settings.seed,
            "log": self.log,
            "bucket": settings.bucket,
            "latent": settings.latent,
            "shared": sha256(settings.shared.read_bytes()) if settings.shared else None,
        }

    def hash(self) -> str:
        """SHA-256 of the configuration."""
        return sha256(json.dumps(self.configuration(), sort_keys=True).encode())


def make_plan(
    scenarios: Sequence[Scenario], names: Sequence[str], settings: Settings, changed: Sequence[tuple[str, ...]] = ()
) -> RunPlan:
    """The plan of a run of one scenario or a comparison of several.  changed: of each arm, see :class:`Arm`.

    Raises PlanError where scenarios do not compare or do not fit one run, or buckets do not fit them.
    """
    try:
        check_comparable(scenarios, names)
        groups = groups_of_arms(scenarios)
        check_built(scenarios)
        check_members(scenarios, settings.customers)
    except UnlikeArmsError as error:
        told = " ".join(
            option for what, first in error.unlike.items() for option in _evened_out(what, first, scenarios)
        )
        raise PlanError(f"{error}; with {told} they do") from None
    except ArmsError as error:
        raise PlanError(str(error)) from None
    _check_bucket(scenarios, settings)
    if settings.shared is not None and len(groups) > 1:
        raise PlanError(
            f"--shared {settings.shared}: {len(scenarios)} arms do not fit one block, and a recorded path is replayed "
            "in one; compare fewer arms"
        )
    population = Path(scenarios[0].population)
    if not population.is_file():
        raise PlanError(f"{population}: no such population file")
    changes = changed or [()] * len(names)
    arms = tuple(Arm(*each) for each in zip(names, scenarios, changes, strict=True))
    files = [arm.resolved_file for arm in arms]
    for name, file in zip(names, files, strict=True):
        if files.count(file) > 1:
            raise PlanError(f"two arms would be written to {file}; rename the file of '{name}'")
    return RunPlan(arms, settings, population)


def _evened_out(what: str, first: Scenario, scenarios: Sequence[Scenario]) -> list[str]:
    """The options that give all arms what ``first`` has."""
    match what:
        case "population":
            return [f"--population {shlex.quote(first.population)}"]
        case "horizon" | "tail":
            seconds, option = getattr(first, what), "--days" if what == "horizon" else "--tail"
            return [f"--set {what}={seconds}s" if seconds % DAY else f"{option} {seconds // DAY}"]
        case "at_start":
            past = first.at_start
            values = {"history": format_duration(past.history), "under": past.under, "backlog": past.backlog}
            differing = [key for key in values if len({getattr(one.at_start, key) for one in scenarios}) > 1]
            return [f"--set at_start.{key}={values[key]}" for key in differing]
        case "control":
            share, exempt = f"{100.0 * first.control.share:.10g}%", ", ".join(first.control.exempt)
            return [f"--set 'control={{share: {share}, exempt: [{exempt}]}}'"]
    return [f"--set {what}={getattr(first, what)}"]


def _check_bucket(scenarios: Sequence[Scenario], settings: Settings) -> None:
    if settings.bucket is None:
        return
    period = shortest_period(scenarios, settings.customers)
    if period % settings.bucket:
        why = "" if period == DAY else ", in which places on a channel with limited throughput are given"
        raise PlanError(
            f"--bucket {format_duration(settings.bucket)}: buckets must divide {format_duration(period)}{why}"
        )


def arm_names(files: Sequence[Path], reserved: str) -> tuple[str, ...]:
    """Names of arms from file names; a name that occurs again, or ``reserved``, gets a number behind it.

    >>> arm_names([Path("a.yaml"), Path("old/a.yaml"), Path("silent.yaml")], "silent")
    ('a', 'a-2', 'silent-2')
    """
    taken = [reserved]
    for file in files:
        name, number = file.stem, 1
        while name in taken:
            number += 1
            name = f"{file.stem}-{number}"
        taken.append(name)
    return tuple(taken[1:])


def changed_name(arm: str, changes: Sequence[str]) -> str:
    """Name of an arm that ``--set`` changed: the ends of the paths that changed it, or how many there are.

    >>> changed_name("ours", ["contact_policy.caps.week3.max=2", "chains.vip=null"])
    'ours with week3.max=2, vip=null'
    >>> changed_name("ours", ["contact_policy.caps=[{max: 1, per: 7d}]"])
    'ours with caps=…'
    >>> changed_name("ours", ["chains.cart.steps[0].wait=8h", "channels.sms.cost=9", "control={share: 5%}"])
    'ours with 3 changes'

    Where that is too long, the arm's own name is cut and not what changed.

    >>> changed_name("cart_rescue", ["channels.email.throughput=40000/h"])
    'cart_rescue with throughput=40000/h'
    >>> changed_name("a_scenario_that_has_a_name_of_many_words", ["contact_policy.caps.week3.max=2"])
    'a_scenario_that_has_a_name_o… with max=2'
    """
    whole = f" with {', '.join(_change(change, 2) for change in changes)}"
    brief = f" with {len(changes)} changes" if len(changes) > 1 else f" with {_change(changes[0], 1)}"
    told = whole if len(arm) + len(whole) <= LONGEST_NAME else brief
    return shortened(arm, max(LONGEST_NAME - len(told), LEAST_OF_ARM)) + told


def _change(change: str, ends: int) -> str:
    """A change in few words: the last ``ends`` keys of its path, and its value whole or not at all."""
    path, _, value = (part.strip() for part in change.partition("="))
    keys = path.split(".")
    return f"{'.'.join(keys[1:][-ends:] or keys)}={value if len(value) <= LONGEST_VALUE else '…'}"


def without(scenario: Scenario, names: Sequence[str]) -> tuple[tuple[str, Scenario], ...]:
    """Variants of a scenario with one chain or campaign switched off: (name of the arm, scenario).

    names: chains or campaigns; ``each`` stands for all of them.
    """
    chains, campaigns = ([item.name for item in items] for items in (scenario.chains, scenario.campaigns))
    known = [*chains, *campaigns]
    wanted = dict.fromkeys(name for given in names for name in (known if given == "each" else [given]))
    variants = []
    for name in wanted:
        if name in chains:
            variants.append((f"without {name}", without_chain(scenario, name)))
        elif name in campaigns:
            kept = tuple(campaign for campaign in scenario.campaigns if campaign.name != name)
            variants.append((f"without {name}", dataclasses.replace(scenario, campaigns=kept)))
        else:
            raise PlanError(f"--without {name}: {unknown('chain', name, scenario.name, known)}")
    return tuple(variants)


def version() -> str:
    """The product's version."""
    return importlib.metadata.version("crm-sandbox")


def platform_cost(scenario: Scenario) -> float:
    """Fixed cost per 30 days in currency units."""
    return scenario.platform_cost / MONEY_UNIT


def sha256(content: bytes) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)


def production_cost(scenario: Scenario) -> float:
    """What making the scenario's personal messages costs once, in currency units.

    A run of fewer days than the file states bears its part of it; one of more days pays once, too.
    """
    whole = production_fixed(scenario.messages, scenario.production) / MONEY_UNIT
    days, stated = scenario.horizon // DAY, scenario.stated_days
    return whole * days / stated[0] if stated and days < stated[0] else whole
