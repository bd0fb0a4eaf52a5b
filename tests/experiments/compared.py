"""A made comparison of two arms that several test modules ask, and how they ask."""

from functools import cache
from typing import Any

from experiments.comparison import Comparison, Difference, compare
from experiments.measures import Dimension
from experiments.tables import RunTables
from experiments.verdict import verdict
from tests.experiments.made_runs import MadeArm, made_tables

EMAIL = Dimension("channel", "email")


def difference(comparison: Comparison, *key: Any, **more: Any) -> Difference:
    found = comparison.find(*key, **more)
    assert found is not None, key
    return found


def plain_text(comparison: Comparison) -> str:
    return verdict(comparison).text.replace("\u202f", " ").replace("\u00a0", " ")


@cache
def two_arms() -> RunTables:
    """Tables of ``calm`` and of ``loud``, which earns more, writes more and loses more."""
    arms = (MadeArm("calm", platform_cost=90.0), MadeArm("loud", effect=8.0, messages=18.0, unsubscribe=0.06))
    return made_tables(arms, replications=5, customers=200)


@cache
def compared_arms() -> Comparison:
    """Their comparison."""
    return compare(two_arms())
