"""What the commands do, between the words of the command line and the rest of the product."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments import runner
from experiments.brief import check_brief, check_brief_of
from experiments.options import RunOptions
from experiments.plan import POPULATION_FILE, Arm, PlanError, Settings, arm_names, changed_name, make_plan, without
from experiments.progress import telling
from experiments.relevance import DEFAULT_LEAST, parse_least
from experiments.runfolder import open_complete
from experiments.screen import Screen
from experiments.shipped import find_scenario
from experiments.tables import SILENT
from sim.arms import ArmsError, check_arms, check_built
from sim.dear_offers import dear_offers
from sim.length import check_length
from sim.population_file import load_population
from sim.population_texts import PopulationTexts
from sim.produced import unheard
from strategies.brief import Target
from strategies.language import InputError, Problem, ScenarioError, load_scenario
from strategies.language.doubts import doubts
from strategies.language.load import IncompleteScenarioError, compose_scenario
from strategies.language.origins import ResolvedScenario
from strategies.language.origins import resolved as resolve
from strategies.language.reader import Refused
from strategies.language.units import parse_positive_duration
from strategies.limits import MAX_CUSTOMERS, MAX_PERIOD, MAX_REPLICATIONS
from strategies.scenario import Notice, Scenario
from strategies.vocabulary import DAY


@dataclass(frozen=True)
class Changes:
    """What the command line changes in the scenarios."""

    overrides: tuple[str, ...]
    """``--set``, in the order given."""
    periods: tuple[str, ...]
    """``--days`` and ``--tail`` as overrides."""
    population: Path | None

    def load(self, file: Path) -> Scenario:
        """Loads a scenario with the changes.  Raises ScenarioError with all problems."""
        texts = PopulationTexts(self.population)
        try:
            scenario = load_scenario(file, (*self.overrides, *self.periods), texts)
        except ScenarioError as error:
            raise ScenarioError([*error.problems, *texts.problems]) from None
        meant_for_days = scenario.brief.budget is not None or scenario.brief.kpis or scenario.production
        if meant_for_days and self.periods:
            stated = load_scenario(file, self.overrides)
            days = (stated.horizon // DAY, stated.tail // DAY)
            if days != (scenario.horizon // DAY, scenario.tail // DAY):
                brief = scenario.brief.for_days(scenario.horizon // DAY, days[0])
                scenario = dataclasses.replace(scenario, brief=brief, stated_days=days)
        return self.with_population(scenario)

    def with_population(self, scenario: Scenario) -> Scenario:
        """The scenario with the population of the command line, where that names one."""
        return dataclasses.replace(scenario, population=str(self.population)) if self.population else scenario


NOT_CHECKED = (
    "while a file that this one builds on cannot be read, names, conditions, missing keys and what hangs on two places "
    "are not checked, nor what is hardly meant"
)

AS_IT_STANDS = Changes((), (), None)
"""Nothing is changed."""


@dataclass(frozen=True)
class Checked:
    """What was found in a scenario file."""

    file: str
    problems: tuple[Problem, ...]
    notices: tuple[Notice, ...]
    resolved: ResolvedScenario | None = None
    """What the file amounts to, where that was asked for."""

    def to_json(self) -> dict[str, object]:
        """The entry that ``crmsim check --json`` prints."""
        return {
            "file": self.file,
            "ok": not self.problems,
            "problems": [dataclasses.asdict(problem) for problem in self.problems],
            "notices": [dataclasses.asdict(notice) for notice in self.notices],
            **({"resolved": self.resolved.to_json()} if self.resolved else {}),
        }

    def to_text(self) -> str:
        """One line per finding and one for the file."""
        lines = [str(problem) for problem in self.problems]
        lines += [f"{notice.file}:{notice.line}: note: {notice.text}" for notice in self.notices]
        count = len(self.problems)
        verdict = "ok" if not count else "1 error" if count == 1 else f"{count} errors"
        return "\n".join([*lines, f"{self.file}: {verdict}"])


def settings_of(options: RunOptions) -> Settings:
    """The settings of a run.  Raises PlanError where a value makes no sense."""
    _within(1, "--customers", options.customers, MAX_CUSTOMERS)
    _within(1, "--replications", options.replications, MAX_REPLICATIONS)
    _within(0, "--seed", options.seed)
    if options.jobs is not None:
        _within(1, "--jobs", options.jobs)
    if options.shared is not None and not options.shared.is_file():
        raise PlanError(f"--shared {options.shared}: no such file")
    return Settings(
        options.customers,
        options.replications,
        options.seed,
        _log(options.log),
        _bucket(options.bucket),
        options.latent,
        options.shared,
    )


def changes_of(options: RunOptions) -> Changes:
    """What ``--set``, ``--days``, ``--tail`` and ``--population`` change; the last three win."""
    days, tail, population = options.days, options.tail, options.population
    if days is not None:
        _within(1, "--days", days, MAX_PERIOD // DAY)
    if tail is not None:
        _within(0, "--tail", tail, MAX_PERIOD // DAY)
    if population is not None and not population.is_file():
        raise PlanError(f"--population {population}: no such file")
    periods = [f"{name}={value}d" for name, value in (("horizon", days), ("tail", tail)) if value is not None]
    return Changes(tuple(options.set_ or ()), tuple(periods), population)


def least_difference(text: str | None) -> Target:
    """The least difference that matters, ``--least``.  Raises PlanError where it makes no sense."""
    return DEFAULT_LEAST if text is None else parse_least(text)


def _within(least: int, option: str, value: int, most: int | None = None) -> None:
    if value < least:
        raise PlanError(f"{option} {value}: expected a whole number of at least {least}")
    if most is not None and value > most:
        raise PlanError(f"{option} {value}: expected a whole number of at most {most:,}")


def _log(log: str | None) -> str | None:
    if log is None or log in ("all", "contacts", "none"):
        return log
    try:
        share = float(log)
    except ValueError:
        share = 0.0
    if not 0.0 < share < 1.0:
        raise PlanError(f"--log {log}: expected all, contacts, none, or a share of customers between 0 and 1")
    return f"{share:g}"


def _bucket(bucket: str | None) -> int | None:
    try:
        return None if bucket is None else parse_positive_duration(bucket)
    except Refused as error:
        raise PlanError(f"--bucket {bucket}: expected a duration such as 5m, 1h or 1d{error}") from None


def run_and_tell(
    names: Sequence[str],
    switched_off: Sequence[str],
    options: RunOptions,
    as_json: bool,
    least: Target = DEFAULT_LEAST,
    compared: bool = False,
) -> None:
    """Runs scenarios, writes the report, prints the verdict."""
    settings, changed = settings_of(options), changes_of(options)
    arms = _arms_to_compare(names, switched_off, changed) if compared else _arms(names, switched_off, changed)
    tell(run_arms(arms, settings, options, quiet=as_json), as_json, least)


def run_arms(
    arms: Sequence[Arm], settings: Settings, options: RunOptions, named: str | None = None, quiet: bool = False
) -> Path:
    """The folder of a run of these arms.

    named: its name (with a hash) where ``--out`` gives none; None: the arm's.  quiet: how far it has come is not told.
    """
    names, scenarios, changed = zip(*((arm.name, arm.scenario, arm.changed) for arm in arms), strict=True)
    plan = make_plan(scenarios, names, settings, changed)
    population = load_population(plan.population)
    for arm in plan.arms:
        check_length(arm.scenario, population)
    folder = options.out or Path("runs") / f"{named or plan.arms[0].name}-{plan.hash()[:8]}"
    with telling(quiet) as progress:
        runner.run_plan(plan, folder, options.jobs or _processors(), progress=progress)
    return folder


def _arms(names: Sequence[str], switched_off: Sequence[str], changed: Changes) -> list[Arm]:
    """Every scenario with the changes, and the first one without chains; notes on the changes are told."""
    files = [find(name) for name in names]
    scenarios = _load(files, changed)
    _tell_notes(scenarios, changed)
    arms = [*zip(arm_names(files, SILENT), scenarios, strict=True), *without(scenarios[0], switched_off)]
    return [Arm(name, scenario, changed.overrides) for name, scenario in arms]


def _arms_to_compare(names: Sequence[str], switched_off: Sequence[str], changed: Changes) -> list[Arm]:
    """The same, or for one scenario and ``--set`` the scenario as it stands and with the changes."""
    files = [find(name).resolve() for name in names]
    if len(set(files)) == 1 and len(files) <= 2 and changed.overrides and not switched_off:
        return _what_if(names[0], changed)
    if len(set(files)) < len(files):
        twice = next(name for name, file in zip(names, files, strict=True) if files.count(file) > 1)
        raise PlanError(
            f"{twice} stands there twice: a scenario does not differ from itself. To try a change of it: "
            f"crmsim compare {twice} --set path=value"
        )
    if len(files) < 2 and not switched_off:
        raise PlanError("compare needs two scenarios, or one and --set or --without")
    return _arms(names, switched_off, changed)


def _what_if(name: str, changed: Changes) -> list[Arm]:
    """A scenario as it stands and with all values of ``--set``; the other options change both."""
    as_it_stands, with_changes = dataclasses.replace(changed, overrides=()), changed
    file = find(name)
    [own], [other] = _load([file], as_it_stands), _load([file], with_changes)
    _tell_notes([own, other], changed)
    if dataclasses.replace(other, notices=own.notices) == own:
        raise PlanError(f"--set {' --set '.join(changed.overrides)}: changes nothing in {name}")
    [arm] = arm_names([file], SILENT)
    return [Arm(arm, own, ()), Arm(changed_name(arm, changed.overrides), other, changed.overrides)]


def _load(files: Sequence[Path], changed: Changes) -> list[Scenario]:
    """All scenarios, or one ScenarioError with the problems of all."""
    scenarios, problems = [], []
    for file in files:
        try:
            scenarios.append(changed.load(file))
        except ScenarioError as error:
            problems += [*error.problems, *check_brief_of(file, (*changed.overrides, *changed.periods))]
    problems += [problem for scenario in scenarios for problem in check_brief(scenario)]
    if problems:
        raise ScenarioError(problems)
    return scenarios


def _tell_notes(scenarios: Sequence[Scenario], changed: Changes) -> None:
    """Prints what scenarios remark on what the command line says, each remark once."""
    notices = {notice for scenario in scenarios for notice in scenario.notices if notice.file.startswith("--set ")}
    options = {f"--set {period}": _as_option(period) for period in changed.periods}
    for notice in sorted(notices, key=_place):
        print(f"{options.get(notice.file, notice.file)}: note: {notice.text}", file=sys.stderr)


def _as_option(period: str) -> str:
    """An override of a period as it is given to a command.

    >>> _as_option("horizon=28d")
    '--days 28'
    """
    name, _, days = period.partition("=")
    return f"{'--days' if name == 'horizon' else '--tail'} {days.removesuffix('d')}"


def find(name: str) -> Path:
    """The file of a scenario, by its path or as a shipped one.  Raises PlanError where there is none."""
    try:
        return find_scenario(name)
    except FileNotFoundError as error:
        raise PlanError(str(error)) from None


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _place(notice: Notice) -> tuple[str, int, str]:
    return notice.file, notice.line, notice.text


def check(name: str, resolved: bool = False, changed: Changes = AS_IT_STANDS) -> Checked:
    """Checks a scenario, as the command line changes it, and its population; ``resolved``: also what it amounts to."""
    file = find(name)
    texts = PopulationTexts(changed.population)
    try:
        scenario = load_scenario(file, changed.overrides, texts)
        scenario = changed.with_population(scenario)
        population = load_population(scenario.population)
        check_length(scenario, population)
        check_arms((scenario,))
        check_built((scenario,))
        problems = check_brief(scenario)
    except InputError as error:
        told = sorted({*error.problems, *texts.problems, *check_brief_of(file, changed.overrides)})
        unread = (Notice(str(file), 1, NOT_CHECKED),) if isinstance(error, IncompleteScenarioError) else ()
        return Checked(str(file), tuple(told), unread)
    except ArmsError as error:
        return Checked(str(file), (Problem(str(file), 1, 1, str(error)),), ())
    root = compose_scenario(file, changed.overrides).root
    doubtful = (*doubts(root, scenario), *dear_offers(root, scenario, population))
    notices = (*sorted((*scenario.notices, *doubtful), key=_place), *unheard(scenario, population))
    amounts = resolve(file, changed.overrides) if resolved and not problems else None
    if amounts and changed.population:
        tree = {**amounts.tree, "population": str(changed.population.resolve())}
        amounts = dataclasses.replace(amounts, tree=tree)
    return Checked(str(file), tuple(problems), notices, amounts)


def tell(folder: Path, as_json: bool, least: Target = DEFAULT_LEAST) -> None:
    """Writes the report of a complete run folder and prints the verdict, or the JSON."""
    open_complete(folder)
    from experiments import terminal
    from experiments.comparison import compare
    from experiments.modelsheet import used_parameters
    from experiments.report import write
    from experiments.standings import Standings

    comparison = compare(folder, least=least)
    page = write(comparison, folder / "report.html", used_parameters(folder / POPULATION_FILE))
    if as_json:
        told = {**comparison.to_json(), **Standings(comparison).to_json()}
        json.dump(told, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
        print()
        return
    terminal.render(comparison, Screen(markup=False))
    print(f"\nReport: {page}")
