"""The steps of a chain as a tree: every step in it, and the same tree without some."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from strategies.chain_steps import Cascade, Choose, Send, Split, Step, WaitUntil, WaitUntilTrue
from strategies.scenario import Scenario
from strategies.signals import Signal


def steps_within(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step, those inside of branches and arms of splits included."""
    for step in steps:
        yield step
        match step:
            case Choose(branches):
                for branch in branches:
                    yield from steps_within(branch.steps)
            case Split(_, arms):
                for arm in arms:
                    yield from steps_within(arm.steps)
            case WaitUntil() | WaitUntilTrue():
                yield from steps_within(step.on_timeout)


def sends_of(step: Step) -> tuple[Send, ...]:
    """The sends of one step: itself, or the rungs of a cascade."""
    match step:
        case Send():
            return (step,)
        case Cascade(rungs):
            return tuple(rung.send for rung in rungs)
        case _:
            return ()


def signals_of(step: Step) -> tuple[tuple[Signal, ...], ...]:
    """The signals (beside plain events) of each wait of one step: its own, or those of its rungs."""
    match step:
        case WaitUntil(signals=signals):
            return (signals,)
        case Cascade(rungs):
            return tuple(rung.signals for rung in rungs)
        case _:
            return ()


def awaited_by(step: Step) -> frozenset[str]:
    """Names of the events that a step waits for, or that keep the next rung of a cascade away."""
    match step:
        case WaitUntil():
            plain = step.events
        case Cascade(rungs):
            plain = tuple(name for rung in rungs for name in rung.next_unless)
        case _:
            return frozenset()
    return frozenset(plain) | {signal.event for signals in signals_of(step) for signal in signals}


def sends(scenario: Scenario) -> tuple[Send, ...]:
    """Every send of chains and campaigns."""
    steps = (step for chain in scenario.chains for step in steps_within(chain.steps))
    return (*(send for step in steps for send in sends_of(step)), *(campaign.send for campaign in scenario.campaigns))


def without_steps(steps: tuple[Step, ...], unwanted: Callable[[Step], bool]) -> tuple[Step, ...]:
    """The steps that are wanted, the same inside of branches and arms of splits."""
    kept: list[Step] = []
    for step in steps:
        if unwanted(step):
            continue
        match step:
            case Choose(branches):
                kept.append(Choose(tuple(replace(b, steps=without_steps(b.steps, unwanted)) for b in branches)))
            case Split(name, arms):
                kept.append(Split(name, tuple(replace(a, steps=without_steps(a.steps, unwanted)) for a in arms)))
            case WaitUntil() | WaitUntilTrue():
                kept.append(replace(step, on_timeout=without_steps(step.on_timeout, unwanted)))
            case _:
                kept.append(step)
    return tuple(kept)
