"""Chains and campaigns back to the plain data of the language."""

from __future__ import annotations

from typing import Any

from strategies.chain_steps import (
    Branch,
    Cascade,
    Choose,
    ExitStep,
    Rung,
    Send,
    Split,
    Step,
    Wait,
    WaitBestHour,
    WaitClock,
    WaitFromEntry,
    WaitUntil,
    WaitUntilTrue,
    WaitWindow,
)
from strategies.chain_triggers import (
    CountTrigger,
    DateTrigger,
    EventTrigger,
    ExternalTrigger,
    FieldTrigger,
    InactivityTrigger,
    SegmentTrigger,
    Silence,
    StartedTrigger,
    Trigger,
)
from strategies.language.actions import action_tree
from strategies.language.emit import Tree, duration, filled
from strategies.language.external import table_of
from strategies.language.format_condition import format_condition
from strategies.language.schedules import schedule_tree
from strategies.language.signals import signal_tree
from strategies.language.signs import sign_tree
from strategies.language.units import format_clock, format_duration, format_period, format_share
from strategies.scenario import Campaign, Chain, EntryLimit, Goal
from strategies.signs import channel_of, event_of
from strategies.vocabulary import DAY


def chain_tree(chain: Chain) -> Tree:
    """A chain as it would stand in a file."""
    retrigger: str | Tree = {"parallel_by": chain.parallel_by} if chain.parallel_by else chain.on_retrigger
    return filled(
        about=chain.about,
        trigger=trigger_tree(chain.trigger),
        enter=chain.enter and format_condition(chain.enter),
        on_retrigger=retrigger,
        reenter=_reenter(chain),
        priority=chain.priority,
        goal=chain.goal and _goal(chain.goal),
        exit_on=[*chain.exit_on, *map(signal_tree, chain.exit_signals)],
        timeout=duration(chain.timeout),
        holdout=filled({"share": format_share(chain.holdout)}, name=chain.holdout_name),
        **{"while": chain.while_ and format_condition(chain.while_)},
        steps=[_step(step) for step in chain.steps],
    )


def campaign_tree(campaign: Campaign) -> Tree:
    """A campaign as it would stand in a file."""
    return filled(
        {"about": campaign.about, **schedule_tree(campaign.schedule)},
        to=campaign.to and format_condition(campaign.to),
        priority=campaign.priority,
        send=_send(campaign.send),
    )


def _goal(goal: Goal) -> Tree:
    several = [signal.event if signal.is_plain else signal_tree(signal) for signal in goal.signals]
    told = {"any": several} if len(several) > 1 else signal_tree(goal.signals[0])
    return {**told, "window": format_duration(goal.window)}


def _reenter(chain: Chain) -> str | Tree:
    if chain.reenter is None:
        return "never"
    limit = chain.entries
    per = "" if limit is None or limit == EntryLimit(limit.maximum) else format_period(limit.calendar, limit.rolling)
    told = filled(after=duration(chain.reenter or None), at_most=limit and limit.maximum, per=per)
    return told or "always"


def trigger_tree(trigger: Trigger) -> str | Tree:
    """A trigger as it would stand in a file."""
    match trigger:
        case EventTrigger(events, condition):
            events_key = {"event": events[0]} if len(events) == 1 else {"any": list(events)}
            return {**events_key, "if": format_condition(condition, bare=True)} if condition else events_key
        case InactivityTrigger(period, of):
            return {"inactive": format_duration(period), **_missed(of)}
        case SegmentTrigger(segment, left):
            return {"segment_left" if left else "segment_entered": segment}
        case StartedTrigger():
            return "started"
        case DateTrigger(date, days, clock, zone):
            offset = {"before" if days < 0 else "after": format_duration(abs(days) * DAY)} if days else {}
            told = {} if zone == "customer" else {"zone": zone}
            return {"date": date, **offset, "at": format_clock(clock), **told}
        case CountTrigger():
            return _count(trigger)
        case ExternalTrigger(events, condition):
            table: Tree = {"external": {"table": table_of(events)}}
            return {**table, "if": format_condition(condition, bare=True)} if condition else table
        case FieldTrigger(field):
            return {"field_changed": field.removeprefix("field.")}
        case _:
            return schedule_tree(trigger)


def _missed(signs: tuple[str, ...]) -> Tree:
    if len(signs) > 1:
        return {"of": {"any": [sign_tree(sign) for sign in signs]}}
    return filled(of=event_of(signs[0]), channel=channel_of(signs[0]) or None)


def _count(trigger: CountTrigger) -> Tree:
    silence = trigger.of if isinstance(trigger.of, Silence) else None
    return filled(
        count=trigger.count,
        of=f"{silence.channel}_{silence.kind}" if silence else trigger.of,
        in_a_row=trigger.in_a_row or None,
        within=duration(trigger.within),
        without=list(trigger.without),
        answer_within=duration(silence.within) if silence else None,
        **{"if": trigger.condition and format_condition(trigger.condition, bare=True)},
    )


def _send(send: Send) -> Tree:
    if len(send.channels) == 1:
        return {send.channels[0]: send.message}
    tree = {"best_channel" if send.best else "first_of": list(send.channels), "message": send.message}
    return tree if send.on_capped == "stay" else {**tree, "on_capped": send.on_capped}


def _rung(rung: Rung) -> Tree:
    capped = None if rung.send.on_capped == "stay" else rung.send.on_capped
    unless = [*rung.next_unless, *map(signal_tree, rung.signals), *map(format_condition, rung.unless)]
    return filled(_send(rung.send), on_capped=capped, wait=duration(rung.wait), next_unless=unless)


def _branch(branch: Branch) -> Tree:
    steps = [_step(step) for step in branch.steps]
    return {"if": format_condition(branch.condition), "steps": steps} if branch.condition else {"else": steps}


def _split(split: Split) -> Tree:
    arms = {
        arm.name: {"share": format_share(arm.share), "steps": [_step(step) for step in arm.steps]} for arm in split.arms
    }
    return {"name": split.name, "arms": arms}


def _steps(steps: tuple[Step, ...]) -> list[Any]:
    return [_step(step) for step in steps]


def _until(wait: WaitUntil) -> Tree:
    text = " or ".join(wait.events) + (f" as {wait.name}" if wait.name else "")
    signals = [*wait.events, *map(signal_tree, wait.signals)]
    return filled(
        {"until": signals, "name": wait.name} if wait.signals else {"until": text},
        at_most=format_duration(wait.at_most),
        on_timeout=_steps(wait.on_timeout),
    )


def _until_true(wait: WaitUntilTrue) -> Tree:
    return filled(
        until_true=format_condition(wait.condition),
        check=format_duration(wait.check),
        name=wait.name,
        at_most=format_duration(wait.at_most),
        on_timeout=_steps(wait.on_timeout),
    )


def _step(step: Step) -> Any:
    match step:
        case Wait(seconds):
            return {"wait": format_duration(seconds)}
        case WaitFromEntry(offset):
            return {"at": format_duration(offset)}
        case WaitClock(clock, days, zone):
            return {"at": {"clock": format_clock(clock), "days": days, "zone": zone}}
        case WaitWindow(begin, end, days, zone):
            return {"within": {"from": format_clock(begin), "to": format_clock(end), "days": days, "zone": zone}}
        case WaitUntil():
            return {"wait": _until(step)}
        case WaitUntilTrue():
            return {"wait": _until_true(step)}
        case WaitBestHour(channel, least, spread, otherwise):
            learned = {"least": least, "spread": format_duration(spread), "otherwise": format_clock(otherwise)}
            return {"wait": {"best_hour": {"channel": channel or "any", **learned}}}
        case Send():
            return {"send": _send(step)}
        case Cascade(rungs):
            return {"cascade": [_rung(rung) for rung in rungs]}
        case Choose(branches):
            return {"choose": [_branch(branch) for branch in branches]}
        case Split():
            return {"split": _split(step)}
        case ExitStep():
            return "exit"
        case _:
            return action_tree(step)
