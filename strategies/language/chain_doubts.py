"""Chains that load and are hardly meant: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

from strategies.action_steps import GiveTask
from strategies.chain_steps import Cascade, Choose, Step, WaitStep, WaitUntil, WaitUntilTrue
from strategies.chain_triggers import EventTrigger
from strategies.conditions import Field, walk
from strategies.language.entry_doubts import LEFT_BEHIND
from strategies.language.reader import Value
from strategies.language.units import format_duration
from strategies.scenario import Chain, Scenario
from strategies.step_tree import awaited_by, sends_of, steps_within
from strategies.vocabulary import IN_APP

OF_CALLS = ("call_answered",)
"""Events that follow a call of a team."""


def chain_doubts(root: Value, here: Value, chain: Chain, scenario: Scenario) -> None:
    """Notices about one chain.  root: the whole scenario as written; here: the chain in it."""
    _reminded_after_the_order(root, here, chain)
    _goal_after_the_horizon(here, chain, scenario)
    _nobody_calls(here, chain, scenario)
    _holds_others_behind_a_banner(here, chain, scenario)
    _calls_without_leading(here, chain, scenario)


def _reminded_after_the_order(root: Value, here: Value, chain: Chain) -> None:
    """Chains about what was left behind that go on when it was bought."""
    trigger = chain.trigger
    if not isinstance(trigger, EventTrigger) or not set(trigger.events) <= set(LEFT_BEHIND):
        return
    policy = root.child("contact_policy")
    goal_decides = policy is not None and (policy.child("at_goal") or policy.child("like"))
    if goal_decides and chain.goal is not None and "order" in chain.goal.events:
        return
    ends = "order" in (*chain.exit_on, *(signal.event for signal in chain.exit_signals)) or chain.while_ is not None
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
    if "order" in awaited_by(step):
        return True
    match step:
        case Cascade(rungs):
            conditions = [condition for rung in rungs for condition in rung.unless]
        case Choose(branches):
            conditions = [branch.condition for branch in branches if branch.condition is not None]
        case WaitUntilTrue(condition):
            conditions = [condition]
        case _:
            return False
    parts = (part for condition in conditions for part in walk(condition))
    return any(isinstance(part, Field) and "order" in part.path for part in parts)


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


def _nobody_calls(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Triggers, exits, goals and waits for answers to calls that no chain asks anybody to make."""
    steps = [step for other in scenario.chains for step in steps_within(other.steps)]
    if any(isinstance(step, GiveTask) for step in steps):
        return
    mine = list(steps_within(chain.steps))
    heard = {
        "trigger": isinstance(chain.trigger, EventTrigger) and set(chain.trigger.events) <= set(OF_CALLS),
        "exit_on": bool(set(chain.exit_on) & set(OF_CALLS)),
        "goal": chain.goal is not None and chain.goal.events <= set(OF_CALLS),
        "steps": any(isinstance(step, WaitUntil) and awaited_by(step) <= set(OF_CALLS) for step in mine),
    }
    for key in (name for name, hears in heard.items() if hears):
        where = here.child(key) or here
        where.remark(
            f"{where.path}: waits for the answer to a call, and no chain asks a team to call anybody, so it never "
            "comes; expected a step such as task: {to: sales, do: call, about: message}, or another event"
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


def _calls_without_leading(here: Value, chain: Chain, scenario: Scenario) -> None:
    """A priority over chains that may lead, of a chain that only has people call and so never is the main chain."""
    rule, written = scenario.policy.one_main_chain, here.child("priority")
    pauses = {event for row in scenario.policy.pause_after for event, _ in row.events}
    if rule is None or written is None or "task_created" in pauses:
        return
    free = {message.name for message in scenario.messages if message.purpose in rule.free}
    steps = list(steps_within(chain.steps))
    calls = [step for step in steps if isinstance(step, GiveTask) and step.message not in free]
    if not calls or any(sends_of(step) for step in steps):
        return
    below = [
        other.name
        for other in scenario.chains
        if other.priority < chain.priority
        and any(send.message not in free for step in steps_within(other.steps) for send in sends_of(step))
    ]
    if below:
        others = f"{below[0]} and {len(below) - 1} more" if len(below) > 1 else below[0]
        written.remark(
            f"{written.path}: the chain has tasks alone, which make no main chain, so it holds back nothing of "
            f"{others}; to keep other chains quiet while people are at work write contact_policy.pause_after: "
            "{task_created: 2d, until: task_closed}"
        )
