"""Rows of the budget that stop nobody: told by ``crmsim check`` (:mod:`strategies.language.doubts`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from strategies.changes import phases
from strategies.compiler import compile_scenario
from strategies.contact_policy import Budget, Scope
from strategies.gates.spending import paid_from
from strategies.language.reader import Value
from strategies.language.units import format_money
from strategies.scenario import Scenario
from strategies.sites import SiteColumns


def budget_doubts(value: Value, scenario: Scenario) -> None:
    """Notices about rows of the budget in the policy and in its changes.  value: the whole scenario as written."""
    stretches = phases(scenario)
    if not any(phase.scenario.policy.budget for phase in stretches):
        return
    changes, program = value.child("changes"), compile_scenario(scenario, 0, 0)
    for place, phase in zip((value, *(changes.items() if changes else ())), stretches, strict=False):
        policy = place.child("contact_policy")
        written = policy.child("budget") if policy else None
        if written is None:
            continue
        sites, rows = SiteColumns(replace(program, scenario=phase.scenario)), phase.scenario.policy.budget
        items = [written] if written.node.kind == "mapping" else [*written.items()]
        for number, (item, row) in enumerate(zip(items, rows, strict=False)):
            if not _pays_for_nothing(item, row, sites):
                _is_never_first(item, row, (*rows[:number], *rows[number + 1 :]), rows[:number])


def _pays_for_nothing(item: Value, row: Budget, sites: SiteColumns) -> bool:
    """A row of which nothing that chains and campaigns do is a part, or nothing that obeys budgets."""
    inside = paid_from(row, sites)
    if inside.any():
        obeys = sites.obeys("budget", inside.nonzero()[0])
        if not obeys.any():
            item.remark(
                f"{item.path}: nothing of what '{row.name}' counts obeys budgets (exempt, in_app), so it stops nobody; "
                "expected 'budget' in what that obeys, or a row of something else"
            )
        return not obeys.any()
    named = [*_keys(row)]
    blamed = [words for words, alone in named if not paid_from(alone, sites).any()]
    if named:
        words = (blamed or [", ".join(words for words, _ in named)])[0]
        item.remark(
            f"{item.path}: no chain and no campaign has a contact or task of '{words}', so '{row.name}' counts nothing "
            "and stops nobody; expected what they have, or no such row"
        )
    return bool(named)


def _keys(row: Budget) -> Iterator[tuple[str, Budget]]:
    """What a row names, as words and as a row that names this alone; channels and teams, of either, together."""
    scope = row.scope
    parts = (
        ({"channel": scope.channels, "team": row.teams}, Scope(channels=scope.channels), row.teams),
        ({"purposes": scope.purposes}, Scope(purposes=scope.purposes), ()),
        ({"topic": scope.topics}, Scope(topics=scope.topics), ()),
        ({"chain": scope.chains}, Scope(chains=scope.chains), ()),
        ({"message": scope.messages}, Scope(messages=scope.messages), ()),
    )
    for named, alone, teams in parts:
        words = [f"{key}: {names[0] if len(names) == 1 else _listed(names)}" for key, names in named.items() if names]
        if words:
            yield ", ".join(words), replace(row, scope=alone, teams=teams)


def _listed(names: tuple[str, ...]) -> str:
    return f"[{', '.join(names)}]"


def _is_never_first(item: Value, row: Budget, others: tuple[Budget, ...], before: tuple[Budget, ...]) -> None:
    """A row that is spent no sooner than another one that counts the same."""
    for other in others:
        sooner = other.maximum < row.maximum or (other.maximum == row.maximum and other in before)
        if sooner and other.counted == row.counted:
            item.remark(
                f"{item.path}: '{row.name}' never stops anybody, for '{other.name}' counts the same contacts in the "
                f"same periods and is spent at {format_money(other.maximum):,}; leave it out, or say of which contacts "
                "it speaks"
            )
            return
