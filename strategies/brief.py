"""What a strategy is for: goal, owner, budget, and targets of key figures (KPI).

It changes nothing in a run; reports say what became of it.  Which figures there are is known where they
are measured, so their names are checked there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Target:
    """A number that a key figure is to reach or not to pass; ``percent``: it was written as a percentage."""

    value: float
    percent: bool = False


@dataclass(frozen=True)
class Kpi:
    """A key figure and its target, over all customers or of one chain, channel or message.

    against_silence: not the figure itself but what it differs by from sending nothing.
    file, line: where it was written, for what is said about it.
    """

    metric: str
    at_least: Target | None = None
    at_most: Target | None = None
    chain: str = ""
    channel: str = ""
    message: str = ""
    against_silence: bool = False
    file: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Brief:
    """Goal and owner in words; ``budget``: marketing cost of the horizon (money), None: not limited."""

    goal: str = ""
    owner: str = ""
    budget: int | None = None
    kpis: tuple[Kpi, ...] = ()

    def for_days(self, days: int, stated: int) -> Brief:
        """The brief of a run of ``days`` by a file that states another horizon: the budget in proportion.

        >>> Brief(budget=900_0000).for_days(30, 90).budget
        3000000
        """
        return self if self.budget is None else replace(self, budget=self.budget * days // stated)
