"""Predictive segments: who counts from when, the pace, when the fit is made anew, what too few orders do."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from strategies.btyd import NAMES, Model, alive, fit, histories, orders_within
from strategies.predictions import PACE_PRIOR, PARAMETERS, RECENT
from strategies.vocabulary import DAY
from tests.strategies.story import Person, Story, tell

TEXT = """
at_start: {{history: 250d}}
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
ACCOUNTS = {n: (290, 240, 60, 5)[n % 4] for n in range(0, 30, 3)}
"""Days before the start on which some made an account: before the records of 250 days, after them, after orders."""
VISITORS = {"stranger": None, "newcomer": 30, "old friend": 400}
"""People without an order, and when they made their account."""


def person(account: int | None) -> Person:
    return Person(profile={} if account is None else {"registered": -account * DAY + 3_600})


def story(
    model: str = "mbg_nbd", refit: str = "30d", more: Iterable[str] = (), people: int = 30, days: int = 2
) -> Story:
    lines = [f"day -{day} 10:00 {who} order 100" for who, past in zip(PEOPLE, PAST, strict=True) for day in past]
    lines = [line for line in lines if int(line.split()[3][1:]) < people]
    timeline = sorted([*lines, *more], key=lambda line: int(line.split()[1]))
    scenario = TEXT.format(model=model, refit=refit)
    everybody = {name: person(ACCOUNTS.get(n)) for n, name in enumerate(PEOPLE[:people])}
    everybody |= {name: person(account) for name, account in VISITORS.items()}
    return tell(scenario, timeline, everybody, days=days)


def history(past: Iterable[int], account: int | None, day: int) -> tuple[int, int, int]:
    """x, last, age on a day, by the definition; past: days before the start, account likewise."""
    days = sorted({-ago for ago in past if -ago < day})
    begin = min([*days[:1], *([] if account is None else [max(-account, -250)])])
    later = [order for order in days if order > begin]
    return len(later), later[-1] - begin if later else 0, day - begin


def counted(day: int) -> tuple[np.ndarray, ...]:
    """x, last, age on a day of all who had ordered by then."""
    buyers = [n for n, past in enumerate(PAST) if any(-ago < day for ago in past)]
    return tuple(np.array([history(PAST[n], ACCOUNTS.get(n), day) for n in buyers]).T)


def fitted(model: Model) -> np.ndarray:
    """The model's parameters on day 0: who has an account counts, too."""
    strangers = [history((), account, 0) for account in VISITORS.values() if account is not None]
    everybody = np.concatenate([np.array(counted(0)), np.array(strangers).T], axis=1)
    return fit(histories(*everybody), model)


def pace(parameters: np.ndarray, model: Model) -> float:
    """Of those who had ordered two weeks before the start, buyers since against the model's count."""
    then = [column.astype(float) for column in counted(-RECENT)]
    due = orders_within(parameters, *then, float(RECENT), model).sum()
    seen = sum(max(past) > RECENT and min(past) <= RECENT for past in PAST)
    assert seen > 2
    return (seen + PACE_PRIOR) / (due + PACE_PRIOR)


def sent(told: Story, day: int, channel: str) -> set[str]:
    return {line.split()[3] for line in told.sent if line.startswith(f"day {day} ") and f" {channel}:" in line}


@pytest.mark.slow
@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd"])
def test_members_are_those_whose_chance_fits(model: Model) -> None:
    told = story(model)
    parameters = fitted(model)
    faster = pace(parameters, model)
    assert np.array_equal(told.path["prediction:0"][0, 0, :4], parameters)
    assert told.path["prediction:0"][0, 0, 4] == pytest.approx(faster, rel=1e-12)
    now = [column.astype(float) for column in counted(0)]
    soon = orders_within(parameters, *now, 7.0 * faster, model)
    lost = 1 - alive(parameters, *now, model)
    names = np.array(PEOPLE)
    assert sent(told, 0, "email") == set(names[soon >= 0.06].tolist())
    assert sent(told, 0, "sms") == set(names[lost >= 0.4].tolist())
    assert sent(told, 0, "vk") == set(names[(lost >= 0.1) & (lost <= 0.4)].tolist())
    assert sent(told, 0, "email")
    assert sent(told, 0, "sms") | sent(told, 0, "vk")


@pytest.mark.slow
def test_a_new_order_changes_the_customers_chance_at_once_and_the_fit_at_the_next_refit() -> None:
    who = "p02"
    plain, told = story(days=9), story(more=[f"day 2 09:00 {who} order 100", f"day 2 20:00 {who} order 100"], days=9)
    assert who in sent(plain, 3, "sms")
    assert who not in sent(told, 3, "sms")
    assert np.array_equal(plain.path["prediction:0"], told.path["prediction:0"])
    weekly = story(refit="7d", more=[f"day 2 09:00 {who} order 100"], days=9)
    assert weekly.path["prediction:0"].shape == (2, 1, len(PARAMETERS))
    assert (weekly.path["prediction:0"][0] != weekly.path["prediction:0"][1]).any()


@pytest.mark.slow
def test_nobody_is_predicted_without_an_order_or_without_enough_orders() -> None:
    told = story()
    assert not any(name in line for line in told.sent for name in VISITORS)
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


def test_a_fit_that_stops_at_a_bound_is_marked() -> None:
    """Where everybody orders by chance alone and nobody leaves, the likelihood has no top within reach."""
    told = story("bg_nbd")
    bits = int(told.path["prediction:0"][0, 0, PARAMETERS.index("bounds")])
    edges = np.log(told.path["prediction:0"][0, 0, [0, 2, 3]])
    assert [bool(bits >> NAMES.index(name) & 1) for name in ("r", "a", "b")] == (np.abs(edges) > 6.999_99).tolist()
