"""True reach: a list that nobody writes to keeps its dead mailboxes, until mail finds them out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sim.parameters import override
from sim.result import BlockResult
from strategies.vocabulary import DAY, EVENT_CODE, REASON_CODE
from tests.sim.blocks import log, scenario, shop, simulate

HORIZON = 44
"""The first day of the tail is a Wednesday, on which the neutral digest goes out."""
SHORT_LIVED = {"lifetime": {"hazard": 0.01}, "addresses": {"lasts": 30.0, "trap": 0.0}}


@pytest.fixture(scope="module")
def result() -> BlockResult:
    """An arm that writes and one that is mute, among customers who are soon lost and then give their mailbox up."""
    writes = scenario("loud_discounts", days=HORIZON, tail=3, history=30)
    mute = replace(writes, chains=(), campaigns=())
    population = replace(shop(), parameters=override(shop().parameters, SHORT_LIVED))
    return simulate(scenarios=(writes, mute), population=population, customers=500, bases=(0,), silent=False)


def unfound(result: BlockResult, arm: int, day: int) -> int:
    """Customers of an arm, control group included, who only seem to be reachable at the end of a day."""
    seen, true = (result.daily[name][arm, :, day].sum() for name in ("reachable_email", "truly_reachable_email"))
    return int(seen - true)


@pytest.mark.slow
def test_who_is_not_written_to_only_seems_reachable(result: BlockResult) -> None:
    assert (result.daily["truly_reachable_email"] <= result.daily["reachable_email"]).all()
    last = HORIZON - 1
    assert unfound(result, 1, last) > 2 * unfound(result, 0, last)
    assert unfound(result, 1, last) > unfound(result, 1, 0)


@pytest.mark.slow
def test_the_next_mail_to_all_finds_the_dead_mailboxes(result: BlockResult) -> None:
    """In the night before the digest a handful of mailboxes may die beside those that were dead."""
    day = pl.col("time") // DAY == HORIZON
    hard = (pl.col("event") == EVENT_CODE["bounced"]) & (pl.col("reason") == REASON_CODE["hard_bounce"])
    bounced = log(result).filter((pl.col("arm") == 1) & day & hard)["customer"].n_unique()
    dead = unfound(result, 1, HORIZON - 1)
    assert 20 < dead <= bounced <= dead + 5
    seen = result.daily["reachable_email"][1].sum(axis=0)
    assert np.abs(seen[HORIZON - 1] - seen[HORIZON] - bounced) <= 5
    assert unfound(result, 1, HORIZON) <= 3
