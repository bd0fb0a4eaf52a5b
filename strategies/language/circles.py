"""Chains that start one another: a circle on which no time passes would never end, so it is refused.

So is a long row of them: each is carried out within the one before.
"""

from __future__ import annotations

from collections.abc import Iterator

from strategies.action_steps import Action, ChangeMembership, GiveTask, GiveWork, SetFields, StartChain, WithdrawConsent
from strategies.chain_steps import Cascade, Choose, ExitStep, Split, Step, Wait, WaitFromEntry, WaitUntil, WaitUntilTrue
from strategies.chain_triggers import EventTrigger, FieldTrigger, SegmentTrigger
from strategies.language.reader import Value
from strategies.scenario import Chain
from strategies.signals import Signal
from strategies.step_tree import signals_of, steps_within

_ANSWERED_AT_ONCE = frozenset({"delivered", "bounced"})
"""Events that may come in the very second of a sending: a wait for them may pass no time."""

MAX_IN_A_ROW = 40
"""Chains that set off one another in one second."""


def refuse_circles(value: Value, chains: tuple[Chain, ...]) -> None:
    """Complain about every circle of chains in which each sets off the next before it waits, and of long rows of such.

    Starting, changing a static segment or a field, giving a task and giving up consent set chains off.  Only waits that
    last at all events count: ``wait: 1h``, ``at: 24h``, waits for an event that takes its time.  What moves on
    a run that waits is a part of a circle too, but runs without end need one that begins.
    """
    by_name = {chain.name: chain for chain in chains}
    begins = {chain.name: tuple(_set_off(chain, chains)) for chain in chains}
    leads_to = {name: (*begins[name], *_moved_on(chain, chains)) for name, chain in by_name.items()}
    done: set[str] = set()
    for name in by_name:
        circle = _circle(name, begins, leads_to)
        if circle and not done & set(circle):
            done |= set(circle)
            path = " → ".join([*circle, circle[0]])
            text = (
                f"{value.where}: found a circle without a wait ({path}), expected a step such as {{wait: 1h}} before "
                "a chain sets off the next"
            )
            value.complain(text, value.node.entries[name][0])
    if not done:
        _refuse_long_rows(value, leads_to)


def _refuse_long_rows(value: Value, leads_to: dict[str, tuple[str, ...]]) -> None:
    """Complain about the longest row of chains (which form no circle) where it is too long."""
    longest: dict[str, tuple[int, str | None]] = {}
    """Chain → length of the longest row that it begins, and the next one there."""
    ahead = list(leads_to)
    while ahead:
        name = ahead[-1]
        missing = [following for following in leads_to[name] if following not in longest]
        ahead += missing
        if missing:
            continue
        ahead.pop()
        rest = max(((longest[following][0], following) for following in leads_to[name]), default=(0, None))
        longest[name] = (rest[0] + 1, rest[1])
    first = max(leads_to, key=lambda name: longest[name][0], default=None)
    if first is None or longest[first][0] <= MAX_IN_A_ROW:
        return
    second = longest[first][1]
    text = (
        f"{value.where}: found {longest[first][0]} chains that set off one another without a wait ({first} → {second} "
        f"→ …), expected at most {MAX_IN_A_ROW}, or a step such as {{wait: 1h}} in between"
    )
    value.complain(text, value.node.entries[first][0])


def _circle(start: str, begins: dict[str, tuple[str, ...]], leads_to: dict[str, tuple[str, ...]]) -> list[str]:
    """The chains of a shortest circle through ``start`` whose next one begins, empty when there is none."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for following in begins[start] if len(path) == 1 else leads_to[path[-1]]:
            if following == start:
                return path
            if following not in seen:
                seen.add(following)
                paths.append([*path, following])
    return []


def _set_off(chain: Chain, chains: tuple[Chain, ...]) -> Iterator[str]:
    """Names of the chains that a run may set off in the second of its entry."""
    for action in _at_once(chain):
        if isinstance(action, StartChain):
            yield from (other.name for other in chains if other.name == action.chain)
        else:
            yield from (other.name for other in chains if _reacts(other, action))


def _moved_on(chain: Chain, chains: tuple[Chain, ...]) -> Iterator[str]:
    """Names of the chains whose waiting runs a run may move on in the second of its entry, or of its going on."""
    for action in _at_once(chain):
        if isinstance(action, ChangeMembership):
            change = Signal("segment_entered" if action.enters else "segment_left", segment=action.segment)
            yield from (other.name for other in chains if any(_hears(s, change) for s in steps_within(other.steps)))


def _at_once(chain: Chain) -> list[Action]:
    """Actions in the second of a run's entry, or of the change of a segment that it waited for."""
    actions: list[Action] = []
    _walk(chain.steps, actions)
    _go_on(chain.steps, (), actions)
    return actions


def _go_on(steps: tuple[Step, ...], behind: tuple[Step, ...], actions: list[Action]) -> None:
    """Collect the actions right behind waits for changes of segments.  behind: what follows these steps."""
    for number, step in enumerate(steps):
        rest = (*steps[number + 1 :], *behind)
        match step:
            case Choose(branches):
                for branch in branches:
                    _go_on(branch.steps, rest, actions)
            case Split(_, arms):
                for arm in arms:
                    _go_on(arm.steps, rest, actions)
            case WaitUntil():
                _go_on(step.on_timeout, rest, actions)
                if _hears_of_segments(step):
                    _walk(rest, actions)
            case Cascade():
                if _hears_of_segments(step):
                    _walk(rest, actions)
            case WaitUntilTrue():
                _go_on(step.on_timeout, rest, actions)
            case _:
                pass


def _hears(step: Step, change: Signal) -> bool:
    """Whether a step waits for the change of a segment."""
    return any(change in signals for signals in signals_of(step))


def _hears_of_segments(step: Step) -> bool:
    """Whether a step waits for the change of some segment."""
    return any(signal.segment for signals in signals_of(step) for signal in signals)


def _reacts(chain: Chain, action: Action) -> bool:
    match action, chain.trigger:
        case ChangeMembership(segment, enters), SegmentTrigger(name, left):
            return segment == name and enters != left
        case SetFields(values), FieldTrigger(field):
            return field in {f"field.{name}" for name, _ in values}
        case WithdrawConsent(), EventTrigger(events, _):
            return "unsubscribed" in events
        case GiveTask() | GiveWork(), EventTrigger(events, _):
            return "task_created" in events
        case _:
            return False


def _walk(steps: tuple[Step, ...], actions: list[Action]) -> bool:
    """Collect the actions that may be reached before time passes; is the end reached so?"""
    return all(_passes(step, actions) for step in steps)


def _passes(step: Step, actions: list[Action]) -> bool:
    match step:
        case Wait() | WaitFromEntry() | ExitStep():
            return False
        case WaitUntil():
            return bool(_ANSWERED_AT_ONCE & set(step.events))
        case Choose(branches):
            ends = [_walk(branch.steps, actions) for branch in branches]
            return any(ends) or all(branch.condition is not None for branch in branches)
        case Split(_, arms):
            ends = [_walk(arm.steps, actions) for arm in arms]
            return any(ends) or sum(arm.share for arm in arms) < 1 - 1e-9
        case StartChain() | SetFields() | ChangeMembership() | WithdrawConsent() | GiveTask() | GiveWork():
            actions.append(step)
            return True
        case _:
            return True
