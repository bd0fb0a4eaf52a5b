"""What segments predict comes true in the default shop: buyers of the next week, over several bases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from sim.history import past_of
from sim.kernel.columns import Columns
from strategies.neutral import neutral_policy
from strategies.observed import Observed
from strategies.predictions import Forecast
from strategies.scenario import AtStart
from strategies.segments import Prediction
from strategies.vocabulary import DAY
from tests.sim.harness import shop

START = dt.date(2026, 3, 16)
BASES, CUSTOMERS = 4, 2_000
RECORDS = 365 + 42
"""Days: a year before 2 February, from where on the shipped scenarios begin, and six weeks to be predicted."""
WEEKS = range(-42, 0, 7)


def predicted_and_seen(seed: int) -> np.ndarray:
    """(weeks, 2) over all bases: buyers that the company expects in the next week, and those who came."""
    scenario = replace(neutral_policy(START, "online_shop.yaml"), at_start=AtStart(RECORDS * DAY))
    past = past_of(shop(), scenario, CUSTOMERS, seed, range(BASES))
    customer, time, value = (past.orders[name] for name in ("customer", "time", "value"))
    registered = past.columns["observed.registered"]
    everybody = np.arange(BASES * CUSTOMERS)
    found = []
    for day in WEEKS:
        observed = Observed(Columns(BASES, CUSTOMERS), ())
        observed.registered[:] = np.where(registered < day * DAY, registered, np.iinfo(np.int32).min)
        before = time < day * DAY
        observed.book.load(customer[before], time[before], value[before])
        forecast = Forecast(scenario, observed, 0, CUSTOMERS, BASES)
        forecast.begin()
        forecast.parameters = forecast.fitted(day * DAY)
        chance = forecast.chances(Prediction(7 * DAY), everybody, np.full(everybody.size, day * DAY))
        week = (time >= day * DAY) & (time < (day + 7) * DAY)
        known = np.isin(everybody, customer[before])
        found.append((chance[known].sum(), np.isin(everybody[known], customer[week]).sum()))
    return np.array(found)


@pytest.mark.slow
def test_as_many_buy_in_a_week_as_is_predicted() -> None:
    """Over eight seeds seen / predicted was .98 on average with a standard deviation of .05, so that another seed
    would fail by chance in about 2 of 100 cases.  With clocks that begin at the first recorded order and without
    the pace it was .87 (four seeds)."""
    predicted, seen = predicted_and_seen(seed=1).sum(axis=0)
    assert seen / predicted == pytest.approx(1.0, abs=0.12)
