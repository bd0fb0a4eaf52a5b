"""The numbers of the customer model by group, each with unit, default, source, grade, range and meaning.

Grades: A measured on large data, B published study, C secondary or vendor page, D assumption.
Sources name ``facts/literature.yaml`` (literature), ``facts/benchmarks.yaml`` (norms), or say how the
value was found; *calibrated* values were set so that half a year under a weekly digest on the default
shop, after a year of it, lies inside those norms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sim.bounds import (
    AMOUNT,
    CLOCK,
    DURATION,
    EFFECT,
    FACTOR,
    FIT,
    HALF_LIFE,
    LOG_EFFECT,
    LOGIT,
    LOSS,
    MONEY,
    PACE,
    RATE,
    SHAPE,
    SHARE,
    SHARES,
    SPREAD,
    WEIGHTS,
    WHILE,
    YEARLY,
    Bounds,
)

Grade = Literal["A", "B", "C", "D"]
Value = float | tuple[float, ...]

_SPIKE = "spike of the model, tuned to the acceptance facts"
_ASSUMED = "assumption"
_CALIBRATED = "calibrated to the norms"


def parameter(
    default: Value, unit: str, source: str, grade: Grade, low: float, high: float, about: str, bounds: Bounds
) -> Any:
    """A field with its documentation; ``low`` and ``high`` bound the plausible range (of each element), ``bounds``
    what the model takes at all.
    """
    known = {"unit": unit, "source": source, "grade": grade, "low": low, "high": high, "about": about}
    return field(default=default, metadata={**known, "bounds": bounds})


@dataclass(frozen=True)
class TraitParameters:
    """How customers differ for life."""

    visit_rate: float = parameter(0.07, "1/day", _SPIKE, "D", 0.01, 1.0, "mean rate λ of visits without a motive", PACE)
    visit_shape: float = parameter(
        0.8, "", "literature: cdnow_sample (Gamma shapes below 1)", "C", 0.2, 5, "Gamma shape of λ", SHAPE
    )
    jobs_per_year: float = parameter(8.0, "1/year", _SPIKE, "D", 0.5, 50, "mean rate at which jobs arise", YEARLY)
    jobs_shape: float = parameter(1.3, "", _SPIKE, "D", 0.2, 5, "Gamma shape of the job rate", SHAPE)
    job_concentration: float = parameter(
        0.5, "", _SPIKE, "D", 0.05, 10, "Dirichlet concentration of job weights per job", SHAPE
    )
    patience_sd: float = parameter(0.6, "log", _SPIKE, "D", 0.0, 1.5, "spread of patience τ (median 1)", SPREAD)
    affinity_sd: float = parameter(1.0, "logit", _SPIKE, "D", 0.0, 2.5, "spread of channel preference a", SPREAD)
    activity_correlation: float = parameter(
        0.6, "", "MODEL: patience and preference go with activity", "D", 0.0, 0.9, "of log τ and a with activity", SHARE
    )
    price_shape: float = parameter(2.0, "", _SPIKE, "D", 0.3, 20, "Gamma shape of price sensitivity (mean 1)", SHAPE)
    order_value: float = parameter(
        3000.0,
        "currency",
        "norms: rfm monetary edges 5,000 and 15,000 a year",
        "C",
        100,
        1e5,
        "mean order value",
        MONEY,
    )
    margin: float = parameter(1.0, "", _ASSUMED, "D", 0.5, 1.5, "factor of all margins in the jobs map", FACTOR)
    value_level_sd: float = parameter(
        0.5, "log", _SPIKE, "D", 0.0, 1.5, "spread of order value between customers", SPREAD
    )
    value_order_sd: float = parameter(
        0.4, "log", _SPIKE, "D", 0.0, 1.5, "spread of order value within a customer", SPREAD
    )
    morning_share: float = parameter(
        0.45, "", _ASSUMED, "D", 0.0, 1.0, "share of customers whose best hour lies in the morning", SHARE
    )
    morning_hour: float = parameter(9.5, "h", _ASSUMED, "D", 6, 12, "mean best hour of the morning people", CLOCK)
    evening_hour: float = parameter(20.0, "h", _ASSUMED, "D", 16, 23, "mean best hour of the evening people", CLOCK)
    best_hour_sd: float = parameter(2.0, "h", _ASSUMED, "D", 0.5, 5, "spread of the best hour", CLOCK)


@dataclass(frozen=True)
class LifetimeParameters:
    """How long customers stay: Pareto/NBD in calendar time, hastened by low trust, never by orders."""

    hazard: float = parameter(0.0009, "1/day", _SPIKE, "D", 0.0, 0.01, "mean rate μ of leaving for good", RATE)
    shape: float = parameter(
        0.8, "", "literature: cdnow_sample (Pareto/NBD s .606)", "C", 0.2, 5, "Gamma shape of μ", SHAPE
    )
    trust: float = parameter(1.2, "", _ASSUMED, "D", 0.0, 1.6, "κ: the rate is μ·(1 + κ·(T0 − T))", EFFECT)


@dataclass(frozen=True)
class VisitParameters:
    """When people come."""

    hour_weights: tuple[float, ...] = parameter(
        (2, 1, 0.8, 0.8, 1, 2, 4, 6, 8, 10, 11, 11, 12, 11, 10, 10, 11, 12, 14, 16, 16, 13, 9, 5),
        "relative",
        "prototype: usual day curve of an online shop",
        "D",
        0.1,
        100,
        "visits by local hour (24)",
        WEIGHTS,
    )
    weekday_weights: tuple[float, ...] = parameter(
        (1.05, 1.03, 1.0, 1.0, 0.97, 0.95, 1.0),
        "relative",
        _ASSUMED,
        "D",
        0.1,
        10,
        "visits by weekday from Monday (7)",
        WEIGHTS,
    )
    month_weights: tuple[float, ...] = parameter(
        (0.95, 0.95, 1.0, 0.98, 0.96, 0.94, 0.94, 0.98, 1.0, 1.02, 1.14, 1.14),
        "relative",
        _ASSUMED,
        "D",
        0.1,
        10,
        "visits by month from January (12)",
        WEIGHTS,
    )
    job_pull: float = parameter(
        0.75, "", _SPIKE + " (φ 3 times pull .25)", "D", 0.0, 5.0, "visits for a job: λ·job_pull·(1+s)", EFFECT
    )


@dataclass(frozen=True)
class JobParameters:
    """How jobs begin, ripen and end."""

    stage_shares: tuple[float, ...] = parameter(
        (0.25, 0.30, 0.25, 0.15, 0.05), "share", _SPIKE, "D", 0.0, 1.0, "readiness when a job opens (5)", SHARES
    )
    intensity_sd: float = parameter(0.5, "log", _ASSUMED, "D", 0.0, 1.5, "spread of intensity v", SPREAD)
    drift: float = parameter(0.04, "1/day", _SPIKE, "D", 0.0, 0.5, "rate of +1 stage by itself", RATE)
    stage_by_visit: float = parameter(
        0.35, "probability", _SPIKE, "D", 0.0, 1.0, "+1 stage at a visit without an order", SHARE
    )
    solved_elsewhere: float = parameter(
        0.016, "1/day", _SPIKE, "D", 0.0, 0.2, "c0 of the rate of being solved elsewhere", RATE
    )
    solved_stage: float = parameter(
        0.4, "log per stage", _SPIKE, "D", 0.0, 1.5, "effect of readiness on it", LOG_EFFECT
    )
    solved_urgency: float = parameter(0.8, "log", _SPIKE, "D", 0.0, 3.0, "effect of urgency on it", LOG_EFFECT)
    solved_trust: float = parameter(
        2.0, "log", _SPIKE, "D", 0.0, 5.0, "effect of missing trust T0 − T on it", LOG_EFFECT
    )
    fade: float = parameter(0.01, "1/day", _SPIKE, "D", 0.001, 0.2, "rate at which a job is forgotten", PACE)
    deadline_earliest: float = parameter(5.0, "day", _SPIKE, "D", 1, 60, "earliest deadline after opening", DURATION)
    deadline_latest: float = parameter(30.0, "day", _SPIKE, "D", 2, 200, "latest deadline after opening", DURATION)
    urgency_days: float = parameter(
        5.0, "day", _SPIKE, "D", 1, 30, "urgency is exp(−days left / urgency_days)", DURATION
    )


@dataclass(frozen=True)
class JourneyParameters:
    """What happens in a visit: logit p[k] = base[k] + slope[k]·u, slopes of the buying path sum to 1."""

    search_base: float = parameter(-0.6, "logit", _ASSUMED, "D", -4, 4, "search at u = 0", LOGIT)
    search_slope: float = parameter(0.1, "", _ASSUMED, "D", 0, 1, "effect of intent on searching (side step)", EFFECT)
    view_base: float = parameter(1.0, "logit", _ASSUMED, "D", -4, 4, "product view at u = 0", LOGIT)
    view_slope: float = parameter(0.15, "", _ASSUMED, "D", 0, 1, "effect of intent on viewing", EFFECT)
    favourite_base: float = parameter(
        -2.6, "logit", _ASSUMED, "D", -6, 2, "marking a favourite at u = 0, given a view", LOGIT
    )
    favourite_slope: float = parameter(0.2, "", _ASSUMED, "D", 0, 1, "effect of intent on it (side step)", EFFECT)
    cart_base: float = parameter(
        -1.45, "logit", _CALIBRATED, "D", -6, 2, "filling the cart at u = 0, given a view", LOGIT
    )
    cart_found: float = parameter(
        1.5, "logit", _CALIBRATED, "D", 0, 5, "more readiness to open a cart that was left", LOGIT
    )
    cart_slope: float = parameter(0.4, "", _ASSUMED, "D", 0, 1, "effect of intent on filling the cart", EFFECT)
    checkout_base: float = parameter(
        -0.55,
        "logit",
        "calibrated to literature: cart.abandoned .70",
        "C",
        -4,
        4,
        "opening the checkout at u = 0",
        LOGIT,
    )
    checkout_slope: float = parameter(0.25, "", _ASSUMED, "D", 0, 1, "effect of intent on opening the checkout", EFFECT)
    order_base: float = parameter(
        -0.15,
        "logit",
        "calibrated to literature: cart.abandoned .70",
        "C",
        -4,
        4,
        "ordering at u = 0, given the checkout",
        LOGIT,
    )
    order_slope: float = parameter(0.2, "", _ASSUMED, "D", 0, 1, "effect of intent on ordering", EFFECT)
    stage: float = parameter(0.55, "per stage", _SPIKE, "D", 0, 2, "θ_stage: readiness in the intent u", EFFECT)
    urgency: float = parameter(1.0, "", _SPIKE, "D", 0, 4, "θ_urgency", EFFECT)
    barrier: float = parameter(0.6, "per barrier", _SPIKE, "D", 0, 2, "θ_barrier: each barrier present", EFFECT)
    offer: float = parameter(
        5.0, "per share of value", _SPIKE, "D", 0, 20, "θ_offer: times price sensitivity and offer value", EFFECT
    )
    trust: float = parameter(1.5, "", _SPIKE, "D", 0, 5, "θ_trust: times T − T0", EFFECT)
    expectation: float = parameter(
        0.8, "", _SPIKE, "D", 0, 3, "θ_expect: expectation of discounts when none is offered", EFFECT
    )
    browsing: float = parameter(-3.0, "", _SPIKE, "D", -8, 1, "u without an open job", LOGIT)
    cart_memory: float = parameter(7.0, "day", _SPIKE, "D", 0.1, 60, "a left cart is still there for so long", WHILE)
    cart_emptied: float = parameter(
        0.05, "probability", _ASSUMED, "D", 0, 1, "a visitor empties the cart found there", SHARE
    )
    heat_floor: float = parameter(
        0.35, "", _ASSUMED, "D", 0, 1, "h: order through a message long after the cart was left", SHARE
    )
    heat_half_life: float = parameter(
        3.0, "hour", "literature: cart.recovery_if_within_minutes", "D", 0.2, 48, "H_cart of that heat", DURATION
    )


@dataclass(frozen=True)
class BurnoutParameters:
    """Fatigue F and blindness B."""

    half_life: float = parameter(
        14.0, "day", "literature: fatigue_half_life_days (7 to 28)", "D", 7, 28, "H of fatigue", HALF_LIFE
    )
    weights: tuple[float, ...] = parameter(
        (1.0, 1.2, 1.2, 2.5, 1.5, 1.8, 1.5, 0.3),
        "",
        _SPIKE + " (email = 1 fixes the scale); in_app: 003 §6.6 'accompanies, does not press'",
        "D",
        0,
        10,
        "w by channel; in_app less than what is pushed",
        EFFECT,
    )
    unnoticed: float = parameter(
        0.25, "share", "MODEL", "D", 0, 1, "share of fatigue that an unnoticed message brings", SHARE
    )
    misfit: float = parameter(1.0, "per ρ", _SPIKE, "D", 0, 4, "ι_misfit: irritation by missing fit", EFFECT)
    misfit_below: float = parameter(0.25, "", "MODEL", "D", -1, 1, "misfit irritates below this ρ", FIT)
    repeat: float = parameter(
        0.5, "", _SPIKE, "D", 0, 4, "ι_repeat: same topic, offer or variant as the message before", EFFECT
    )
    repeat_days: float = parameter(3.0, "day", _SPIKE, "D", 0, 30, "window of repetition", WHILE)
    night: float = parameter(2.0, "", _SPIKE, "D", 0, 6, "ι_night: from 22:00 to 8:00 of the customer", EFFECT)
    double: float = parameter(1.0, "", _SPIKE, "D", 0, 6, "ι_double: another channel within the hour", EFFECT)
    soon: float = parameter(
        0.5, "", _ASSUMED, "D", 0, 6, "ι_soon: under 15 minutes after the customer's own action", EFFECT
    )
    blindness_step: float = parameter(0.1, "", _SPIKE, "D", 0, 1, "B grows by this for each ignored message", EFFECT)
    blindness_half_life: float = parameter(60.0, "day", "MODEL", "D", 7, 365, "H of blindness", HALF_LIFE)
    blindness_click: float = parameter(0.5, "", _SPIKE, "D", 0, 1, "what a click leaves of B", SHARE)


@dataclass(frozen=True)
class TrustParameters:
    """Trust T, from 0 to 1."""

    normal: float = parameter(0.6, "", _SPIKE, "D", 0.2, 0.9, "T0, where trust returns to", SHARE)
    half_life: float = parameter(90.0, "day", _SPIKE, "D", 14, 365, "H of that return", HALF_LIFE)
    fatigue: float = parameter(
        0.004, "", _SPIKE, "D", 0.0, 0.02, "δ: loss per unit of fatigue above the tolerated", SHARE
    )
    tolerated: float = parameter(3.0, "", _SPIKE, "D", 0, 10, "F_tol", EFFECT)
    absurd: float = parameter(0.02, "", _SPIKE, "D", 0, 0.2, "δ_abs: loss per unit of negative fit", SHARE)
    good: float = parameter(0.03, "of 1 − T", _SPIKE, "D", 0, 0.5, "gain by an order that went well", SHARE)
    bad: float = parameter(0.15, "", _SPIKE, "D", 0, 0.6, "loss by a bad order", SHARE)
    bad_share: float = parameter(
        0.03, "share", _ASSUMED, "D", 0, 0.5, "orders that go badly for other reasons than lateness", SHARE
    )
    helped: float = parameter(
        0.05, "of 1 − T", _SPIKE, "D", 0, 0.5, "gain when a message helped to solve the job", SHARE
    )
    helped_days: float = parameter(
        3.0, "day", _SPIKE, "D", 0.1, 14, "a fitting message helps an order within so long", WHILE
    )


@dataclass(frozen=True)
class ExitParameters:
    """Leaving the list at a noticed message; logits at T = T0, F = 0, ρ = 1."""

    leaving: tuple[float, ...] = parameter(
        (-6.8, -6.6, -6.6, -6.4, -6.0, -6.0, -6.0),
        "logit",
        "calibrated to literature: email_unsubscribe_per_send and norms: unsubscribed, blocked",
        "C",
        -12,
        0,
        "υ by channel",
        LOGIT,
    )
    complaint: float = parameter(
        -9.2, "logit", "calibrated to norms: complained below .001", "C", -14, 0, "e-mail reported as spam", LOGIT
    )
    fatigue: float = parameter(0.3, "", _SPIKE, "D", 0, 2, "υ_F", EFFECT)
    trust: float = parameter(2.0, "", _SPIKE, "D", 0, 6, "υ_T: times T − T0", EFFECT)
    misfit: float = parameter(0.8, "", _SPIKE, "D", 0, 4, "υ_misfit: times 1 − ρ", EFFECT)


@dataclass(frozen=True)
class AddressParameters:
    """Dead addresses and failed deliveries."""

    invalid: float = parameter(
        0.008, "share", "norms: e-mail bounced below .03", "C", 0, 0.2, "e-mail addresses that never worked", SHARE
    )
    lasts: float = parameter(
        540.0, "day", _ASSUMED, "D", 30, 5000, "mean time that a lost customer's mailbox goes on", DURATION
    )
    trap: float = parameter(0.02, "share", _CALIBRATED, "D", 0, 0.5, "dead mailboxes that become spam traps", SHARE)
    failed: tuple[float, ...] = parameter(
        (0.006, 0.03, 0.03, 0.013, 0.01, 0.01, 0.01),
        "probability",
        "norms: delivered by channel",
        "C",
        0,
        0.2,
        "passing failure",
        SHARE,
    )


@dataclass(frozen=True)
class ReputationParameters:
    """The sender's share in the inbox, settled daily from exponentially weighted counts."""

    best: float = parameter(
        0.96,
        "share",
        "literature: inbox_placement_global, placement_by_score",
        "C",
        0.5,
        1,
        "share in the inbox at best",
        SHARE,
    )
    worst: float = parameter(0.2, "share", _SPIKE, "D", 0, 0.5, "share in the inbox at worst", SHARE)
    complaints: float = parameter(
        120.0, "per rate", "literature: complaint_limits .001 and .003", "C", 0, 600, "loss per complaint rate", LOSS
    )
    unread: float = parameter(0.3, "per rate", _SPIKE, "D", 0, 2, "loss per unread share above the tolerated", LOSS)
    unread_tolerated: float = parameter(0.82, "share", _SPIKE, "D", 0.4, 1, "unread share that costs nothing", SHARE)
    bounces: float = parameter(2.0, "per rate", _ASSUMED, "D", 0, 20, "loss per bounce rate above the tolerated", LOSS)
    bounces_tolerated: float = parameter(
        0.02, "share", "norms: bounced below .03", "C", 0, 0.1, "bounce rate that costs nothing", SHARE
    )
    traps: float = parameter(20.0, "per rate", _ASSUMED, "D", 0, 200, "loss per rate of spam-trap hits", LOSS)
    memory: float = parameter(20.0, "day", _ASSUMED, "D", 2, 120, "half-life of the provider's memory", DURATION)
    start_unread: float = parameter(
        0.75, "share", _SPIKE, "D", 0, 1, "unread share that a provider assumes at first", SHARE
    )
    start_complaints: float = parameter(
        0.0002, "rate", _SPIKE, "D", 0, 0.003, "complaint rate that a provider assumes at first", SHARE
    )
    start_weight: float = parameter(
        0.02, "mails per customer", _ASSUMED, "D", 0.001, 1, "how many mails that first belief is worth", AMOUNT
    )


@dataclass(frozen=True)
class OfferParameters:
    """Expectation of discounts."""

    expectation_step: float = parameter(0.25, "", _SPIKE, "D", 0, 2, "E grows by this with each offer seen", EFFECT)
    expectation_most: float = parameter(2.0, "", _SPIKE, "D", 0.1, 10, "largest E", AMOUNT)
    expectation_half_life: float = parameter(45.0, "day", _SPIKE, "D", 5, 365, "H of E", HALF_LIFE)
    coupon_found: float = parameter(
        0.15, "probability", _ASSUMED, "D", 0, 1, "a coupon that nobody told of is found at an order", SHARE
    )
