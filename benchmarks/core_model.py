"""The stated core model that both engines of the benchmark implement, and its numbers.

A reduced version of the product's model: small enough to be written twice, rich enough to hold
everything that makes cohorts hard: chains that an order stops, caps over time, decaying fatigue,
delayed responses, and a sender's reputation that all customers of a world share.

Time: whole seconds; day 0 is a Monday and begins at 0.  Drawn delays are rounded up to a second.

**Customers.**  Visit rate λ ~ Exponential(mean VISITS_PER_DAY).  Consent per channel (e-mail, push,
SMS) with probability CONSENT, affinity per channel ~ Normal(0, AFFINITY_SD); all independent.

**Visits** form a Poisson process with rate λ·24·HOURS[hour of the day] per day (restarted at each visit's
rounded time).  A visit fills a cart with probability CART.  A filled cart leads to an order within the
hour (uniformly) with probability CART_ORDER; otherwise it is *left*: the customer's mark ``left`` is set,
and the customer enters the cart chain unless a run is under way or the last entry is less than
REENTRY seconds old.

**An order** has the value Lognormal(ORDER_MU, ORDER_SD), clears the mark ``left`` and ends the run of the chain.

**The cart chain** waits 1 h and sends an e-mail; waits 24 h and sends a push unless the run's e-mail was
opened; waits 48 h, sends an SMS and ends.  A step that falls into quiet hours (22:00 to 8:00) waits until
8:00 first; the next wait counts from the step.  **The newsletter** goes on Tuesdays at 10:00 to all who
consented to e-mail on the first day.

**A send** is an *attempt*; it is *blocked* without consent, after unsubscribing from that channel, after
another send on the same calendar day, or when the last three sends lie within 7 days (an age of exactly
7 days is over).  Sends count against the caps whether they are delivered or not.  With probability
DELIVERY · reputation the message is *delivered*: fatigue F rises by FATIGUE_WEIGHT[channel], and with
probability logistic(OPEN[channel] + affinity − OPEN_FATIGUE·F), F from before, it will be *opened*
after OPEN_MEDIAN[channel]·Lognormal(0, OPEN_SD).  F halves every HALF_LIFE.

**At an opening**, F as of then: *unsubscribed* from the channel with probability
logistic(UNSUBSCRIBE + UNSUBSCRIBE_FATIGUE·F); independently *complained* (and unsubscribed) with
logistic(COMPLAIN + COMPLAIN_FATIGUE·F); independently, with probability
logistic(CLICK[channel] + CLICK_AFFINITY·affinity − CLICK_FATIGUE·F), a *click* follows after
Exponential(CLICK_MEAN).  A click is a visit that skips the cart: an order at once with probability
CLICK_ORDER_LEFT under the mark ``left``, else CLICK_ORDER.

**Reputation** of a world is settled every midnight by :func:`settle_reputation` from the day's delivered
messages and complaints; all customers see yesterday's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MINUTE, HOUR, DAY = 60, 3_600, 86_400
EMAIL, PUSH, SMS = 0, 1, 2

VISITS_PER_DAY = 0.1
HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 6, 8, 10, 11, 11, 12, 11, 10, 10, 11, 12, 14, 16, 16, 13, 9, 5]) / 197.0
"""Share of each hour of the day in a day's visits."""
CONSENT = (0.8, 0.5, 0.4)
AFFINITY_SD = 0.8

CART, CART_ORDER = 0.15, 0.35
ORDER_MU, ORDER_SD = float(np.log(3_000) - 0.18), 0.6
REENTRY = 7 * DAY
CHAIN_WAITS = (HOUR, 24 * HOUR, 48 * HOUR)
QUIET_FROM, QUIET_UNTIL = 22 * HOUR, 8 * HOUR
NEWSLETTER_FIRST, NEWSLETTER_EVERY = DAY + 10 * HOUR, 7 * DAY

CAP_WINDOW = 7 * DAY
DELIVERY = 0.97
FATIGUE_WEIGHT = (1.0, 0.7, 1.5)
HALF_LIFE = 7 * DAY
OPEN = (-1.0, -1.6, -0.4)
OPEN_FATIGUE = 0.35
OPEN_MEDIAN = (3 * HOUR, 10 * MINUTE, 3 * MINUTE)
OPEN_SD = 1.0
UNSUBSCRIBE, UNSUBSCRIBE_FATIGUE = -5.0, 0.5
COMPLAIN, COMPLAIN_FATIGUE = -5.8, 0.5
CLICK = (-1.6, -1.3, -1.6)
CLICK_AFFINITY, CLICK_FATIGUE = 0.5, 0.15
CLICK_MEAN = 3 * MINUTE
CLICK_ORDER, CLICK_ORDER_LEFT = 0.08, 0.25

EVENTS = (
    "visits",
    "carts",
    "orders",
    "attempts",
    "blocked",
    "delivered",
    "opened",
    "clicked",
    "unsubscribed",
    "complained",
)
"""The elementary events that speeds are quoted by, some 40 a customer in 90 days."""

DETAILS = ("chain runs", "chains stopped", "deferred", "push attempts", "SMS attempts", "click orders")
"""Counted besides, for the comparison of both engines."""

SMOOTHING, PATIENCE, PENALTY, FLOOR = 0.2, 0.001, 40.0, 0.4


def settle_reputation(reputation: Any, complaints: Any, delivered: Any, today: tuple[Any, Any]) -> tuple[Any, Any, Any]:
    """Reputation and the two moving averages after a day, as floats or as arrays over worlds.

    Both averages move by SMOOTHING toward ``today`` = (complaints, delivered); reputation moves by
    SMOOTHING toward 1 − PENALTY · (complaint rate − PATIENCE)⁺, not below FLOOR.

    >>> settle_reputation(1.0, 0.0, 0.0, (3, 1000))[0].item()
    0.984
    """
    complaints = complaints + SMOOTHING * (today[0] - complaints)
    delivered = delivered + SMOOTHING * (today[1] - delivered)
    rate = complaints / np.maximum(delivered, 1e-9)
    target = np.clip(1.0 - PENALTY * np.maximum(0.0, rate - PATIENCE), FLOOR, 1.0)
    return reputation + SMOOTHING * (target - reputation), complaints, delivered
