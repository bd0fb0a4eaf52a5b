"""Predictive segments: who counts, when the fit is made anew, what happens without enough orders."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from strategies.btyd import Model, alive, fit, histories, orders_within
from strategies.vocabulary import DAY
from tests.strategies.story import Person, Story, tell

TEXT = """
predictions: {{model: {model}, refit: {refit}}}
segments:
  soon: {{predict: {{order_in: 7d, at_least: 6%}}}}
  lost: {{predict: {{churn_risk: {{at_least: 40%}}}}}}
  between: {{predict: {{churn_risk: {{at_least: 10%, at_most: 40%}}}}}}
messages: {{now: {{purpose: promo}}, miss_you: {{purpose: promo}}, hint: {{purpose: promo}}}}
campaigns:
  a: {{every: "day 10:00", to: segment.soon, send: {{email: now}}}}
  b: {{every: "day 11:00", to: segment.lost, send: {{sms: miss_you}}}}
  c: {{every: "day 12:00", to: segment.between, send: {{vk: hint}}}}
"""
PEOPLE = [f"p{number:02d}" for number in range(30)]
PAST = [[(37 * n + 11 * k * (n % 5 + 1)) % 300 + 1 for k in range(1 + n * n % 6)] for n in range(30)]
"""Days before the start on which each of them ordered."""


def story(
    model: str = "mbg_nbd", refit: str = "30d", more: Iterable[str] = (), people: int = 30, days: int = 2
) -> Story:
    lines = [f"day -{day} 10:00 {who} order 100" for who, past in zip(PEOPLE, PAST, strict=True) for day in past]
    lines = [line for line in lines if int(line.split()[3][1:]) < people]
    timeline = sorted([*lines, *more], key=lambda line: int(line.split()[1]))
    scenario = TEXT.format(model=model, refit=refit)
    return tell(scenario, timeline, {name: Person() for name in [*PEOPLE[:people], "stranger"]}, days=days)


def counted(day: int) -> tuple[np.ndarray, ...]:
    """x, last, age of everybody on a day, by the definition."""
    first, last = (np.array([-pick(past) for past in PAST]) for pick in (max, min))
    return np.array([len(set(past)) - 1 for past in PAST]), last - first, day - first


def sent(told: Story, day: int, channel: str) -> set[str]:
    return {line.split()[3] for line in told.sent if line.startswith(f"day {day} ") and f" {channel}:" in line}


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd"])
def test_members_are_those_whose_chance_fits(model: Model) -> None:
    told = story(model)
    x, last, age = counted(0)
    parameters = fit(histories(x, last, age), model)
    assert np.array_equal(told.path["prediction:0"], parameters[None, None])
    history = [column.astype(float) for column in (x, last, age)]
    soon = orders_within(parameters, *history, 7.0, model)
    lost = 1 - alive(parameters, *history, model)
    names = np.array(PEOPLE)
    assert sent(told, 0, "email") == set(names[soon >= 0.06].tolist())
    assert sent(told, 0, "sms") == set(names[lost >= 0.4].tolist())
    assert sent(told, 0, "vk") == set(names[(lost >= 0.1) & (lost <= 0.4)].tolist())
    assert 3 < len(sent(told, 0, "sms")) < 27
    assert sent(told, 0, "email")


@pytest.mark.slow
def test_a_new_order_changes_the_customers_chance_at_once_and_the_fit_at_the_next_refit() -> None:
    plain, told = story(days=9), story(more=["day 2 09:00 p02 order 100", "day 2 20:00 p02 order 100"], days=9)
    assert "p02" in sent(plain, 3, "sms")
    assert "p02" not in sent(told, 3, "sms")
    assert np.array_equal(plain.path["prediction:0"], told.path["prediction:0"])
    weekly = story(refit="7d", more=["day 2 09:00 p02 order 100"], days=9)
    assert weekly.path["prediction:0"].shape == (2, 1, 4)
    assert (weekly.path["prediction:0"][0] != weekly.path["prediction:0"][1]).any()


@pytest.mark.slow
def test_nobody_is_predicted_without_an_order_or_without_enough_orders() -> None:
    told = story()
    assert not any("stranger" in line for line in told.sent)
    few = story(people=6)
    assert few.sent == []
    assert not few.path["prediction:0"].any()


@pytest.mark.slow
def test_two_orders_of_a_day_are_one() -> None:
    told = story(more=["day 1 09:00 p02 order 100", "day 1 09:30 p02 order 100"], days=3)
    forecast = told.hub.engines[0].reader.segments.forecast
    assert forecast is not None
    assert forecast.days[2] == len(set(PAST[2])) + 1
    assert forecast.last_day[2] == 1
    assert told.rows[-1].time < 3 * DAY
