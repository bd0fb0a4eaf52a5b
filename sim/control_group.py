"""How an arm reaches its own control group: why that does not live as the silent arm does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from sim.arrivals import REFERRAL
from sim.population_file import Population
from strategies.budget import purses
from strategies.changes import phases
from strategies.compiler import compile_scenario
from strategies.gates.spending import paid_from
from strategies.program import Program, Site
from strategies.scenario import Scenario
from strategies.sites import SiteColumns
from strategies.throughput import binding_channels
from strategies.vocabulary import CHANNEL_CODE

_EMAIL = CHANNEL_CODE["email"]


def reaches_control(scenario: Scenario, quiet: Scenario, population: Population, customers: int) -> list[str]:
    """What makes the control group of an arm live otherwise than the silent arm ``quiet``, as far as it can be there.

    What chains give (points, coupons) is no reason: for the control group a gift is only recorded.

    ``points``: it has a loyalty account that silence has not.  ``messages``: it gets other exempt messages than
    silence sends.  ``permissions``: its consents and choices follow other rules.  ``reputation``: its mail, the digest
    of the tail too, meets the reputation that the arm's mail made.  ``limits``: its messages share a limited channel or
    a budget with the arm's.  ``recommendations``: newcomers in it come earlier or later as all recommend the shop.

    customers: of one world, for limits that are meant for a base.
    """
    program, silent = compile_scenario(scenario, 0, 0), compile_scenario(quiet, 0, 0)
    reached, mailed = [*_to_control(program)], any(site.channel == _EMAIL for site in program.sites)
    hears_mail = scenario.tail > 0 or any(site.channel == _EMAIL for site in reached)
    found = {
        "points": scenario.loyalty is not None and scenario.loyalty.points is not None and quiet.loyalty is None,
        "messages": _told(program, reached) != _told(silent, [*_to_control(silent)]),
        "permissions": scenario.double_opt_in != quiet.double_opt_in
        or (bool(reached) and scenario.preference_centre != quiet.preference_centre),
        "reputation": hears_mail and mailed and _mail(program) != _mail(silent),
        "limits": _shares_limits(program, reached, customers),
        "recommendations": _recommended(population),
    }
    return [what for what, there in found.items() if there]


def _to_control(program: Program) -> Iterator[Site]:
    """Sites whose contacts the control group gets too, at some time of the run."""
    for phase in phases(program.scenario):
        columns = SiteColumns(dataclasses.replace(program, scenario=phase.scenario))
        sent = columns.control_exempt | ~columns.obeys("control", np.arange(len(program.sites)))
        yield from (site for site, goes in zip(program.sites, sent.tolist(), strict=True) if goes and not site.team)


def _told(program: Program, sites: list[Site]) -> set[tuple[str, str, int]]:
    """(chain or campaign, message, channel) of sites."""
    return {(program.sources[site.chain].name, site.message.name, site.channel) for site in sites}


def _mail(program: Program) -> set[tuple[str, str, int]]:
    return _told(program, [site for site in program.sites if site.channel == _EMAIL])


def _shares_limits(program: Program, reached: list[Site], customers: int) -> bool:
    """Whether messages to the control group need places on a limited channel, or money of a budget."""
    scenario, columns = program.scenario, SiteColumns(program)
    limited = set(binding_channels(scenario, customers))
    rows = [paid_from(counted, columns).tolist() for counted in purses(scenario)]
    paid = {site for row in rows for site, pays in zip(program.sites, row, strict=True) if pays}
    exempt = {row.purpose for row in scenario.policy.exempt if "budget" not in row.obeys}
    return any(site.channel in limited or (site in paid and site.message.purpose not in exempt) for site in reached)


def _recommended(population: Population) -> bool:
    """Whether newcomers come by recommendation."""
    arrivals = population.arrivals
    return arrivals is not None and REFERRAL in (arrivals.sources or population.profile.sources)
