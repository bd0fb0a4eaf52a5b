"""One arm's rules over time: the gates of each phase, and how one phase follows another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from strategies.changes import phases
from strategies.gates.ground import Ground
from strategies.in_app_rules import InAppSlot
from strategies.policy import ContactPolicyGates
from strategies.sites import SiteColumns


@dataclass(frozen=True)
class Rules:
    """The rules of one phase.  begin: seconds; ends_runs: it ends the chain runs in flight.

    keeps_counters: caps, gaps and the slot's limits have counted all along.
    """

    begin: int
    ends_runs: bool
    keeps_counters: bool
    sites: SiteColumns
    gates: ContactPolicyGates
    in_app_slot: InAppSlot


def rules_over_time(ground: Ground) -> list[Rules]:
    """The rules of every phase of a scenario, in order.

    Rows of the same name have the same code in all phases.  Where a phase keeps the counters, the phase
    before it notes what is sent for it too.
    """
    parts: list[Rules] = []
    for phase in phases(ground.program.scenario):
        keeps = phase.counters == "keep"
        if parts:
            program = replace(ground.program, scenario=phase.scenario)
            sites = SiteColumns(program)
            gates = ContactPolicyGates(replace(ground, program=program, sites=sites))
            parts[-1].gates.precede(gates, phase.begin, keeps)
        else:
            sites, gates = ground.sites, ContactPolicyGates(ground)
        parts.append(Rules(phase.begin, phase.runs == "end", keeps, sites, gates, phase.scenario.in_app_slot))
    return parts
