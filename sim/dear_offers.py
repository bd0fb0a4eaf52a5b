"""Offers that cost more than an order of this population earns: told by ``crmsim check``."""

from __future__ import annotations

from sim.population_file import Population
from strategies.language.nodes import Node
from strategies.scenario import Notice, Offer, Scenario
from strategies.vocabulary import MONEY_UNIT


def dear_offers(root: Node, scenario: Scenario, population: Population) -> tuple[Notice, ...]:
    """A notice for every offer that no order of mean size pays for.  root: the tree of the scenario, for the lines."""
    entries = root.entries["offers"][1].entries if "offers" in root.entries else {}
    found = ((offer, _beyond(offer, population)) for offer in scenario.offers if offer.name in entries)
    return tuple(
        Notice(mark.file, mark.line, f"offers.{offer.name}: {text}")
        for offer, text in found
        if text
        for mark in (entries[offer.name][0],)
    )


def _beyond(offer: Offer, population: Population) -> str:
    """What of an offer exceeds what orders earn; '' where some kind of order pays for it.

    A share of the order stands beside the largest margin; an amount, or the cost of a gift or a delivery, beside what
    the mean order of the most profitable job earns: order value × value of the job × its margin.
    """
    margins = population.margins
    if offer.kind == "percent":
        most = float(margins.max())
        told = (
            f"{offer.percent:.0%} of the order, and no margin is above {most:.0%}, so every order with it loses money"
        )
        return told if offer.percent > most else ""
    worth = population.parameters.traits.order_value * margins * [job.value for job in population.jobs]
    earns, cost = float(worth.max()), offer.cost / MONEY_UNIT
    if cost <= earns:
        return ""
    dearest = population.jobs[int(worth.argmax())].name
    return (
        f"costs {cost:,.0f}, and a mean order earns at most {earns:,.0f} ({dearest}), so an order of that size loses "
        "money with it"
    )
