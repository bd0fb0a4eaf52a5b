"""Changing any parameter changes what happens: none is read and ignored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from sim.kernel.calendar import DAY
from sim.messages import MessageRow
from sim.parameters import all_parameters
from strategies.vocabulary import PURPOSE_CODE
from tests.sim.harness import Scene, shop_with
from tests.sim.test_world_invariance import LIVELY, LIVELY_SECTIONS, VARIED, listening

LIVELIER = {
    **LIVELY,
    "traits": {"visit_rate": 0.7, "visit_shape": 8.0, "jobs_per_year": 60.0, "jobs_shape": 8.0},
    "response": {"attention": [1.0] * 7, "clicking": [-1.0] * 7, "delay_longest": 3.0},
    "trust": {"tolerated": 0.5, "bad_share": 0.3},
    "assortment": {**LIVELY["assortment"], "memory": 2.0},
    "delivery": {"days": 0.5, "promised": 0.5},
    "returns": {"days": 0.5, "trouble": 0.5},
    "support": {"late": 0.5, "bad": 0.6, "payment": 0.2, "hours": 30.0, "unsolved": 0.4},
    "voice": {"nps_answer": 1.0, "review_answer": 1.0, "review_unasked": 0.2, "review_days": 1.0},
    "registration": {"comes_back": 0.8, "back_days": 1.0},
    "subscription": {"confirm": -0.5, "confirm_asked": 4.0},
    "preferences": {"asked": 0.5, "asked_weary": 0.5},
    "lifetime": {"hazard": 0.02},
    "addresses": {"lasts": 1.0, "trap": 0.3, "invalid": 0.05, "failed": [0.05] * 7},
    "reputation": {"unread_tolerated": 0.5, "start_weight": 0.1, "complaints": 2.0, "traps": 2.0},
    "offers": {"expectation_most": 0.4},
    "journey": {"checkout_base": 1.0, "order_base": 1.0},
}
"""Busy for all alike: one customer of many visits would lengthen every day, which takes as many rounds as he has."""


DAYS = 10


def digests(changes: dict[str, dict[str, object]]) -> Iterator[str]:
    """Hashes of all state and all observed rows of a small, busy world, at the end of each day."""
    merged = {group: {**LIVELIER.get(group, {}), **changes.get(group, {})} for group in {*LIVELIER, *changes}}
    hub = listening()
    hub.keeps_points = hub.gives_coupons = True
    messages = [*VARIED, MessageRow(0, PURPOSE_CODE["promo"], shows_points=True)]
    busy = shop_with(merged, **LIVELY_SECTIONS)
    mail = {"period": 1, "pairs": True, "scattered": True, "messages": messages}
    scene = Scene(customers=600, end=DAYS, population=busy, hub=hub, **mail)
    scene.world.reputation.plan_new_domains({0: np.array([True])}, 0)
    for day in range(1, DAYS + 1):
        scene.agenda.run(day * DAY)
        yield digest(scene)


def digest(scene: Scene) -> str:
    hash_ = hashlib.blake2b()
    money = {f"money {name}": np.sort(np.concatenate(amounts)) for name, amounts in scene.hub.money().items()}
    for name, values in sorted({**scene.columns.snapshot(), **scene.hub.sorted_rows(), **money}.items()):
        hash_.update(name.encode() + values.tobytes())
    return hash_.hexdigest()


@cache
def unchanged() -> tuple[str, ...]:
    return tuple(digests({}))


def tells(changes: dict[str, dict[str, object]]) -> bool:
    """Whether some day ends differently than without the changes; the first such day is enough."""
    return any(new != old for new, old in zip(digests(changes), unchanged(), strict=True))


NOT_IN_THIS_SCENE = ("fit.broken", "fit.own_bought", "response.click_personal")
"""Parameters of what personal blocks show, which strategies decide at sending; this scene has no strategies.

``test_personalisation`` shows the effect of each.
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", [info.name for info in all_parameters() if info.name not in NOT_IN_THIS_SCENE])
def test_a_changed_parameter_changes_what_happens(name: str) -> None:
    group, key = name.split(".")
    known = next(info for info in all_parameters() if info.name == name)
    default = LIVELIER.get(group, {}).get(key) or known.default
    changed: float | list[float]
    if isinstance(default, (list, tuple)):
        changed = [0.5 * value + 0.1 for value in default]
    else:
        larger = 1.6 * default + 0.05
        changed = larger if larger <= known.bounds.high else 0.6 * default
    assert tells({group: {key: SPECIAL.get(name, changed)}})


@pytest.mark.slow
def test_nothing_else_changes_what_happens() -> None:
    assert not tells({})


SPECIAL = {
    "trust.normal": 0.5,
    "calls.answering": 1.5,
    "calls.visit_fit": 10.0,
    "lifetime.trust": 0.1,
    "traits.activity_correlation": 0.1,
    "response.trust": 5.0,
    "response.barrier_removed": 1.0,
    "response.later_visit_fit": 1.0,
    "reputation.worst": 0.95,
    "fit.own_bought": -0.2,
    "fit.solved": 1.0,
    "journey.cart_memory": 0.5,
    "journey.expectation": 20.0,
    "journey.heat_floor": 1.0,
    "journey.heat_half_life": 1_000.0,
    "burnout.repeat_days": 0.5,
    "calls.hour": 8.0,
    "calls.barrier_removed": 1.0,
    "fit.solved_days": 1.0,
    "registration.comes_back": 0.05,
    "subscription.confirm": 3.0,
    "subscription.confirm_asked": -4.0,
    "answers.survey_trust": 30.0,
    "answers.referral_trust": 30.0,
    "voice.nps_trust": 30.0,
    "preferences.asked_weary": 30.0,
}
"""Values where the general change would leave the parameter's range or be too small to tell in ten days."""
