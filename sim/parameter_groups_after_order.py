"""The numbers of what follows an order: delivery, returns, support, what customers say, loyalty points."""

from __future__ import annotations

from dataclasses import dataclass

from sim.bounds import (
    COST,
    DISCOUNT,
    DURATION,
    EFFECT,
    FACTOR,
    FIT,
    LOGIT,
    SCORE,
    SHARE,
    SPREAD,
    STAGE,
    STARS,
    WHILE,
    YEARLY_RATE,
)
from sim.parameter_groups import parameter

_ASSUMED = "assumption"


@dataclass(frozen=True)
class DeliveryParameters:
    """How orders reach their customers (section ``after_order: [delivery]``)."""

    days: float = parameter(2.5, "day", _ASSUMED, "D", 0.1, 21, "median time from order to hand-over", DURATION)
    spread: float = parameter(0.6, "log", _ASSUMED, "D", 0.0, 1.5, "spread of that time (lognormal)", SPREAD)
    promised: float = parameter(5.0, "day", _ASSUMED, "D", 0.5, 30, "promised time; what comes after it is late", WHILE)
    late_bad: float = parameter(
        0.16,
        "share",
        "assumption: with bad_share 5 % of all orders go badly",
        "D",
        0,
        1,
        "late orders that go badly",
        SHARE,
    )


@dataclass(frozen=True)
class ReturnParameters:
    """What comes back (section ``after_order: [returns]``; shares by job in the jobs map)."""

    days: float = parameter(5.0, "day", _ASSUMED, "D", 0.1, 60, "median time from hand-over to the return", DURATION)
    spread: float = parameter(0.7, "log", _ASSUMED, "D", 0.0, 1.5, "spread of that time (lognormal)", SPREAD)
    after_bad: float = parameter(
        4.0, "factor", _ASSUMED, "D", 1, 20, "returns are so much likelier after a bad order", FACTOR
    )
    part: float = parameter(
        0.3, "share", _ASSUMED, "D", 0, 1, "returns that bring back a part of the order only", SHARE
    )
    cost: float = parameter(250.0, "currency", _ASSUMED, "D", 0, 5000, "cost of taking one return back", COST)
    trouble: float = parameter(0.2, "share", _ASSUMED, "D", 0, 1, "returns that are a trouble to the customer", SHARE)
    trust: float = parameter(0.08, "", _ASSUMED, "D", 0, 0.6, "loss of trust by such a return", SHARE)


@dataclass(frozen=True)
class SupportParameters:
    """Tickets and how they are dealt with (section ``after_order: [support]``)."""

    late: float = parameter(
        0.25, "share", _ASSUMED, "D", 0, 1, "late orders that lead to a ticket when they are due", SHARE
    )
    bad: float = parameter(
        0.35, "share", _ASSUMED, "D", 0, 1, "bad orders that lead to a ticket once handed over", SHARE
    )
    returning: float = parameter(0.15, "share", _ASSUMED, "D", 0, 1, "returns that lead to a ticket", SHARE)
    payment: float = parameter(0.01, "share", _ASSUMED, "D", 0, 0.3, "orders with a ticket about the payment", SHARE)
    hours: float = parameter(8.0, "hour", _ASSUMED, "D", 0.1, 240, "median time until a ticket is closed", DURATION)
    spread: float = parameter(1.1, "log", _ASSUMED, "D", 0.0, 2.5, "spread of that time (lognormal)", SPREAD)
    unsolved: float = parameter(0.12, "share", _ASSUMED, "D", 0, 1, "tickets that are closed without a solution", SHARE)
    solved_trust: float = parameter(
        0.1,
        "of 1 − T",
        "MODEL: trust rises with good service",
        "D",
        0,
        0.5,
        "gain of trust by an instant solution",
        SHARE,
    )
    slow: float = parameter(24.0, "hour", _ASSUMED, "D", 1, 240, "that gain halves with every so long wait", DURATION)
    unsolved_trust: float = parameter(0.08, "", _ASSUMED, "D", 0, 0.6, "loss of trust by an unsolved ticket", SHARE)
    promo_fit: float = parameter(
        -0.4, "", _ASSUMED, "D", -1, 0, "fit of promotion and content that is noticed while a ticket is open", FIT
    )


@dataclass(frozen=True)
class VoiceParameters:
    """What customers say: NPS answers to messages that ask, reviews with and without being asked."""

    nps_answer: float = parameter(
        -1.2, "logit", _ASSUMED, "D", -6, 3, "answering a noticed NPS question, at T = T0", LOGIT
    )
    nps_trust: float = parameter(2.0, "", _ASSUMED, "D", 0, 8, "trust T − T0 on answering", EFFECT)
    nps_middle: float = parameter(8.0, "score", _ASSUMED, "D", 0, 10, "mean of the score at T = T0", SCORE)
    nps_slope: float = parameter(8.0, "score per trust", _ASSUMED, "D", 0, 30, "trust T − T0 on the score", EFFECT)
    nps_bad: float = parameter(
        2.5, "score", _ASSUMED, "D", 0, 10, "loss of score when the last order went badly", SCORE
    )
    nps_spread: float = parameter(1.8, "score", _ASSUMED, "D", 0, 5, "spread of the score", SCORE)
    minutes: float = parameter(20.0, "min", _ASSUMED, "D", 0.1, 1440, "mean time from noticing to the answer", DURATION)
    review_unasked: float = parameter(
        0.02, "share", _ASSUMED, "D", 0, 1, "orders that are reviewed without being asked", SHARE
    )
    review_bad: float = parameter(3.0, "factor", _ASSUMED, "D", 1, 20, "so much likelier after a bad order", FACTOR)
    review_days: float = parameter(
        6.0, "day", _ASSUMED, "D", 0.1, 60, "mean time from hand-over to such a review", DURATION
    )
    review_answer: float = parameter(
        -2.2, "logit", _ASSUMED, "D", -6, 3, "writing a review at a noticed message that asks for it", LOGIT
    )
    review_stars: float = parameter(4.6, "stars", _ASSUMED, "D", 1, 5, "mean of the stars after a good order", STARS)
    review_stars_bad: float = parameter(1.8, "stars", _ASSUMED, "D", 1, 5, "mean of the stars after a bad order", STARS)
    review_spread: float = parameter(0.7, "stars", _ASSUMED, "D", 0, 3, "spread of the stars", STAGE)


@dataclass(frozen=True)
class SupplyParameters:
    """What runs out, and subscriptions that end (sections ``after_order: [replenishment, renewals]``)."""

    spread: float = parameter(
        0.35, "log", _ASSUMED, "D", 0, 1.5, "spread of the time until supplies are used up", SPREAD
    )
    stage: float = parameter(3.0, "stage", _ASSUMED, "D", 0, 4, "readiness of a need that an earlier order left", STAGE)
    plan_days: float = parameter(90.0, "day", _ASSUMED, "D", 7, 730, "length of a subscription", DURATION)
    plan_notice: float = parameter(
        5.0,
        "day",
        "003 §5.7: the subscription ends in 5 days",
        "C",
        1,
        60,
        "so long before its end it is announced",
        WHILE,
    )


@dataclass(frozen=True)
class AssortmentParameters:
    """Stock-outs, price drops and wishes (section ``assortment``)."""

    stock_outs: float = parameter(2.0, "1/year", _ASSUMED, "D", 0, 26, "stock-outs of an item", YEARLY_RATE)
    out_days: float = parameter(12.0, "day", _ASSUMED, "D", 1, 120, "mean length of a stock-out", DURATION)
    price_drops: float = parameter(3.0, "1/year", _ASSUMED, "D", 0, 26, "price drops of an item", YEARLY_RATE)
    sale_days: float = parameter(7.0, "day", _ASSUMED, "D", 1, 60, "mean length of a price drop", DURATION)
    drop: float = parameter(
        0.2, "share", _ASSUMED, "D", 0, 0.6, "mean depth of a price drop; half to one and a half", DISCOUNT
    )
    draw: float = parameter(
        5.0, "", "as journey.offer: a lower price draws as an offer does", "D", 0, 15, "on intent", EFFECT
    )
    missing: float = parameter(
        1.5, "", _ASSUMED, "D", 0, 6, "loss of intent when the wanted item is out of stock", EFFECT
    )
    memory: float = parameter(60.0, "day", _ASSUMED, "D", 1, 365, "so long a marked item is wanted", WHILE)


@dataclass(frozen=True)
class PointsParameters:
    """Loyalty points in customers' hands."""

    felt: float = parameter(
        0.6, "share", _ASSUMED, "D", 0, 1.5, "what points are felt to be worth, of their money", FACTOR
    )
    aware_days: float = parameter(
        14.0, "day", _ASSUMED, "D", 0.1, 90, "so long is remembered a message that shows them", WHILE
    )
    used_aware: float = parameter(0.8, "probability", _ASSUMED, "D", 0, 1, "who thinks of them pays with them", SHARE)
    used: float = parameter(0.35, "probability", _ASSUMED, "D", 0, 1, "who does not, pays with them", SHARE)
