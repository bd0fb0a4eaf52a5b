"""The run folder: what a run leaves behind (DESIGN, Interfaces).

::

    DIR/
      manifest.json                format, versions, seed, arms with hashes, state
      scenario-<arm>.yaml          resolved configuration of each arm
      population.yaml              the population that was used
      outcomes.parquet             arm, replication, customer → what they did and brought
      aggregates.parquet           arm, replication, control, day, channel, chain, step, message, event → count, value
      daily.parquet                arm, replication, control, day → reach, money, fatigue, inbox share
      steps.parquet                arm, replication, chain, step → runs that came there
      customers.parquet            replication, customer → what a company sees at the start
      customers_latent.parquet     the truth about them (``--latent``)
      events/part-*.parquet        the event log
      refusals.parquet             arm, replication, customer, chain, reason, part → count, first, last
      webhooks.jsonl               what chains handed to other systems, where they did
      shared/path.npz              recorded shared state (sender reputation …), for ``--shared``
      report.html
      blocks/                      finished blocks of a run that is not complete
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments import decoding
from experiments.assumed import assumed
from experiments.brief import brief_entry
from experiments.contents import personal_entry
from experiments.message_gaps import letters
from experiments.own_files import open_for_run, remove_leftovers, write_text
from experiments.plan import POPULATION_FILE, Block, PlanError, RunPlan, platform_cost, production_cost, version
from experiments.tables import SILENT
from sim.control_group import reaches_control
from sim.population_file import load_population, population_text
from sim.result import BlockResult
from sim.silence import kept_in_silence, silence
from strategies.prices import unpriced
from strategies.shares import slow_teams

FORMAT = 1
"""Format of run folders that this version writes; older ones are read, newer ones refused."""

ALWAYS_THERE = ("outcomes", "aggregates", "daily")
"""Tables that a complete run has whatever its format."""
TABLES = ("outcomes", "aggregates", "daily", "steps", "customers", "customers_latent", "refusals")
WEBHOOKS = "webhooks.jsonl"
"""Calls of webhooks, one JSON object a line."""
PACKAGES = ("numpy", "scipy", "polars", "simpy", "statsmodels")


class RunFolderError(ValueError):
    """The folder is not what was asked for; the text is for the user."""


@dataclass(frozen=True)
class ManifestArm:
    """An arm as the manifest names it.

    platform_cost: currency units per 30 days; production_cost: once, for making its personal messages, of which a run
    of fewer days than the file states bears its part.
    """

    arm: str
    scenario: str
    file: str
    sha256: str
    resolved: str
    platform_cost: float
    brief: dict[str, Any] = field(default_factory=dict)
    """Goal, owner, budget and key figures with targets, as in the resolved configuration."""
    production_cost: float = 0.0
    base: int = 0
    """Customers of the real base that fixed costs and budgets are meant for; 0: those simulated."""
    control: float | None = None
    """Share of customers in the control group; None in folders that did not note it."""
    reaches_control: list[str] = field(default_factory=list)
    """Why its control group does not live in silence, in the words of :func:`sim.control_group.reaches_control`."""
    personal: dict[str, list[str]] = field(default_factory=dict)
    """Message → its personal blocks, of those that have some."""
    stated_days: tuple[int, int] | None = None
    """Days of horizon and tail that the file states, where the run has others and it matters."""
    unpriced: list[str] = field(default_factory=list)
    """What it uses for nothing that costs money at every provider, see :func:`strategies.prices.unpriced`."""
    changed: list[str] = field(default_factory=list)
    """The values of ``--set`` that it was changed by."""
    letters: dict[str, list[str]] = field(default_factory=dict)
    """Kind of e-mail → the chains that send it, see :func:`experiments.message_gaps.letters`."""
    slow_teams: dict[str, float] = field(default_factory=dict)
    """Team → tasks a day that the simulated part of the base has, where these are few; see
    :func:`strategies.shares.slow_teams`."""


@dataclass(frozen=True)
class Manifest:
    """``manifest.json``.  ``state``: ``running`` until everything is written, then ``complete``."""

    format: int
    version: str
    state: str
    seed: int
    customers: int
    replications: int
    days: int
    tail_days: int
    start: str
    log: str
    latent: bool
    arms: tuple[ManifestArm, ...]
    silent_arm: str
    target: str
    configuration: str
    """SHA-256 of everything that decides about the content."""
    population: str
    population_sha256: str
    probe: str
    """Hash of a probe vector: results are the same bits where it is the same."""
    packages: dict[str, str]
    python: str
    blocks: int
    blocks_done: int = 0
    rows_handled: int = 0
    code: str = ""
    """Digest of the product's code; empty in folders of versions that did not note it."""
    fits_at_bounds: dict[str, dict[str, int]] = field(default_factory=dict)
    """Arm → fits of its predictions that stopped at a bound, see :func:`experiments.fits.fits_at_bounds`."""
    silence: dict[str, Any] = field(default_factory=dict)
    """What the silent arm has and lacks, see :class:`sim.silence.Kept`; empty in folders that did not note it."""
    assumed: dict[str, Any] = field(default_factory=dict)
    """The population's name, what it extends and changes, see :func:`experiments.assumed.assumed`; empty in folders
    that did not note it."""

    def as_json(self) -> dict[str, Any]:
        """The manifest as plain values."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return values


def new_manifest(plan: RunPlan, probe: str) -> Manifest:
    """The manifest of a run that begins."""
    configuration = plan.configuration()
    return Manifest(
        format=FORMAT,
        version=version(),
        state="running",
        seed=plan.settings.seed,
        customers=plan.settings.customers,
        replications=plan.settings.replications,
        days=plan.days,
        tail_days=plan.tail_days,
        start=plan.arms[0].scenario.start.isoformat(),
        log=plan.log,
        latent=plan.settings.latent,
        arms=tuple(
            ManifestArm(
                arm.name,
                arm.scenario.name,
                arm.scenario.file,
                entry["sha256"],
                arm.resolved_file,
                platform_cost(arm.scenario),
                brief_entry(arm.scenario),
                production_cost(arm.scenario),
                arm.scenario.base,
                arm.scenario.control.share,
                reached,
                personal_entry(arm.scenario),
                arm.scenario.stated_days,
                list(unpriced(arm.scenario)),
                list(arm.changed),
                letters(arm.scenario),
                slow_teams(arm.scenario, plan.settings.customers),
            )
            for arm, entry, reached in zip(plan.arms, configuration["arms"], _reached(plan), strict=True)
        ),
        silent_arm=SILENT,
        target="customers like these",
        configuration=plan.hash(),
        population=str(plan.population),
        population_sha256=configuration["population"],
        probe=probe,
        packages={name: importlib.metadata.version(name) for name in PACKAGES},
        python=platform.python_version(),
        blocks=len(plan.blocks()),
        code=configuration["code"],
        silence=json.loads(json.dumps(asdict(kept_in_silence([arm.scenario for arm in plan.arms])))),
        assumed=json.loads(json.dumps(assumed(plan.population))),
    )


def _reached(plan: RunPlan) -> list[list[str]]:
    """For each arm why its control group does not live in silence; nothing where it has none."""
    scenarios, population = [arm.scenario for arm in plan.arms], load_population(plan.population)
    quiet, customers = silence(scenarios), plan.settings.customers
    return [reaches_control(one, quiet, population, customers) if one.control.share else [] for one in scenarios]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run folder.

    Raises RunFolderError where there is none, it is broken, or of a newer format.
    """
    if not folder.exists():
        raise RunFolderError(f"{folder}: no such run folder")
    file = folder / "manifest.json"
    if not file.is_file():
        raise RunFolderError(f"{folder} is not a run folder: it has no manifest.json")
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        found = int(values["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"{file} is damaged: {error}") from error
    if found > FORMAT:
        made_by = values.get("version", "a later version")
        raise RunFolderError(
            f"{folder} has format {found}, written by crm-sandbox {made_by}; this version reads up to {FORMAT}. "
            "Update crm-sandbox to open it"
        )
    try:
        arms = tuple(_arm(arm) for arm in values.pop("arms"))
        return Manifest(arms=arms, **values)
    except (TypeError, KeyError) as error:
        raise RunFolderError(f"{file} is damaged: {error}") from error


def _arm(values: dict[str, Any]) -> ManifestArm:
    stated = values.get("stated_days")
    return ManifestArm(**{**values, "stated_days": tuple(stated) if stated else None})


def open_complete(folder: Path) -> Manifest:
    """The manifest of a run that is complete.

    Raises RunFolderError otherwise, and where a table is missing or damaged.
    """
    manifest = read_manifest(folder)
    if manifest.state != "complete":
        raise RunFolderError(
            f"{folder} is not complete ({manifest.blocks_done} of {manifest.blocks} blocks); "
            "the command that began it resumes it"
        )
    for name in ALWAYS_THERE:
        if not (folder / f"{name}.parquet").is_file():
            raise RunFolderError(f"{folder} is damaged: it has no {name}.parquet")
    for file in sorted(folder.rglob("*.parquet")):
        _check_table(file)
    return manifest


def _check_table(file: Path) -> None:
    try:
        pl.read_parquet_schema(file)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise RunFolderError(f"{file} is damaged: {str(error).splitlines()[0]}") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes ``manifest.json`` in one step."""
    write_text(folder / "manifest.json", json.dumps(manifest.as_json(), indent=2, ensure_ascii=False) + "\n")


def prepare(folder: Path, manifest: Manifest, plan: RunPlan) -> Manifest:
    """Makes a new run folder, or opens an existing one of the same configuration; returns its manifest.

    Raises PlanError where the folder holds something else.
    """
    if (folder / "manifest.json").exists():
        there = read_manifest(folder)
        _check_same(folder, there, manifest)
        if there.state == "complete":
            tidy(folder)
            return there
    open_for_run(folder)
    remove_leftovers(folder)
    begun = replace(manifest, blocks_done=len(finished(folder, plan.blocks())))
    write_manifest(folder, begun)
    (folder / "blocks").mkdir(exist_ok=True)
    for arm in plan.arms:
        write_text(folder / arm.resolved_file, arm.resolved_text())
    write_text(folder / POPULATION_FILE, population_text(plan.population))
    return begun


def _check_same(folder: Path, there: Manifest, new: Manifest) -> None:
    if there.version != new.version:
        raise PlanError(
            f"{folder} holds a run of crm-sandbox {there.version}, this is {new.version}, which may bring other "
            "results; choose another --out"
        )
    if there.code != new.code:
        raise PlanError(
            f"{folder} holds a run of other code of crm-sandbox {there.version}, which may bring other results; "
            "choose another --out"
        )
    if there.configuration != new.configuration:
        raise PlanError(
            f"{folder} holds a run of another configuration ({_difference(there, new)}); choose another --out"
        )
    if there.state != "complete" and there.probe != new.probe:
        raise PlanError(
            f"{folder} was begun with other packages or on another processor; "
            "its blocks do not mix with new ones: choose another --out"
        )


def _difference(there: Manifest, new: Manifest) -> str:
    for name in ("customers", "replications", "seed", "days", "tail_days", "start", "log", "latent"):
        if getattr(there, name) != getattr(new, name):
            return f"{name} {getattr(there, name)}, now {getattr(new, name)}"
    if [arm.arm for arm in there.arms] != [arm.arm for arm in new.arms]:
        return f"arms {', '.join(arm.arm for arm in there.arms)}, now {', '.join(arm.arm for arm in new.arms)}"
    pairs = zip(there.arms, new.arms, strict=True)
    changed = [a.arm for a, b in pairs if (a.sha256, a.stated_days) != (b.sha256, b.stated_days)]
    if changed:
        return f"the scenario of {changed[0]} has changed"
    return "the population has changed" if there.population_sha256 != new.population_sha256 else "other options"


def block_folder(folder: Path, block: Block) -> Path:
    """Where a finished block stands until the run is complete."""
    return folder / "blocks" / f"block-{block.number:05d}"


def finished(folder: Path, blocks: Iterable[Block]) -> set[int]:
    """Numbers of the blocks that are finished."""
    return {block.number for block in blocks if block_folder(folder, block).is_dir()}


def write_block(folder: Path, block: Block, plan: RunPlan, result: BlockResult) -> None:
    """Writes a block beside its place and moves it there in one step."""
    target = block_folder(folder, block)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    names = decoding.Names.of([arm.name for arm in plan.arms], result)
    frames = {
        "outcomes": decoding.outcomes(names, result),
        "aggregates": decoding.aggregates(names, result),
        "daily": decoding.daily(names, result),
        "steps": decoding.steps(names, result),
    }
    if plan.silent:  # customers are the same for all arms: told once, with the first group of arms
        frames["customers"] = decoding.customers(names, result.customers)
    if plan.settings.latent and plan.silent:
        frames["customers_latent"] = decoding.customers(names, result.customers_latent)
    if result.refusals:
        frames["refusals"] = decoding.refusals(names, result)
    for name, frame in frames.items():
        write_parquet(frame, temporary / f"{name}.parquet")
    for number, part in enumerate(decoding.events(names, result)):
        write_parquet(part, temporary / f"part-{block.number:05d}-{number:03d}.parquet")
    lines = decoding.webhook_lines(names, result)
    if lines:
        write_text(temporary / WEBHOOKS, "".join(f"{line}\n" for line in lines))
    if result.shared_path:
        np.savez(temporary / "path.npz", **_by_arm(result.shared_path, names))
    (temporary / "rows_handled").write_text(str(result.rows_handled))
    try:
        temporary.rename(target)
    except OSError:
        # another process finished the same block: both wrote the same content
        if not target.is_dir():
            raise
        shutil.rmtree(temporary)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Writes a table of a block."""
    frame.write_parquet(path, compression="zstd", compression_level=1)


def _by_arm(path: dict[str, NDArray[np.generic]], names: decoding.Names) -> dict[str, Any]:
    """(settlements, worlds, …) → (settlements, arms, replications, …)."""
    worlds = (len(names.arms), len(names.replications))
    return {name: values.reshape(values.shape[0], *worlds, *values.shape[2:]) for name, values in path.items()}


def tidy(folder: Path) -> None:
    """Removes what a complete run no longer needs."""
    shutil.rmtree(folder / "blocks", ignore_errors=True)
