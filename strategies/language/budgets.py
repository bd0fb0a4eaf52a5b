"""Budgets of the contact policy: contact cost at most, of all contacts or of some."""

from __future__ import annotations

from typing import get_args

from strategies.contact_policy import Budget, BudgetPeriod, Scope
from strategies.language.emit import Tree, filled
from strategies.language.named_rows import own_name, with_names
from strategies.language.reader import Checked, Choice, ListOf, Named, Reader
from strategies.language.records import Keys, Record
from strategies.language.units import NAME, TOTAL, format_money
from strategies.language.words import CHANNEL, PURPOSE_LIST

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


BUDGETS: Reader[tuple[Budget, ...]] = Checked(
    ListOf(Record("budget", _budget, "a mapping such as {max: 500000, per: month}"), lone=True),
    lambda value, rows: with_names(value, rows, "budget"),
)


def budget_tree(row: Budget, scope: Tree) -> Tree:
    """A row as it would stand in a file.  scope: the contacts that it speaks of."""
    return filled(
        {"max": format_money(row.maximum), "per": row.per},
        name=own_name(row.name, "budget"),
        **scope,
        team=list(row.teams),
    )
