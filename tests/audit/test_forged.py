"""A log in which one row of the engine is missing, late or doubled is noticed, whichever row it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest

from tests.audit.auditor import audit
from tests.audit.base import Row
from tests.audit.crowded import CROWDED
from tests.audit.story import ENGINE_EVENTS
from tests.audit.toy_setting import Setting, Told
from tests.audit.toy_world import tell

SAMPLED = 60
"""Rows forged per scenario."""

Forgery = Callable[[list[Row], int], list[Row]]


def _without(rows: list[Row], at: int) -> list[Row]:
    return rows[:at] + rows[at + 1 :]


def _late(rows: list[Row], at: int) -> list[Row]:
    return [*rows[:at], rows[at]._replace(time=rows[at].time + 60), *rows[at + 1 :]]


def _doubled(rows: list[Row], at: int) -> list[Row]:
    return rows[: at + 1] + rows[at:]


@cache
def _told(name: str) -> Told:
    return tell(CROWDED[name], Setting(customers=36, seed=7))


@pytest.mark.slow
@pytest.mark.parametrize("forge", [_without, _late, _doubled], ids=["missing", "late", "doubled"])
@pytest.mark.parametrize("name", ["chains", "clocks"])
def test_a_forged_row_is_noticed(name: str, forge: Forgery) -> None:
    told = _told(name)
    draw = random.Random(name)
    made = [row for row in told.rows if row.event in ENGINE_EVENTS and row.time < 14 * 86_400]
    for row in draw.sample(made, SAMPLED):
        customer = next(person for person in told.customers if person.customer == row.customer)
        rows = [other for other in told.rows if other.customer == row.customer]
        assert audit(told.raw, rows, [customer]) == []
        assert audit(told.raw, forge(rows, rows.index(row)), [customer]) != [], row
