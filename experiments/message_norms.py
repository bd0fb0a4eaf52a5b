"""What others published of the rates of e-mails by kind, and what the model does: ``message_norms.yaml`` and
``message_rates.json``, which ``make rates`` renews.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from ruamel.yaml import YAML

from experiments.statistics import Estimate

Role = Literal["target", "check", "exempt"]

RATES: Mapping[str, tuple[str, str, str]] = {
    "opened": ("opened", "delivered", "opened of delivered"),
    "clicked": ("click", "delivered", "clicked of delivered"),
    "click_to_open": ("click", "opened", "clicked of opened"),
    "ordered": ("touched_order", "delivered", "orders of delivered"),
    "ordered_of_clicks": ("clicked_order", "click", "orders of clicks"),
    "unsubscribed": ("unsubscribed", "delivered", "unsubscribed of delivered"),
    "complained": ("complained", "delivered", "complained of delivered"),
    "goal_reached": ("goal_reached", "chain_entered", "goal reached of entered"),
}
"""Rate → numerator, denominator, words."""


@dataclass(frozen=True)
class Norm:
    """What others published of one rate of one kind of e-mail; values by source, each one number or a range."""

    kind: str
    rate: str
    role: Role
    published: Mapping[str, tuple[float, ...]]
    because: str = ""

    @property
    def low(self) -> float:
        """The smallest published value."""
        return min(value for values in self.published.values() for value in values)

    @property
    def high(self) -> float:
        """The largest published value."""
        return max(value for values in self.published.values() for value in values)

    def certainly_beside(self, low: float, high: float) -> bool:
        """Whether a whole interval lies beside the published values."""
        return high < self.low or low > self.high

    def times(self, value: float) -> float:
        """How many times the nearest published value a rate is; 1 within the range.

        >>> norm = Norm("digest", "clicked", "target", {"textbook": (0.02, 0.05)})
        >>> norm.times(0.03), round(norm.times(0.01), 2), round(norm.times(0.10), 2)
        (1.0, 0.5, 2.0)
        """
        nearest = min(max(value, self.low), self.high)
        return value / nearest if nearest > 0.0 else 1.0


@cache
def _file() -> Mapping[str, Any]:
    text = resources.files("experiments").joinpath("message_norms.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def scenario_name() -> str:
    """Name of the shipped scenario whose e-mails are compared."""
    return str(_file()["scenario"])


def sources() -> Mapping[str, Mapping[str, str]]:
    """Source → grade, text and, where there is one, url."""
    return {name: dict(source) for name, source in _file()["sources"].items()}


def kinds() -> Mapping[str, tuple[str, ...] | None]:
    """Kind → its chains or campaigns in the scenario; None: all chains."""
    return {name: None if chains is None else tuple(chains) for name, chains in _file()["kinds"].items()}


def told_beyond() -> float:
    """By what factor a rate must lie beside the published ones to be told in a report."""
    return float(_file()["told_beyond"])


def absent_days() -> int:
    """So many days without what ``inactive`` of :func:`occasions` names make a customer one who is away."""
    return int(_file()["absent_days"])


def occasions() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Kind → how chains of any scenario are known to be of it: ``events``, ``dates``, ``inactive``, ``topics``."""
    return {kind: {how: tuple(names) for how, names in told.items()} for kind, told in _file()["occasions"].items()}


def norms() -> tuple[Norm, ...]:
    """All rows, in the order of the file."""
    return tuple(
        Norm(kind, rate, row["role"], dict(_published(row)), str(row.get("because", "")))
        for kind, rates in _file()["rates"].items()
        for rate, row in rates.items()
    )


def _published(row: Mapping[str, Any]) -> Iterator[tuple[str, tuple[float, ...]]]:
    for source, value in row.items():
        if source not in ("role", "because"):
            yield source, tuple(map(float, value if isinstance(value, list) else [value]))


def beside(norm: Norm, value: float) -> str:
    """How far a rate lies beside the nearest published value.

    >>> beside(Norm("digest", "clicked", "target", {"textbook": (0.02, 0.05)}), 0.1)
    '2.00 × the most published'
    """
    return f"{norm.times(value):.2f} × the {'least' if value < norm.low else 'most'} published"


@dataclass(frozen=True)
class Measured:
    """What the model does: (kind, rate) → the rate with its interval, and its denominator; and the run behind it."""

    customers: int
    replications: int
    days: int
    seed: int
    rates: Mapping[tuple[str, str], tuple[Estimate, float]]

    @classmethod
    def shipped(cls) -> Measured:
        """What ``make rates`` measured last."""
        text = resources.files("experiments").joinpath("message_rates.json").read_text(encoding="utf-8")
        told = json.loads(text)
        rates = {
            (kind, rate): (Estimate(row["value"], row["low"], row["high"]), float(row["n"]))
            for kind, rows in told["rates"].items()
            for rate, row in rows.items()
        }
        return cls(told["customers"], told["replications"], told["days"], told["seed"], rates)

    def to_json(self) -> str:
        """The table as it is shipped."""
        rows: dict[str, dict[str, Any]] = {}
        for (kind, rate), (figure, count) in self.rates.items():
            ends = {name: getattr(figure, name) for name in ("value", "low", "high")}
            told = {name: None if end is None else float(f"{end:.6g}") for name, end in ends.items()}
            rows.setdefault(kind, {})[rate] = {**told, "n": round(count)}
        facts = {name: getattr(self, name) for name in ("customers", "replications", "days", "seed")}
        return json.dumps({**facts, "rates": rows}, indent=1) + "\n"
