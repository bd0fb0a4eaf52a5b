"""The numbers of a single message: how well it fits, who notices it, who clicks.

Message norms in the sources are rates of single e-mails by kind, with those that were targets marked
(``experiments/message_norms.yaml``).
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.bounds import DURATION, EFFECT, FIT, LOG, LOG_SPREAD, LOGIT, SHARE, WHILE
from sim.parameter_groups import parameter

_SPIKE = "spike of the model, tuned to the acceptance facts"
_ASSUMED = "assumption"


@dataclass(frozen=True)
class ResponseParameters:
    """Being noticed and clicked; tuples by channel: email, web_push, mobile_push, sms, telegram, whatsapp, vk, in_app
    (those of the delay without in_app, which is seen at the visit that shows it or not at all)."""

    attention: tuple[float, ...] = parameter(
        (-1.15, -1.9, -1.7, 3.6, 0.2, 0.6, 0.0, -0.9),
        "logit",
        "norms: opened, seen, read by channel; in_app assumed (D; 003 §6.6: easily closed unread)",
        "C",
        -6,
        6,
        "α; in_app: at the visit that shows it",
        LOGIT,
    )
    clicking: tuple[float, ...] = parameter(
        (-1.59, -1.45, -1.45, -2.73, -2.04, -2.04, -2.14, -2.65),
        "logit",
        "norms: clicked by channel; in_app: vendors (Sumo 2017: 3.1 % of pop-ups, Triptease: 2-8 % of nudges shown)",
        "C",
        -7,
        3,
        "click given noticed",
        LOGIT,
    )
    delay_log_mean: tuple[float, ...] = parameter(
        (1.32, -0.22, -0.22, -3.0, -0.7, -0.7, -0.3),
        "log h",
        "literature: delay_to_open_email, delay_to_open_push; norms: sms read within 3 minutes",
        "B",
        -6,
        5,
        "delay until seen",
        LOG,
    )
    delay_log_sd: tuple[float, ...] = parameter(
        (2.48, 1.5, 1.5, 1.0, 1.8, 1.8, 1.8),
        "log h",
        "literature: delay_to_open_email; others assumed",
        "C",
        0.1,
        4,
        "its spread",
        LOG_SPREAD,
    )
    delay_longest: float = parameter(
        28.0, "day", "MODEL: truncation of the lognormal", "D", 1, 90, "later nobody notices", DURATION
    )
    prompt_share: float = parameter(
        0.5, "", _ASSUMED, "D", 0, 1, "q: noticed within minutes by who acts just now", SHARE
    )
    prompt_half_life: float = parameter(
        1.0, "hour", "MODEL", "D", 0.1, 24, "that share halves so long after the own action", DURATION
    )
    prompt_minutes: float = parameter(4.0, "min", _ASSUMED, "D", 0.5, 30, "mean delay of those", DURATION)
    fit: float = parameter(1.0, "", _SPIKE, "D", 0, 4, "β_fit: fit ρ on being noticed", EFFECT)
    hour: float = parameter(0.25, "", _ASSUMED, "D", 0, 2, "β_hour: closeness to the customer's best hour", EFFECT)
    fatigue: float = parameter(0.08, "", _SPIKE, "D", 0, 1, "β_F", EFFECT)
    blindness: float = parameter(0.15, "", _SPIKE, "D", 0, 1, "β_B", EFFECT)
    trust: float = parameter(1.0, "", _SPIKE, "D", 0, 5, "β_T", EFFECT)
    click_fit: float = parameter(
        0.9,
        "per ρ⁺",
        "calibrated to message norms: the medians of clicked and click_to_open of abandoned carts",
        "C",
        0.5,
        1.5,
        "what a message that fits gains in clicking",
        EFFECT,
    )
    click_misfit: float = parameter(
        2.6, "per ρ⁻", _SPIKE, "D", 0, 6, "what one that does not fit loses in clicking", EFFECT
    )
    click_offer: float = parameter(
        3.0, "", _SPIKE, "D", 0, 10, "offer value times price sensitivity on clicking", EFFECT
    )
    click_personal: float = parameter(
        0.2, "per block", _ASSUMED, "D", 0, 1, "personal blocks that show something (up to four) on clicking", EFFECT
    )
    click_hour: float = parameter(0.15, "", _ASSUMED, "D", 0, 2, "closeness to the best hour on clicking", EFFECT)
    click_fatigue: float = parameter(0.05, "", _SPIKE, "D", 0, 1, "fatigue on clicking", EFFECT)
    stage_up: float = parameter(
        0.15, "probability", _SPIKE, "D", 0, 1, "a noticed message moves its job one stage on", SHARE
    )
    barrier_removed: float = parameter(
        0.3, "probability", _SPIKE, "D", 0, 1, "a noticed message takes its barrier away", SHARE
    )
    later_visit: float = parameter(
        0.01, "probability", _SPIKE, "D", 0, 0.3, "visit within a week after noticing without a click", SHARE
    )
    later_visit_fit: float = parameter(0.25, "per ρ⁺", "MODEL", "D", 0, 1, "more of it by fit", SHARE)
    proxy_minutes: float = parameter(
        10.0, "min", _ASSUMED, "D", 0.1, 120, "longest delay of a privacy proxy's open", DURATION
    )


@dataclass(frozen=True)
class FitParameters:
    """What the fit ρ of a message consists of (MODEL, Message)."""

    right_job: float = parameter(0.5, "", "MODEL", "D", 0, 1, "speaks to a job that is open", FIT)
    any_job: float = parameter(0.25, "", "MODEL", "D", 0, 1, "names no job, but one is open", FIT)
    stage: float = parameter(0.2, "", "MODEL", "D", 0, 1, "speaks to the stage (within one) of that job", FIT)
    barrier: float = parameter(0.2, "", "MODEL", "D", 0, 1, "removes a barrier that is there", FIT)
    liked: float = parameter(0.15, "", "MODEL", "D", 0, 1, "names a category of interest", FIT)
    disliked: float = parameter(-0.25, "", "MODEL", "D", -1, 0, "names a category without interest", FIT)
    solved: float = parameter(-0.5, "", "MODEL", "D", -1, 0, "the job it names is solved", FIT)
    own_bought: float = parameter(
        -1.0, "", "MODEL", "D", -1, 0, "shows the customer's own cart that was bought already", FIT
    )
    solved_days: float = parameter(14.0, "day", _SPIKE, "D", 1, 90, "so long a solved job is remembered", WHILE)
    broken: float = parameter(-0.3, "", "MODEL", "D", -1, 0, "personal block without data and without fallback", FIT)
    tone: float = parameter(
        0.3, "per share above a third", _ASSUMED, "D", 0, 1, "tone that moves people to this job", FIT
    )
    block_overload: float = parameter(
        -0.1, "per block", "norms: 003 §4.5 above 4-5 blocks", "D", -1, 0, "each personal block above four", FIT
    )
