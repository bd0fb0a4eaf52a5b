"""Chains that load and are hardly meant: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

from collections.abc import Iterator

from strategies.chain_steps import Cascade, Choose, Step, Wait, WaitFromEntry, WaitStep, WaitUntil, WaitUntilTrue
from strategies.chain_triggers import EventTrigger, InactivityTrigger
from strategies.conditions import Field, walk
from strategies.language.reader import Value
from strategies.language.units import format_duration
from strategies.scenario import Chain, Scenario
from strategies.step_tree import sends_of, steps_within
from strategies.vocabulary import IN_APP

OF_THE_PAST = ("order", "site_visited", "click", "opened", "delivered")
"""Events that the past of the customers has, so that some wait for them at the start."""

LEFT_BEHIND = ("view_abandoned", "cart_abandoned", "checkout_abandoned")
"""Events that an order makes pointless to speak of."""


def chain_doubts(root: Value, here: Value, chain: Chain, scenario: Scenario) -> None:
    """Notices about one chain.  root: the whole scenario as written; here: the chain in it."""
    _inactive_at_the_start(root, here, chain, scenario)
    _reminded_after_the_order(root, here, chain)
    _never_reached_before_the_timeout(here, chain)
    _goal_after_the_horizon(here, chain, scenario)
    _holds_others_behind_a_banner(here, chain, scenario)


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


def _reminded_after_the_order(root: Value, here: Value, chain: Chain) -> None:
    """Chains about what was left behind that go on when it was bought."""
    trigger = chain.trigger
    if not isinstance(trigger, EventTrigger) or not set(trigger.events) <= set(LEFT_BEHIND):
        return
    policy = root.child("contact_policy")
    goal_decides = policy is not None and (policy.child("at_goal") or policy.child("like"))
    if goal_decides and chain.goal is not None and chain.goal.event == "order":
        return
    ends = "order" in chain.exit_on or chain.while_ is not None
    if (
        ends
        or not _speaks_after_a_wait(chain.steps)
        or any(_looks_at_orders(step) for step in steps_within(chain.steps))
    ):
        return
    (here.child("trigger") or here).remark(
        f"{here.path}: nothing ends the chain when the customer orders, so he is reminded of what he bought; expected "
        "'exit_on: order', or a condition in 'while'"
    )


def _speaks_after_a_wait(steps: tuple[Step, ...]) -> bool:
    waited = False
    for step in steps_within(steps):
        if sends_of(step) and (waited or (isinstance(step, Cascade) and len(step.rungs) > 1)):
            return True
        waited = waited or isinstance(step, WaitStep)
    return False


def _looks_at_orders(step: Step) -> bool:
    """Whether a step takes account of orders by itself."""
    match step:
        case WaitUntil(events):
            return "order" in events
        case Cascade(rungs):
            return any("order" in rung.next_unless for rung in rungs)
        case Choose(branches):
            conditions = [branch.condition for branch in branches if branch.condition is not None]
        case WaitUntilTrue(condition):
            conditions = [condition]
        case _:
            return False
    parts = (part for condition in conditions for part in walk(condition))
    return any(isinstance(part, Field) and "order" in part.path for part in parts)


def _never_reached_before_the_timeout(here: Value, chain: Chain) -> None:
    """A timeout that ends every run before a later step; of the first one see :mod:`strategies.language.doubts`."""
    timeout = here.child("timeout")
    if timeout is None or not chain.timeout:
        return
    for number, (place, due) in enumerate(_due(chain.steps)):
        if due >= chain.timeout:
            if number:
                timeout.remark(
                    f"{timeout.path}: a run ends after {format_duration(chain.timeout)}, before {place} is due after "
                    f"{format_duration(due)} at the earliest, so nobody comes there; expected a longer timeout or "
                    "shorter waits"
                )
            return


def _due(steps: tuple[Step, ...]) -> Iterator[tuple[str, int]]:
    """Steps of the chain's own list that do something, and the least seconds from the entry to each."""
    waited = 0
    for place, step in enumerate(steps):
        match step:
            case Wait(duration):
                waited += duration
            case WaitFromEntry(offset):
                waited = max(waited, offset)
            case _ if not isinstance(step, WaitStep):
                yield f"steps[{place}]", waited


def _goal_after_the_horizon(here: Value, chain: Chain, scenario: Scenario) -> None:
    """A window of the goal that no run sees the end of."""
    goal = here.child("goal")
    if goal is not None and chain.goal is not None and chain.goal.window > scenario.horizon:
        where = goal.child("window") or goal
        where.remark(
            f"{goal.path}: the window of {format_duration(chain.goal.window)} is longer than the horizon of "
            f"{format_duration(scenario.horizon)}, so no run is watched to its end; expected a shorter window or a "
            "longer horizon"
        )


def _holds_others_behind_a_banner(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Chains of banners alone that are the main chain while they wait for a visit that may not come for days."""
    rule = scenario.policy.one_main_chain
    if rule is None:
        return
    free = {message.name for message in scenario.messages if message.purpose in rule.free}
    steps = list(steps_within(chain.steps))
    bound = [send for step in steps for send in sends_of(step) if send.message not in free]
    if not bound or any(send.channels != (IN_APP,) for send in bound):
        return
    first = next(index for index, step in enumerate(steps) if set(bound) & set(sends_of(step)))
    rungs = [rung for step in steps[first:] if isinstance(step, Cascade) for rung in step.rungs]
    if any(rung.wait for rung in rungs) or any(isinstance(step, WaitStep) for step in steps[first:]):
        names = ", ".join(sorted({send.message for send in bound}))
        (here.child("steps") or here).remark(
            f"{here.path}: a run that waits behind an in_app message ({names}) is the main chain meanwhile, seen or "
            "not, and holds back other chains (contact_policy.one_main_chain); expected a purpose that its 'free' "
            "names, or no wait behind it"
        )
