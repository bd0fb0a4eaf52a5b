"""Why an arm's control group does not live as the silent arm does: each cause where the scenario has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from sim.control_group import reaches_control
from sim.population_file import Population
from sim.population_sections import Arrivals, ArrivalSource
from sim.silence import silence
from strategies.action_steps import GiveCoupon, GivePoints
from strategies.contact_policy import Budget, Scope
from strategies.loyalty_rules import Loyalty, PointsRules
from strategies.scenario import Control, Offer, Scenario
from tests.sim.blocks import outcomes, scenario, shop, simulate
from tests.sim.test_silence import with_confirmation

POINTS = Loyalty(PointsRules(0.05))
NOBODY_COMES = replace(shop(), arrivals=None)


def bare() -> Scenario:
    """Confirms orders, sends promo mail, and has no tail."""
    old = with_confirmation(scenario("cart_rescue"))
    return replace(
        old,
        tail=0,
        control=Control(0.1, ("transactional",)),
        policy=replace(old.policy, budget=()),
        channels={name: replace(one, throughput=None) for name, one in old.channels.items()},
    )


def reached(arm: Scenario, *others: Scenario, population: Population = NOBODY_COMES) -> set[str]:
    """What reaches the control group of an arm beside others."""
    return set(reaches_control(arm, silence([arm, *others]), population, 500))


def without_confirmation(arm: Scenario) -> Scenario:
    """The same without the one message that goes to everybody."""
    return replace(arm, chains=tuple(chain for chain in arm.chains if chain.name != "after_order"))


def giving(arm: Scenario) -> Scenario:
    """A chain that does not go to everybody gives points and a coupon."""
    gifts = (GivePoints(500_0000), GiveCoupon("hundred"))
    chains = [replace(c, steps=(*gifts, *c.steps)) if c.name == "abandoned_cart" else c for c in arm.chains]
    offers = (*arm.offers, Offer("hundred", "amount", value_to_customer=100_0000, cost=100_0000))
    return without_confirmation(replace(arm, chains=tuple(chains), loyalty=POINTS, offers=offers))


def limited(arm: Scenario) -> Scenario:
    """Three mails an hour."""
    return replace(arm, channels={**arm.channels, "email": replace(arm.channels["email"], throughput=3)})


def budgeted(arm: Scenario, channels: tuple[str, ...] = ()) -> Scenario:
    """A budget that the exempt messages obey as well."""
    exempt = tuple(replace(row, obeys=(*row.obeys, "budget")) for row in arm.policy.exempt)
    budget = (Budget(10_000, "week", scope=Scope(channels=channels)),)
    return replace(arm, policy=replace(arm.policy, exempt=exempt, budget=budget))


def kept_from_control(arm: Scenario) -> Scenario:
    """Not even transactional messages go to the control group."""
    exempt = tuple(replace(row, obeys=(*row.obeys, "control")) for row in arm.policy.exempt)
    return replace(arm, control=Control(0.1, ()), policy=replace(arm.policy, exempt=exempt))


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        (lambda arm: replace(without_confirmation(arm), campaigns=(), chains=()), set()),
        (without_confirmation, set()),
        (lambda arm: replace(without_confirmation(arm), tail=86_400), {"reputation"}),
        (lambda arm: arm, {"reputation"}),
        (limited, {"reputation", "limits"}),
        (budgeted, {"reputation", "limits"}),
        (lambda arm: budgeted(arm, ("email",)), {"reputation", "limits"}),
        (lambda arm: budgeted(arm, ("sms",)), {"reputation"}),
        (giving, set()),  # recorded only
        (kept_from_control, {"messages"}),
    ],
)
def test_causes_of_an_arm_alone(change: Callable[[Scenario], Scenario], causes: set[str]) -> None:
    assert reached(change(bare())) == causes


def test_where_nothing_reaches_it_a_control_group_lives_in_silence_whatever_chains_give() -> None:
    """All that becomes of its customers is what becomes of them in silence, and not so of the others."""
    arm = replace(giving(bare()), control=Control(0.5, ("transactional",)))
    assert reached(arm) == set()
    rows = outcomes(simulate(scenarios=(arm,), population=NOBODY_COMES))
    ours, silent = (rows.filter(pl.col("arm") == number).drop("arm") for number in (0, 1))
    held = ours["control"]
    assert 0 < held.sum() < held.len()
    assert ours.filter(held).equals(silent.filter(held))
    assert not ours.filter(~held).equals(silent.filter(~held))


@pytest.mark.parametrize(
    ("other", "cause"),
    [
        (lambda arm: replace(arm, loyalty=None), "points"),
        (without_confirmation, "messages"),
        (lambda arm: replace(arm, double_opt_in=("email",)), "permissions"),
    ],
)
def test_what_silence_lacks_beside_another_arm(other: Callable[[Scenario], Scenario], cause: str) -> None:
    arm = replace(bare(), loyalty=POINTS)
    assert cause not in reached(arm, arm)
    assert cause in reached(arm, other(arm)) or cause in reached(other(arm), arm)


def test_newcomers_by_recommendation() -> None:
    assert "recommendations" in reached(bare(), population=shop())
    others = Arrivals(0.1, sources={"ads": ArrivalSource(1.0)})
    assert "recommendations" not in reached(bare(), population=replace(shop(), arrivals=others))
