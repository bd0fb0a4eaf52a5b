"""Offers that no usual order of the population pays for."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.dear_offers import dear_offers
from strategies.language import load_scenario
from strategies.language.load import compose_scenario
from tests.sim.harness import shop


def told(folder: Path, offer: str) -> list[tuple[int, str]]:
    """Lines and texts of the notices about one offer."""
    (folder / "population.yaml").write_text("population: nobody\n")
    path = folder / "s.yaml"
    path.write_text(
        "scenario: Offers\npopulation: population.yaml\nhorizon: 9d\nstart: 2026-02-02\nchannels: {email: {}}\n"
        f"offers:\n  gift: {offer}\nmessages: {{m: {{purpose: promo, offer: gift}}}}\n"
    )
    found = dear_offers(compose_scenario(path).root, load_scenario(path), shop())
    return [(notice.line, notice.text) for notice in found]


def test_a_share_of_the_order_stands_beside_the_largest_margin(tmp_path: Path) -> None:
    most = shop().margins.max()
    assert told(tmp_path, f"{{percent: {most:.4f}}}") == []
    text = f"offers.gift: 99% of the order, and no margin is above {most:.0%}, so every order with it loses money"
    assert told(tmp_path, "{percent: 99%}") == [(7, text)]


@pytest.mark.parametrize("offer", ["amount: {}", "gift: 1, cost: {}", "free_delivery: 1, cost: {}"])
def test_money_stands_beside_what_the_best_mean_order_earns(tmp_path: Path, offer: str) -> None:
    population = shop()
    level = population.parameters.traits.order_value
    jobs = zip(population.jobs, population.margins.tolist(), strict=True)
    earns, name = max((level * job.value * margin, job.name) for job, margin in jobs)
    assert told(tmp_path, f"{{{offer.format(int(earns))}}}") == []
    cost = int(earns) + 2
    text = f"offers.gift: costs {cost:,}, and a mean order earns at most {earns:,.0f} ({name})"
    assert told(tmp_path, f"{{{offer.format(cost)}}}") == [(7, f"{text}, so an order of that size loses money with it")]
