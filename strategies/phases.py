"""One arm's rules over time: the gates of each phase, and how one phase follows another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from strategies.changes import phases
from strategies.gates.ground import Ground
from strategies.policy import ContactPolicyGates
from strategies.sites import SiteColumns


@dataclass(frozen=True)
class Rules:
    """The rules of one phase.  begin: seconds; ends_runs: it ends the chain runs in flight."""

    begin: int
    ends_runs: bool
    sites: SiteColumns
    gates: ContactPolicyGates


def rules_over_time(ground: Ground) -> list[Rules]:
    """The rules of every phase of a scenario, in order.

    Rows of the same name have the same code in all phases.  Where a phase keeps the counters, the phase
    before it notes what is sent for it too.
    """
    parts: list[Rules] = []
    for phase in phases(ground.program.scenario):
        if parts:
            program = replace(ground.program, scenario=phase.scenario)
            sites = SiteColumns(program)
            gates = ContactPolicyGates(replace(ground, program=program, sites=sites))
            parts[-1].gates.precede(gates, phase.begin, phase.counters == "keep")
        else:
            sites, gates = ground.sites, ContactPolicyGates(ground)
        parts.append(Rules(phase.begin, phase.runs == "end", sites, gates))
    return parts
