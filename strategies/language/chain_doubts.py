"""Chains that load and are hardly meant: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

from strategies.chain_triggers import InactivityTrigger
from strategies.language.reader import Value
from strategies.language.units import format_duration
from strategies.scenario import Chain, Scenario

OF_THE_PAST = ("order", "site_visited", "click", "opened", "delivered")
"""Events that the past of the customers has, so that some wait for them at the start."""


def chain_doubts(root: Value, here: Value, chain: Chain, scenario: Scenario) -> None:
    """Notices about one chain.  root: the whole scenario as written; here: the chain in it."""
    _inactive_at_the_start(root, here, chain, scenario)


def _inactive_at_the_start(root: Value, here: Value, chain: Chain, scenario: Scenario) -> None:
    """Chains for the inactive, whom a start without a word on the backlog leaves out."""
    if not isinstance(chain.trigger, InactivityTrigger) or chain.trigger.of not in OF_THE_PAST:
        return
    where = here.child("trigger") or here
    period, history = format_duration(chain.trigger.period), format_duration(scenario.at_start.history)
    first = format_duration(max(chain.trigger.period - scenario.at_start.history, 0))
    if chain.trigger.period > scenario.at_start.history > 0:
        where.remark(
            f"{where.path}: waits for {period} without {chain.trigger.of}, and the past of the customers is only "
            f"{history} long, so nobody enters in the first {first} of the run; expected at_start.history of at least "
            f"{period}"
        )
        return
    written = root.child("at_start")
    if scenario.at_start.history and (written is None or written.child("backlog") is None):
        where.remark(
            f"{where.path}: whoever is inactive for longer at the start does not enter until he comes back and leaves "
            "again; for them write at_start: {backlog: enter}, and backlog: skip where this is meant"
        )
