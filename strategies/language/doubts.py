"""What a scenario may say, and yet is hardly meant: told by ``crmsim check`` with line, reason and remedy."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from strategies.action_steps import ChangeMembership, GiveTask
from strategies.chain_steps import Send, Step, Wait, WaitFromEntry
from strategies.chain_triggers import SegmentTrigger
from strategies.conditions import Expression, Field
from strategies.contact_policy import ContactPolicy, OneMainChain, QuietHours, Scope
from strategies.language.budget_doubts import budget_doubts
from strategies.language.cap_doubts import cap_doubts
from strategies.language.cascade_doubts import cascade_doubts
from strategies.language.chain_doubts import chain_doubts
from strategies.language.channel_doubts import channel_doubts
from strategies.language.coupon_doubts import coupon_doubts
from strategies.language.empty_doubts import empty_doubts
from strategies.language.entry_doubts import entry_doubts
from strategies.language.nodes import Node
from strategies.language.policy_doubts import policy_doubts
from strategies.language.reader import Reading, Value
from strategies.language.schedule_doubts import schedule_doubts, segment_days_doubts
from strategies.language.sign_doubts import sign_doubts
from strategies.language.units import format_clock, format_duration
from strategies.messages import Message
from strategies.scenario import Chain, Notice, Scenario
from strategies.schedules import Schedule
from strategies.segments import Segment
from strategies.shares import FEW_TASKS, USUAL_CUSTOMERS, slow_teams
from strategies.signals import Signal
from strategies.step_tree import awaited_by, sends_of, steps_within
from strategies.vocabulary import DAY, HOUR

ANSWERS = {"nps_answered": "nps", "survey_answered": "survey"}
"""Events that answer a message → what the message must ask."""

NAMED = 8
"""So many names of unused messages or segments are listed."""

RETURNS = ("romi", "romi_horizon")
"""Key figures that are returns, told in percent."""

HIGH_RETURN = 10.0
"""A target of a return from here on is rather meant in percent."""

_NOON, _AFTERNOON, _LONG = 12 * HOUR, 15 * HOUR, 6 * HOUR


def doubts(root: Node, scenario: Scenario) -> tuple[Notice, ...]:
    """Notices about a scenario that loads.  root: the tree of its files, for the lines."""
    reading = Reading(scenario.file)
    value = Value(root, "", reading)
    _quiet_by_day(value, scenario.policy.quiet_hours)
    _window_within_quiet_hours(value, scenario.policy)
    for chain in scenario.chains:
        here = _at(value, "chains", chain.name)
        if here is not None:
            _over_before_it_speaks(here, chain)
            _nobody_asks(here, chain, {message.name: message for message in scenario.messages})
            entry_doubts(value, here, chain, scenario)
            cascade_doubts(here, chain, scenario)
            chain_doubts(value, here, chain, scenario)
            coupon_doubts(here, chain, scenario)
            written = here.child("trigger")
            if isinstance(chain.trigger, Schedule) and written is not None:
                schedule_doubts(written, chain.trigger, scenario)
    for campaign in scenario.campaigns:
        here = _at(value, "campaigns", campaign.name)
        if here is not None:
            schedule_doubts(here, campaign.schedule, scenario)
    for segment in scenario.segments:
        here = _at(value, "segments", segment.name)
        if here is not None:
            segment_days_doubts(here, segment, scenario)
    policy_doubts(value, scenario)
    cap_doubts(value, scenario)
    budget_doubts(value, scenario)
    channel_doubts(value, scenario)
    sign_doubts(value, scenario)
    empty_doubts(value, scenario)
    _everybody_in_control(value, scenario)
    _unused(value, scenario)
    _targets(value, scenario)
    _smaller_base(value, scenario)
    _slow_teams(value, scenario)
    return tuple(Notice(remark.file, remark.line, remark.text) for remark in sorted(set(reading.remarks)))


def _at(value: Value, *names: str) -> Value | None:
    """The value at a path of keys, or None."""
    found: Value | None = value
    for name in names:
        found = found.child(name) if found else None
    return found


def _quiet_by_day(value: Value, rows: tuple[QuietHours, ...]) -> None:
    """Quiet hours that lie within the day: from and to have changed places."""
    written = _at(value, "contact_policy", "quiet_hours")
    if written is None:
        return
    nodes = written.node.items or [written.node]
    for row, node in zip(rows, nodes, strict=False):
        by_day = row.begin < row.end and row.begin <= _NOON and row.end >= _AFTERNOON
        if by_day and row.end - row.begin >= _LONG:
            begin, end = format_clock(row.begin), format_clock(row.end)
            Value(node, written.path, value.reading).remark(
                f"contact_policy.quiet_hours: quiet by day, from {begin} to {end}, and messages go out at night; for "
                f'quiet nights write {{from: "{end}", to: "{begin}"}}, for hours of sending send_window'
            )


def _window_within_quiet_hours(value: Value, policy: ContactPolicy) -> None:
    """Send windows that quiet hours cover from begin to end: nothing goes out in them."""
    written = _at(value, "contact_policy", "send_window")
    if written is None:
        return
    free = {row.purpose for row in policy.exempt if "quiet_hours" not in row.obeys}
    nodes = written.node.items or [written.node]
    for window, node in zip(policy.send_windows, nodes, strict=False):
        if window.scope.purposes and free.issuperset(window.scope.purposes):
            continue
        for quiet in policy.quiet_hours:
            after = (window.begin - quiet.begin) % DAY
            inside = after + _length(window.begin, window.end) <= _length(quiet.begin, quiet.end)
            if inside and quiet.zone == window.zone and quiet.scope.covers(window.scope):
                begin, end = format_clock(window.begin), format_clock(window.end)
                Value(node, written.path, value.reading).remark(
                    f"contact_policy.send_window: {begin} to {end} lies within the quiet hours from "
                    f"{format_clock(quiet.begin)} to {format_clock(quiet.end)}, so nothing that obeys both ever goes "
                    "out in it; expected a window outside of them, or shorter quiet hours"
                )
                break


def _length(begin: int, end: int) -> int:
    """Seconds of a window of clock times, over midnight where begin > end."""
    return (end - begin - 1) % DAY + 1


def _over_before_it_speaks(here: Value, chain: Chain) -> None:
    """A timeout that ends every run before its first step that does anything."""
    waited = _first_waits(chain.steps)
    timeout = here.child("timeout")
    if timeout is not None and chain.timeout is not None and waited >= chain.timeout > 0:
        timeout.remark(
            f"{timeout.path}: a run ends after {format_duration(chain.timeout)}, before its first step is due after "
            f"{format_duration(waited)}, so it does nothing; expected a longer timeout or a shorter wait"
        )


def _first_waits(steps: tuple[Step, ...]) -> int:
    """Seconds that every run waits before its first step that is no wait."""
    waited = 0
    for step in steps:
        match step:
            case Wait(duration):
                waited += duration
            case WaitFromEntry(offset):
                waited = max(waited, offset)
            case _:
                break
    return waited


def _nobody_asks(here: Value, chain: Chain, messages: dict[str, Message]) -> None:
    """Waits for an answer to a question that no message before them asks."""
    asked = set[str]()
    for step in steps_within(chain.steps):
        names = [send.message for send in sends_of(step)] + ([step.message] if isinstance(step, GiveTask) else [])
        for message in (messages[name] for name in names):
            asked |= {message.asks, *(variant.message.asks for variant in message.variants)}
        for event in awaited_by(step):
            wanted = ANSWERS.get(event)
            if wanted is not None and wanted not in asked:
                _line_of(here, event).remark(
                    f"{here.path}: waits for {event}, but no message before it in this chain asks for that; expected a "
                    f"message with 'asks: {wanted}', as the answer otherwise belongs to another chain's question"
                )


def _line_of(value: Value, word: str) -> Value:
    """The first text below a value that names a word, for its line."""
    return next((found for found in _texts(value) if word in str(found.node.value)), value)


def _texts(value: Value) -> Iterator[Value]:
    for _, node in value.node.entries.values():
        yield from _texts(Value(node, value.path, value.reading))
    for node in value.node.items:
        yield from _texts(Value(node, value.path, value.reading))
    if value.node.kind == "text":
        yield value


def _everybody_in_control(value: Value, scenario: Scenario) -> None:
    control = value.child("control")
    if control is not None and scenario.control.share >= 1.0:
        exempt = ", ".join(scenario.control.exempt) or "none"
        (control.child("share") or control).remark(
            "control.share: all customers are in the control group, so nobody gets a message but of exempt purposes "
            f"({exempt}); a control group is usually 5% to 20%"
        )


def _targets(value: Value, scenario: Scenario) -> None:
    """Targets of channels that nothing goes out on, and returns of which the percent sign is missing."""
    parts_of = list(_within((scenario.chains, scenario.campaigns)))
    used = {channel for part in parts_of if isinstance(part, Send | GiveTask) for channel in part.channels}
    written = _at(value, "brief", "kpis")
    for kpi, node in zip(scenario.brief.kpis, written.node.items if written else (), strict=False):
        here = Value(node, "brief.kpis", value.reading)
        if kpi.channel and kpi.channel not in used:
            here.remark(
                f"brief.kpis: {kpi.metric} of {kpi.channel}, on which no chain and no campaign sends anything; "
                f"expected one of: {', '.join(sorted(used)) or 'none is used'}"
            )
        for key, target in (("at_least", kpi.at_least), ("at_most", kpi.at_most)):
            if kpi.metric in RETURNS and target and not target.percent and target.value >= HIGH_RETURN:
                here.remark(
                    f"brief.kpis: {kpi.metric} {key}: {target.value:g} is {100 * target.value:g}%; did you mean "
                    f"'{target.value:g}%' ('100%' and '1' are the same)?"
                )


def _smaller_base(value: Value, scenario: Scenario) -> None:
    """A base smaller than a run's customers: their budget is then larger than what was stated."""
    base = value.child("base")
    budget = bool(scenario.policy.budget) or scenario.brief.budget is not None
    if base is not None and budget and 0 < scenario.base < USUAL_CUSTOMERS:
        base.remark(
            f"base: {scenario.base:,} customers are fewer than the {USUAL_CUSTOMERS:,} that a run simulates by "
            "default, whose budget is then as much larger than the one stated; expected the size of the real base, or "
            f"--customers {scenario.base}"
        )


def _slow_teams(value: Value, scenario: Scenario) -> None:
    """Teams of whose day so small a part of the base has hardly a task."""
    for name, rate in slow_teams(scenario, USUAL_CUSTOMERS).items():
        team = _at(value, "teams", name)
        if team is not None:
            enough = math.ceil(USUAL_CUSTOMERS * FEW_TASKS / rate)
            team.remark(
                f"teams.{name}: of its day {USUAL_CUSTOMERS:,} of {scenario.base:,} customers have the time of "
                f"{rate:.2g} tasks, so tasks that come together wait longer than they would in the whole base, and "
                f"more of them expire; expected --customers {enough} or more"
            )


def _unused(value: Value, scenario: Scenario) -> None:
    """Messages that nobody sends, segments that nothing asks for."""
    parts_of = list(_within((scenario.chains, scenario.campaigns, scenario.policy, scenario.changes, scenario.rfm)))
    sent = {part.message for part in parts_of if isinstance(part, Send | GiveTask)}
    asked = {part.path.removeprefix("segment.") for part in parts_of if isinstance(part, Field)}
    for part in parts_of:
        if isinstance(part, SegmentTrigger | ChangeMembership | Signal):
            asked.add(part.segment)
        elif isinstance(part, Scope | OneMainChain):
            asked |= set(part.segments)
    for segment in scenario.segments:
        asked |= {path.removeprefix("segment.") for path in _fields(segment)}
    lost = [message.name for message in scenario.messages if message.name not in sent]
    _tell(value, "messages", lost, "sent by no chain and no campaign; send them, or leave them out")
    idle = [segment.name for segment in scenario.segments if segment.name not in asked]
    why = "asked for by no chain, campaign or row of the policy, so they change nothing; listings by segment show them"
    _tell(value, "segments", idle, why)


def _fields(segment: Segment) -> Iterator[str]:
    condition: Expression | None = segment.condition
    yield from (part.path for part in _within(condition) if isinstance(part, Field)) if condition else ()


def _tell(value: Value, key: str, names: list[str], why: str) -> None:
    if not names:
        return
    here = _at(value, key, names[0]) or value
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    here.remark(f"{key}: {', '.join(names[:NAMED])}{more}: {why}")


def _within(part: Any) -> Iterator[Any]:
    """A dataclass and all dataclasses inside it, through tuples and mappings."""
    if isinstance(part, tuple | list):
        for item in part:
            yield from _within(item)
    elif isinstance(part, dict):
        yield from _within(tuple(part.values()))
    elif dataclasses.is_dataclass(part):
        yield part
        yield from _within(tuple(getattr(part, field.name) for field in dataclasses.fields(part)))
