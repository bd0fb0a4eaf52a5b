"""The recorded path of shared values: which of them an arm owns, and how arms stand side by side in it.

An engine declares its own values under its number (``rfm:1``, ``throughput:1:email``).  In the path they
stand without it (``rfm``, ``throughput:email``), each in the worlds of its arm, so that another run finds
them whatever the order of its arms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies import teams
from strategies.budget import path_name, purses
from strategies.predictions import PARAMETERS, predicts
from strategies.scenario import Scenario
from strategies.segments import Predictions
from strategies.throughput import PERIOD, binding_channels, cut_length
from strategies.vocabulary import CHANNELS, DAY

Path = dict[str, NDArray[np.generic]]
"""Name → (settlements, W, …)."""


@dataclass(frozen=True)
class OwnValue:
    """A shared value of one arm: seconds between settlements (the first at 0), shape in one world."""

    period: int
    shape: tuple[int, ...]

    def settlements(self, end: int) -> int:
        """Settlements before ``end``."""
        return -(-end // self.period)


def own_values(scenario: Scenario, customers: int) -> dict[str, OwnValue]:
    """The shared values that an arm with ``customers`` in each world owns, by their names in the path."""
    own = {}
    if scenario.rfm is not None:
        own["rfm"] = OwnValue(scenario.rfm.refresh, (3, scenario.rfm.levels - 1))
    if predicts(scenario):
        own["prediction"] = OwnValue((scenario.predictions or Predictions()).refit, (len(PARAMETERS),))
    for place, _ in enumerate(purses(scenario)):
        own[path_name(place)] = OwnValue(DAY, ())
    for code in binding_channels(scenario, customers):
        own[f"throughput:{CHANNELS[code]}"] = OwnValue(PERIOD, (cut_length(scenario, code),))
    for team in scenario.teams:
        own[f"team:{team.name}"] = OwnValue(teams.PERIOD, (3,))
    return own


def _numbered(name: str, engine: int) -> str:
    """The name under which an engine declares the value."""
    kind, *rest = name.split(":")
    return ":".join([kind, str(engine), *rest])


def side_by_side(declared: Mapping[str, NDArray[np.generic]], arms: Sequence[Scenario], bases: int, n: int) -> Path:
    """The path to record, from the values as the engines declared them.

    arms: scenarios of engines 1, 2, …, each with ``bases`` worlds of ``n`` customers.  Where arms differ in
    settlements or shape, an own value is as large as the largest; zeros fill the rest, and the worlds of
    arms without it.
    """
    path = dict(declared)
    mine: dict[str, dict[int, NDArray[np.generic]]] = {}
    for arm, scenario in enumerate(arms):
        for name in own_values(scenario, n):
            mine.setdefault(name, {})[arm] = path.pop(_numbered(name, arm + 1))
    for name, parts in mine.items():
        shapes = np.array([values.shape for values in parts.values()])
        settlements, _, *shape = shapes.max(axis=0).tolist()
        wide = np.zeros((settlements, len(arms) * bases, *shape), next(iter(parts.values())).dtype)
        for arm, values in parts.items():
            sizes = (slice(size) for size in values.shape[2:])
            wide[(slice(len(values)), slice(arm * bases, (arm + 1) * bases), *sizes)] = values
        path[name] = wide
    return path


def by_engine(path: Mapping[str, NDArray[np.generic]], arms: Sequence[Scenario], bases: int, n: int, end: int) -> Path:
    """What :func:`side_by_side` made, under the engines' names again; arms as there, run until ``end``."""
    own = [own_values(scenario, n) for scenario in arms]
    shared = set().union(*own)
    declared = {name: values for name, values in path.items() if name not in shared}
    for arm, values in enumerate(own):
        for name in values.keys() & path.keys():
            worlds = slice(arm * bases, (arm + 1) * bases)
            sizes = (slice(size) for size in values[name].shape)
            declared[_numbered(name, arm + 1)] = path[name][(slice(values[name].settlements(end)), worlds, *sizes)]
    return declared
