"""Numbers of a customer's life with the company: registering, subscribing, answering, choosing what to receive."""

from __future__ import annotations

from dataclasses import dataclass

from sim.bounds import AMOUNT, DURATION, EFFECT, FACTOR, LOG, LOG_SPREAD, LOGIT, SCORE, SHARE
from sim.parameter_groups import parameter

_ASSUMED = "assumption"
_SITES = "assumption; 003 §3.3 gives only the result, 2 to 5 % of visitors leave an e-mail address"


@dataclass(frozen=True)
class RegistrationParameters:
    """What a newcomer does with the registration form."""

    completed: float = parameter(0.6, "probability", _SITES, "D", 0, 1, "an attempt to register is completed", SHARE)
    seconds: float = parameter(150.0, "s", _ASSUMED, "D", 10, 3600, "mean time that the form takes", DURATION)
    email_left: float = parameter(
        0.5,
        "probability",
        _ASSUMED,
        "D",
        0,
        1,
        "the form that was left has the e-mail address (of those who have one)",
        SHARE,
    )
    comes_back: float = parameter(0.35, "probability", _ASSUMED, "D", 0, 1, "another attempt by himself later", SHARE)
    back_days: float = parameter(3.0, "day", _ASSUMED, "D", 0.1, 60, "mean time until that attempt", DURATION)
    motive: float = parameter(0.8, "probability", _ASSUMED, "D", 0, 1, "a newcomer has a job to be done", SHARE)


@dataclass(frozen=True)
class SubscriptionParameters:
    """Double opt-in: who follows the link of the confirmation message."""

    confirm: float = parameter(
        1.2, "logit", "vendors' pages: 60 to 80 % confirm", "D", -4, 6, "confirming, given it arrived, at a = 0", LOGIT
    )
    confirm_asked: float = parameter(
        0.0, "logit", _ASSUMED, "D", -4, 6, "confirming at a noticed message that asks for it, at a = 0", LOGIT
    )
    confirm_log_mean: float = parameter(-1.4, "log h", _ASSUMED, "D", -6, 4, "delay until confirmed", LOG)
    confirm_log_sd: float = parameter(1.5, "log h", _ASSUMED, "D", 0.1, 4, "spread of that delay", LOG_SPREAD)


@dataclass(frozen=True)
class AnswerParameters:
    """What people do whom a message asks for an answer or for a friend."""

    survey: float = parameter(
        -2.2, "logit", _ASSUMED, "D", -8, 4, "answering a survey, given noticed, at T = T0", LOGIT
    )
    survey_trust: float = parameter(2.0, "", _ASSUMED, "D", 0, 8, "times T − T0: the content answer more often", EFFECT)
    score_spread: float = parameter(1.8, "points of 10", _ASSUMED, "D", 0, 5, "spread of the score around 10·T", SCORE)
    referral: float = parameter(-4.5, "logit", _ASSUMED, "D", -12, 2, "recommending after an order, at T = T0", LOGIT)
    referral_asked: float = parameter(
        -4.0, "logit", _ASSUMED, "D", -12, 2, "recommending at a message that asks", LOGIT
    )
    referral_trust: float = parameter(4.0, "", _ASSUMED, "D", 0, 12, "times T − T0", EFFECT)
    friends: float = parameter(
        0.5, "profiles", _ASSUMED, "D", 0, 5, "arrivals that a recommendation brings forward", FACTOR
    )


@dataclass(frozen=True)
class OnboardingParameters:
    """What learning to use the shop does."""

    trust: float = parameter(
        0.02, "share", _ASSUMED, "D", 0, 0.3, "a step raises trust by this share of what is missing", SHARE
    )


@dataclass(frozen=True)
class PreferenceParameters:
    """What customers choose where a preference centre is offered."""

    less_often: float = parameter(
        0.35,
        "probability",
        _ASSUMED,
        "D",
        0,
        1,
        "less often instead of leaving, where a rarer frequency is offered",
        SHARE,
    )
    topic_off: float = parameter(
        0.25, "probability", _ASSUMED, "D", 0, 1, "the topic instead of everything, where topics are offered", SHARE
    )
    asked: float = parameter(
        0.3, "probability", _ASSUMED, "D", 0, 1, "of the weariest, at a noticed message that asks for the choice", SHARE
    )
    asked_weary: float = parameter(1.0, "fatigue", _ASSUMED, "D", 0.05, 20, "fatigue at which half as many do", AMOUNT)
