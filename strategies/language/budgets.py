"""Budgets of the contact policy: contact cost at most, of all contacts or of some."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from strategies.contact_policy import Budget, BudgetPeriod, Scope
from strategies.language.emit import Tree, filled
from strategies.language.reader import Checked, Choice, ListOf, Named, Reader, Value
from strategies.language.records import Keys, Record
from strategies.language.units import NAME, TOTAL, format_money
from strategies.language.words import CHANNEL, PURPOSE_LIST

MAX_BUDGETS = 32
BUDGET_PERIOD: Reader[BudgetPeriod] = Choice(get_args(BudgetPeriod))


def _budget(keys: Keys) -> Budget:
    maximum = keys.need("max", TOTAL, 0, "contact cost in currency units")
    seen = "company calendar; spending is seen from the next day on, so not a day"
    per = keys.need("per", BUDGET_PERIOD, "month", seen)
    name = keys.get("name", NAME, "", "name of the row in logs")

    def named(key: str, kind: str) -> tuple[str, ...]:
        return keys.get(key, ListOf(Named(kind), lone=True, at_least=1), (), f"only these {key}s")

    scope = Scope(
        channels=keys.get("channel", ListOf(CHANNEL, lone=True, at_least=1), (), "only these channels"),
        purposes=keys.get("purposes", PURPOSE_LIST, (), "only these purposes"),
        topics=named("topic", "topic"),
        chains=named("chain", "chain"),
        messages=named("message", "message"),
    )
    return Budget(maximum, per, name, scope, named("team", "team"))


def _named_budgets(value: Value, budgets: tuple[Budget, ...]) -> tuple[Budget, ...]:
    """Gives rows without a name their position (a lone row: ``budget``); names are unique."""
    if len(budgets) > MAX_BUDGETS:
        value.complain(f"{value.path}: found {len(budgets)} rows, expected at most {MAX_BUDGETS}")
    lone = len(budgets) == 1
    given = tuple(
        replace(row, name=row.name or ("budget" if lone else f"budget[{index}]")) for index, row in enumerate(budgets)
    )
    names = [row.name for row in given]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            value.complain(f"{value.path}: found the name '{name}' more than once, expected each name once")
    return given


BUDGETS: Reader[tuple[Budget, ...]] = Checked(
    ListOf(Record("budget", _budget, "a mapping such as {max: 500000, per: month}"), lone=True), _named_budgets
)


def budget_tree(row: Budget, scope: Tree) -> Tree:
    """A row as it would stand in a file.  scope: the contacts that it speaks of."""
    return filled(
        {"max": format_money(row.maximum), "per": row.per},
        name=None if row.name == "budget" or "[" in row.name else row.name,
        **scope,
        team=list(row.teams),
    )
