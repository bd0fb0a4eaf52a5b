"""The numbers of telephone calls; see :mod:`sim.parameter_groups` for how they are told."""

from __future__ import annotations

from dataclasses import dataclass

from sim.bounds import EFFECT, LOGIT, SHARE
from sim.parameter_groups import parameter

_ASSUMED = "assumption"


@dataclass(frozen=True)
class CallParameters:
    """Answering a call of the company, and what a talk does."""

    answering: float = parameter(
        0.0,
        "logit",
        "assumption: about every second call of a known company is answered",
        "D",
        -3,
        3,
        "α of a call",
        LOGIT,
    )
    hour: float = parameter(0.5, "logit", _ASSUMED, "D", 0, 3, "answered more at the customer's best hour", EFFECT)
    fatigue: float = parameter(0.1, "logit per F", _ASSUMED, "D", 0, 0.5, "answered less by the tired", EFFECT)
    trust: float = parameter(1.5, "logit per T", _ASSUMED, "D", 0, 6, "answered more by those who trust", EFFECT)
    weight: float = parameter(
        3.0,
        "",
        "assumption: a call takes more of a customer's patience than any message",
        "D",
        0,
        12,
        "w of a talk",
        EFFECT,
    )
    missed: float = parameter(0.25, "share", _ASSUMED, "D", 0, 1, "share of that fatigue by a call not answered", SHARE)
    stage_up: float = parameter(
        0.35,
        "",
        "assumption: a person moves more than a message (0.15)",
        "D",
        0,
        1,
        "a talk moves its job a stage on",
        SHARE,
    )
    barrier_removed: float = parameter(
        0.5,
        "",
        "assumption: a person removes more than a message (0.3)",
        "D",
        0,
        1,
        "a talk takes its barrier away",
        SHARE,
    )
    visit: float = parameter(0.05, "", _ASSUMED, "D", 0, 1, "a visit within a day after a talk", SHARE)
    visit_fit: float = parameter(0.4, "per ρ", _ASSUMED, "D", 0, 1, "the same for a fitting talk, beside it", EFFECT)
