"""An independent reader of the event log: says where a log breaks the scenario it claims to follow.

It shares no code with the engine: it reads the raw YAML mapping, the customers table and the rows of
the log, replays each customer's story in time order, and checks that everything that happened was
allowed and that everything that was due happened.

Not verified: which of a team's waiting tasks goes first, what webhooks hand over, and profile fields other than
the zone; :mod:`tests.audit.rulebook` lists what is read, and what is not, with the reason.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tests.audit.base import Base, Row
from tests.audit.books import bad_books
from tests.audit.contents import drawn_variants, named_apart
from tests.audit.facts import Customer
from tests.audit.owed import Violation
from tests.audit.places import misplaced
from tests.audit.predictions import bad_fits
from tests.audit.reading import Paper, SplitText, share
from tests.audit.slot import NEVER_SEEN, read_slot
from tests.audit.story import Story
from tests.audit.tasks import overworked
from tests.audit.warmup import beyond_the_plan
from tests.audit.words import Raw

CHANCE = 1e-7
"""Probability of a false alarm of one check of a share."""

_Explained = tuple[Customer, list[Row], dict[SplitText, str]]
"""A story, and the arms of splits that explain it."""

_Stories = dict[tuple[int, int], list[Row]]
"""Replication and customer → rows."""

OF_THE_SLOT = ("in_app_removed",)
"""Rows that no chain and no rule of the policy knows of."""

MOST_READINGS = 400
"""Of one story, each with other arms of the splits."""


def audit(raw: Raw, rows: Iterable[Row], customers: Sequence[Customer]) -> list[Violation]:
    """All violations in the log of one arm.

    raw: the scenario's YAML mapping.  rows: in the order in which each customer's rows happened.
    customers: the customers table, all replications.
    """
    violations: list[Violation] = []
    for world, stories in _worlds(raw, rows, customers):
        of_customers = sorted(world.of_customers(), key=lambda v: (v.time, v.customer))
        violations += [*of_customers, *world.of_all(), *world.shares(), *_slots(world, stories)]
    return violations


def blamed(raw: Raw, rows: Iterable[Row], customers: Sequence[Customer]) -> Iterator[str]:
    """The rules that :func:`audit` finds broken, each as soon as it is found; what is quick to read comes first."""
    for world, stories in _worlds(raw, rows, customers):
        for found in (world.of_all(), _slots(world, stories), world.of_customers()):
            yield from (violation.rule for violation in found)
        yield from (violation.rule for violation in world.shares())  # which are known when all stories are read


def _worlds(raw: Raw, rows: Iterable[Row], customers: Sequence[Customer]) -> Iterator[tuple[_World, _Stories]]:
    """The replications, each with all rows of its customers within the horizon."""
    paper = Paper(raw)
    worlds: dict[int, list[Row]] = defaultdict(list)
    stories: _Stories = defaultdict(list)
    for row in named_apart(raw, rows):
        if row.time >= paper.horizon:  # afterwards another policy rules
            continue
        stories[row.replication, row.customer].append(row)
        if row.reason not in NEVER_SEEN and row.event not in OF_THE_SLOT:
            worlds[row.replication].append(row)
    for replication, people in itertools.groupby(sorted(customers, key=_key), key=lambda c: c.replication):
        yield _World(paper, worlds.get(replication, []), list(people)), stories


def _slots(world: _World, stories: _Stories) -> list[Violation]:
    """What is wrong with in-app messages, read from all rows of each customer."""
    found: list[Violation] = []
    for customer in world.customers:
        rows = sorted(stories.get((customer.replication, customer.customer), ()), key=lambda row: row.time)
        number = customer.customer
        read_slot(
            world.base,
            customer,
            rows,
            lambda rule, time, text, number=number: found.append(Violation(rule, number, time, text)),  # type: ignore[misc]
        )
    return found


def _key(customer: Customer) -> tuple[int, int]:
    return customer.replication, customer.customer


class _World:
    """One replication of one arm."""

    def __init__(self, paper: Paper, rows: list[Row], customers: list[Customer]) -> None:
        self.paper = paper
        self.customers = customers
        self.rows = rows
        for part in (paper, *(later for _, later in paper.later)):
            part.base_size = len(customers)
        accounts = {who.customer: who.registered for who in customers}
        self.base = Base(paper, rows, accounts, customers[0].replication)
        self.variants, self.moved = drawn_variants(rows)
        self.stories: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            self.stories[row.customer].append(row)
        self.held_out: Counter[str] = Counter()
        self.entered: Counter[str] = Counter()
        self.splits = paper.splits()
        self.explained: dict[SplitText, list[_Explained]] = {split: [] for split in self.splits}
        self._chains = {name: chain.raw for name, chain in paper.chains.items()}

    def of_customers(self) -> Iterator[Violation]:
        """Customer by customer, what is wrong in their stories and in the books of their points."""
        for customer in self.customers:
            rows = sorted(self.stories.get(customer.customer, []), key=lambda row: row.time)
            yield from self._story(customer, rows)
            if self.paper.loyalty:
                wrong = bad_books(self.paper.loyalty, self._chains, rows, self.paper.horizon)
                yield from (Violation("books", customer.customer, time, text) for time, text in wrong)

    def of_all(self) -> Iterator[Violation]:
        """What is wrong with what customers share."""
        shared = (
            ("places", misplaced(self.paper, self.rows)),
            ("team", overworked(self.paper, self.rows)),
            ("warmup", beyond_the_plan(self.paper, self.rows)),
            ("fit", bad_fits(self.paper, self.base)),
        )
        for rule, wrong in shared:
            yield from (Violation(rule, -1, time, text) for time, text in wrong)
        for row, before in self.moved:
            yield Violation("variants", row.customer, row.time, f"{row.message}.{row.variant} after {before}")

    def _story(self, customer: Customer, rows: list[Row]) -> list[Violation]:
        """The violations of a customer's story under the arms of splits that explain it best."""
        best = self._best(customer, rows)
        for chain, ghost in best.ghosts.items():
            self.entered[chain] += 1
            self.held_out[chain] += ghost
        for split in best.used_splits:
            if not best.violations:
                self.explained[split].append((customer, rows, best.arms))
        return best.violations

    def _best(self, customer: Customer, rows: list[Row]) -> Story:
        """The reading of a story that breaks last, if at all.

        The log does not tell the arms of splits, but a story breaks soon after a wrong one: so this is a
        search, depth first, over the splits in the order in which the story comes to them.
        """
        options = {split: list(arms) for split, arms in self.splits.items()}
        path: list[tuple[SplitText, int]] = []
        best: Story | None = None
        for _ in range(MOST_READINGS):
            arms = {split: names[0] for split, names in options.items()}
            arms |= {split: options[split][number] for split, number in path}
            story = self._read(customer, rows, arms)
            best = story if best is None else max(best, story, key=_lasts)
            if not story.violations:
                break
            known, broken = {split for split, _ in path}, _lasts(story)[0]
            path += [(s, 0) for s, time in story.used_splits.items() if time <= broken and s not in known]
            while path and path[-1][1] + 1 == len(options[path[-1][0]]):
                path.pop()
            if not path:
                break
            path[-1] = (path[-1][0], path[-1][1] + 1)
        assert best is not None
        return best

    def _read(self, customer: Customer, rows: list[Row], arms: dict[SplitText, str]) -> Story:
        story = Story(self.paper, self.base, customer, arms)
        story.read(rows)
        return story

    def _drawn(self, split: SplitText) -> Counter[str]:
        """Customers by arm of a split, without those whose arm is not known, because another explains them as well.

        Who these are is only read where it matters: where leaving out some of them could make a share unlikely.
        """
        every = Counter(arms[split] for _, _, arms in self.explained[split])
        if not any(could_be_unlikely(every[arm], every.total(), part) for arm, part in self.splits[split].items()):
            return every
        return Counter(arms[split] for who, rows, arms in self.explained[split] if self._known(who, rows, arms, split))

    def _known(self, customer: Customer, rows: list[Row], arms: dict[SplitText, str], split: SplitText) -> bool:
        """Whether no other arm of the split explains the story as well."""
        others = [{**arms, split: arm} for arm in self.splits[split] if arm != arms[split]]
        return all(self._read(customer, rows, other).violations for other in others)

    def shares(self) -> list[Violation]:
        """Control group, holdouts and splits hold the shares that the scenario gives them, within chance.

        To be asked when all stories are read.
        """
        found = [("control", sum(c.control for c in self.customers), len(self.customers), self.paper.control_share)]
        for name, chain in self.paper.chains.items():
            found.append((f"holdout of {name}", self.held_out[name], self.entered[name], chain.holdout))
        for split, arms in self.splits.items():
            drawn = self._drawn(split)
            found += [(f"split {split[0]}: {arm or 'rest'}", drawn[arm], drawn.total(), arms[arm]) for arm in arms]
        for message, counts in self.variants.items():
            for name, given in self.paper.raw_messages[message]["variants"].items():
                found.append((f"{message}.{name}", counts[name], sum(counts.values()), share(given["share"])))
        return [
            Violation("shares", -1, 0, f"{what}: {count} of {total}, where {part:.0%} was meant")
            for what, count, total, part in found
            if unlikely(count, total, part)
        ]


def _lasts(story: Story) -> tuple[float, int]:
    """When a story first broke, and minus in how many places."""
    first = min((violation.time for violation in story.violations), default=math.inf)
    return first, -sum(violation.time == first for violation in story.violations)


def could_be_unlikely(count: int, total: int, part: float) -> bool:
    """Whether ``count`` of ``total`` is :func:`unlikely` for a share of ``part``, or can become so by leaving some out.

    Chernoff's exponent is convex in those counted and in the others, so it is largest where all or none of them stay.

    >>> could_be_unlikely(20, 40, 0.5), could_be_unlikely(25, 50, 0.5), could_be_unlikely(3, 20, 0.0)
    (False, True, True)
    """
    return any(unlikely(*left, part) for left in ((count, total), (count, count), (0, total - count)))


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
