"""The arms of a run: what all must agree on, how many fit, how long a bucket may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.kernel.agenda import Agenda
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.recorder import Silence
from sim.silence import silence
from strategies.chain_triggers import ExternalTrigger
from strategies.compiler import compile_scenario
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.kinds import MAX_ENGINES
from strategies.limits import MAX_NAMES, BeyondLimit
from strategies.neutral import neutral_policy
from strategies.observed import Observed
from strategies.ports import MAX_SITES
from strategies.scenario import Scenario
from strategies.throughput import PERIOD, binding_channels
from strategies.vocabulary import DAY


class ArmsError(ValueError):
    """The scenarios cannot be the arms of one run; the text is for the user."""


class UnlikeArmsError(ArmsError):
    """The scenarios do not compare.  unlike: setting that differs → the first scenario that states it."""

    def __init__(self, text: str, unlike: Mapping[str, Scenario]) -> None:
        self.unlike = unlike
        super().__init__(text)


SHARED = ("population", "start", "horizon", "tail", "at_start", "control")
"""What arms must have alike; the base too, where they state one."""


def check_arms(scenarios: Sequence[Scenario], elsewhere: Sequence[Scenario] = ()) -> None:
    """Raise ArmsError unless the scenarios compare and fit one block.  elsewhere: the run's arms in other blocks."""
    check_comparable(scenarios)
    _check_size(scenarios, elsewhere)


def check_comparable(scenarios: Sequence[Scenario], names: Sequence[str] | None = None) -> None:
    """Raise UnlikeArmsError unless the scenarios compare.

    They must agree in population, start, horizon, tail, past and control group, and in the real base where they
    state one.  names: the arms' names in messages (default: the scenarios' own).
    """
    called = [scenario.name for scenario in scenarios] if names is None else list(names)
    differing: dict[tuple[str, str], list[str]] = {}
    unlike: dict[str, Scenario] = {}
    for what in (*SHARED, "base"):
        asked = [(name, one) for name, one in zip(called, scenarios, strict=True) if what != "base" or one.base]
        for name, other in asked[1:]:
            first_name, first = asked[0]
            one, another = _asked(first, what), _asked(other, what)
            if one != another:
                said = f"{one} and {another}{' customers' if what == 'base' else ''}"
                differing.setdefault((first_name, name), []).append(f"their {what} differs ({said})")
                unlike.setdefault(what, first)
    if differing:
        told = [f"'{one}' and '{other}' do not compare: {', '.join(what)}" for (one, other), what in differing.items()]
        raise UnlikeArmsError("; ".join(told), unlike)


def groups_of_arms(scenarios: Sequence[Scenario]) -> tuple[tuple[int, ...], ...]:
    """Positions of the arms in groups that fit one block each, in order; the silent arm goes with the first.

    Arms are independent worlds, so simulating them apart changes no bit.  Raises ArmsError where an arm does not
    fit by itself.
    """
    beside = _beside(scenarios)
    common, common_sources = sum(map(_sites, beside)), sum(map(_sources, beside))
    groups: list[list[int]] = []
    room = sources_left = 0
    for position, scenario in enumerate(scenarios):
        sites, sources = _sites(scenario), _sources(scenario)
        if common + sites > MAX_SITES:
            _check_size((scenarios[0], scenario) if position else (scenario,), scenarios)
        if not groups or sites > room or sources > sources_left or len(groups[-1]) == MAX_ENGINES - 2:
            groups.append([])
            room, sources_left = MAX_SITES - common, MAX_NAMES - common_sources
        groups[-1].append(position)
        room, sources_left = room - sites, sources_left - sources
    return tuple(map(tuple, groups))


def _sites(scenario: Scenario) -> int:
    return len(compile_scenario(scenario, 0, 0).sites)


def _sources(scenario: Scenario) -> int:
    return len(scenario.chains) + len(scenario.campaigns)


def _beside(scenarios: Sequence[Scenario]) -> tuple[Scenario, Scenario]:
    """What runs beside the arms: the neutral policy of the past and the tail, and the silent arm."""
    return neutral_policy(scenarios[0].start, scenarios[0].population), silence(scenarios)


def _asked(scenario: Scenario, what: str) -> str:
    """A setting in words that differ wherever the setting does."""
    if what == "population":
        return str(Path(scenario.population).resolve())
    if what == "at_start":
        past = scenario.at_start
        return f"{_days(past.history)} under {past.under}, backlog {past.backlog}"
    if what == "control":
        return f"{scenario.control.share!r} except {', '.join(scenario.control.exempt) or 'nothing'}"
    value = getattr(scenario, what)
    return str(value) if what in ("start", "base") else _days(value)


def _days(seconds: int) -> str:
    return f"{seconds // DAY}d" if seconds % DAY == 0 else f"{seconds}s"


def _check_size(scenarios: Sequence[Scenario], elsewhere: Sequence[Scenario]) -> None:
    """Beside the scenarios there are the run's silent arm, and the neutral policy of the past and the tail."""
    most = MAX_ENGINES - 2
    if len(scenarios) > most:
        raise ArmsError(f"{len(scenarios)} arms are too many for one run: at most {most} fit, compare fewer of them")
    sites = sum(map(_sites, (*scenarios, *_beside((*scenarios, *elsewhere)))))
    if sites > MAX_SITES:
        if len(scenarios) == 1:
            raise ArmsError(
                f"the scenario, its silent arm and the neutral policy have {sites} sends (each channel of each step "
                f"counts), at most {MAX_SITES} fit one run: expected fewer"
            )
        raise ArmsError(
            f"the {len(scenarios)} arms, the silent arm and the neutral policy have {sites} sends (each channel of "
            f"each step counts), at most {MAX_SITES} fit one run: compare fewer arms"
        )


def check_built(scenarios: Sequence[Scenario]) -> None:
    """Raise ArmsError unless the engines of the arms and of their silent arm can be built: each over one customer."""
    for scenario in (*scenarios, silence(scenarios)):
        columns, nobody = Columns(1, 1), np.zeros(1, np.uint64)
        calendar = Calendar(scenario.start, 0, 1)
        agenda = Agenda(1, DAY, 0, DAY)
        hub = Hub(columns, Observed(columns), agenda, calendar, CustomerKeys(nobody, nobody), Silence())
        empty = tuple(replace(segment, members=()) for segment in scenario.segments)
        try:
            hub.add(replace(scenario, segments=empty), 0, 1)
        except BeyondLimit as error:
            raise ArmsError(f"'{scenario.name}': {error}") from None


def shortest_period(scenarios: Sequence[Scenario], customers: int) -> int:
    """Seconds of the shortest settlement period of arms with ``customers`` each; buckets must divide it.

    The hours of a team of callers are no such period: they stop only the customers who wait for a call.
    """
    return PERIOD if any(binding_channels(scenario, customers) for scenario in scenarios) else DAY


def check_members(scenarios: Sequence[Scenario], customers: int) -> None:
    """Raise ArmsError where a static segment or a table of events names a customer beyond a base of ``customers``."""
    for scenario in scenarios:
        for segment in scenario.segments:
            if segment.members and segment.members[-1] >= customers:
                raise ArmsError(
                    f"segment '{segment.name}' of '{scenario.name}' names customer {segment.members[-1]}, but with "
                    f"{customers} customers the numbers end at {customers - 1}: take more customers or a shorter list"
                )
        for chain in scenario.chains:
            if not isinstance(chain.trigger, ExternalTrigger):
                continue
            highest = max((row.customer for row in chain.trigger.events.rows), default=0)
            if highest >= customers:
                raise ArmsError(
                    f"the events of chain '{chain.name}' of '{scenario.name}' name customer {highest}, but with "
                    f"{customers} customers the numbers end at {customers - 1}: take more customers or fewer rows"
                )
