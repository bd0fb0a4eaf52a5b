"""An independent reader of the event log: says where a log breaks the scenario it claims to follow.

It shares no code with the engine: it reads the raw YAML mapping, the customers table and the rows of
the log, replays each customer's story in time order, and checks that everything that happened was
allowed and that everything that was due happened.

Not verified: throughput limits, ``best_hour``, conditions over the category of a trigger (the log
does not carry it) and profile fields other than the zone.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tests.audit.facts import Base, Customer, Row
from tests.audit.reading import Paper, Raw, share
from tests.audit.story import Story, Violation

CHANCE = 1e-7
"""Probability of a false alarm of one check of a share."""


def audit(raw: Raw, rows: Iterable[Row], customers: Sequence[Customer]) -> list[Violation]:
    """All violations in the log of one arm.

    raw: the scenario's YAML mapping.  rows: in the order in which each customer's rows happened.
    customers: the customers table, all replications.
    """
    paper = Paper(raw)
    worlds: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        worlds[row.replication].append(row)
    violations: list[Violation] = []
    for replication, people in itertools.groupby(sorted(customers, key=_key), key=lambda c: c.replication):
        violations += _World(paper, worlds.get(replication, []), list(people)).audit()
    return violations


def _key(customer: Customer) -> tuple[int, int]:
    return customer.replication, customer.customer


class _World:
    """One replication of one arm."""

    def __init__(self, paper: Paper, rows: list[Row], customers: list[Customer]) -> None:
        self.paper = paper
        self.customers = customers
        self.base = Base(paper, rows, len(customers))
        self.stories: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            self.stories[row.customer].append(row)
        self.held_out: Counter[str] = Counter()
        self.entered: Counter[str] = Counter()
        self.arms: Counter[tuple[str, str]] = Counter()
        names = paper.splits()
        combinations = itertools.product(*names.values())
        self.assignments = [dict(zip(names, arms, strict=True)) for arms in combinations]

    def audit(self) -> list[Violation]:
        violations: list[Violation] = []
        for customer in self.customers:
            rows = sorted(self.stories.get(customer.customer, []), key=lambda row: row.time)
            violations += self._story(customer, rows)
        return sorted(violations, key=lambda v: (v.time, v.customer)) + self._shares()

    def _story(self, customer: Customer, rows: list[Row]) -> list[Violation]:
        """The violations of a customer's story under the arms of splits that explain it best."""
        best: Story | None = None
        for arms in self.assignments:
            story = Story(self.paper, self.base, customer, arms)
            story.read(rows)
            if best is None or len(story.violations) < len(best.violations):
                best = story
            if not best.violations:
                break
        assert best is not None
        for chain, ghost in best.ghosts.items():
            self.entered[chain] += 1
            self.held_out[chain] += ghost
        for name in best.used_splits:
            if not best.violations and not self._explained_otherwise(customer, rows, best.arms, name):
                self.arms[name, best.arms[name]] += 1
        return best.violations

    def _explained_otherwise(self, customer: Customer, rows: list[Row], arms: dict[str, str], name: str) -> bool:
        """Whether another arm of the split explains the story as well, so that the arm is not known."""
        others = [{**arms, name: arm} for arm in self.paper.splits()[name] if arm != arms[name]]
        return any(not Story(self.paper, self.base, customer, other).read(rows) for other in others)

    def _shares(self) -> list[Violation]:
        """Control group, holdouts and splits hold the shares that the scenario gives them, within chance."""
        found = [("control", sum(c.control for c in self.customers), len(self.customers), self.paper.control_share)]
        for name, chain in self.paper.chains.items():
            found.append((f"holdout of {name}", self.held_out[name], self.entered[name], chain.holdout))
        for (name, arm), given in self._split_shares().items():
            total = sum(self.arms[name, other] for other in self.paper.splits()[name])
            found.append((f"split {name}: {arm or 'rest'}", self.arms[name, arm], total, given))
        return [
            Violation("shares", -1, 0, f"{what}: {count} of {total}, where {part:.0%} was meant")
            for what, count, total, part in found
            if unlikely(count, total, part)
        ]

    def _split_shares(self) -> dict[tuple[str, str], float]:
        shares: dict[tuple[str, str], float] = {}

        def visit(node: object) -> None:
            if isinstance(node, dict):
                if isinstance(node.get("split"), dict):
                    arms = {arm: share(given["share"]) for arm, given in node["split"]["arms"].items()}
                    arms[""] = 1 - sum(arms.values())
                    shares.update({(node["split"]["name"], arm): part for arm, part in arms.items()})
                for value in node.values():
                    visit(value)
            elif isinstance(node, list):
                for item in node:
                    visit(item)

        for chain in self.paper.chains.values():
            visit(chain.raw["steps"])
        return shares


def unlikely(count: int, total: int, part: float) -> bool:
    """Whether ``count`` of ``total`` lies where a share of ``part`` gets with a probability below CHANCE.

    >>> unlikely(50, 100, 0.5), unlikely(0, 100, 0.5), unlikely(1, 100, 0.0)
    (False, True, True)
    """
    if total == 0:
        return False
    found, part = count / total, min(max(part, 0.0), 1.0)

    def term(seen: float, meant: float) -> float:
        if seen == 0:
            return 0.0
        return seen * math.log(seen / meant) if meant > 1e-12 else math.inf

    # Chernoff's bound of the tail beyond what was found.
    return math.exp(-total * (term(found, part) + term(1 - found, 1 - part))) < CHANCE
