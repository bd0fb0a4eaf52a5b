"""Steps and rungs that come too late or not at all: told by ``crmsim check`` (:mod:`strategies.language.doubts`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from strategies.chain_steps import Cascade, Rung, Send, Step, Wait, WaitFromEntry, WaitStep, WaitUntil, WaitUntilTrue
from strategies.contact_policy import Cap, ContactPolicy, QuietHours, Scope, SendWindow
from strategies.language.reader import Value
from strategies.language.units import format_duration, format_window
from strategies.messages import Message
from strategies.scenario import Chain, Scenario
from strategies.step_tree import sends_of, steps_within
from strategies.vocabulary import DAY, IN_APP

_ALL_OTHERS = "else"
_PLACE = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def cascade_doubts(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Notices about steps and rungs of one chain; here: the chain as written."""
    _behind_the_timeout(here, chain)
    _behind_the_goal(here, chain, scenario.horizon)
    _behind_the_horizon(here, chain, scenario.horizon)
    _ended_by_its_delivery(here, chain)
    messages = {message.name: message for message in scenario.messages}
    for step in steps_within(chain.steps):
        if isinstance(step, Cascade):
            _ended_by_a_drop(here, chain, step, scenario.policy, messages)
            _through_the_night(here, chain, step, scenario.policy, messages)
            _filled_by_itself(here, chain, step, scenario.policy, messages)
            _for_the_unreachable(here, step)
            _idle_on_the_last(here, step.rungs[-1])


# ---------------------------------------------------------------------- too late


@dataclass(frozen=True)
class _Due:
    """A place of the chain: the least seconds from the entry to it, whether it sends, whether it is a later rung."""

    place: str
    least: int
    sends: bool
    rung: bool = False

    @property
    def when(self) -> str:
        """When it comes, in words."""
        told = f"{self.place} is due after {format_duration(self.least)}"
        return f"{told} for those who got the rungs before it" if self.rung else f"{told} at the earliest"


def _due(steps: tuple[Step, ...]) -> Iterator[_Due]:
    """What the chain's own steps do, and what stands inside of them, in order; waits that may end early count 0."""
    waited = 0
    for place, step in enumerate(steps):
        match step:
            case Wait(duration):
                waited += duration
            case WaitFromEntry(offset):
                waited = max(waited, offset)
            case WaitUntil() | WaitUntilTrue():
                yield from _inside(step.on_timeout, waited + step.at_most)
            case _ if not isinstance(step, WaitStep):
                yield _Due(f"steps[{place}]", waited, isinstance(step, Send | Cascade))
                yield from _inside((step,), waited)


def _inside(steps: tuple[Step, ...], waited: int) -> Iterator[_Due]:
    """Sends and rungs in a step and its branches; waits between them in branches do not count."""
    for step in steps_within(steps):
        if isinstance(step, Send):
            yield _Due(step.path, waited, True)
        elif isinstance(step, Cascade):
            offset = 0
            for number, rung in enumerate(step.rungs):
                yield _Due(rung.send.path, waited + offset, True, rung=number > 0)
                offset += rung.wait or 0


def _behind_the_timeout(here: Value, chain: Chain) -> None:
    """A timeout that ends every run before a later step; of the first one see :mod:`strategies.language.doubts`."""
    timeout, longest = here.child("timeout"), chain.timeout
    late = [due for due in _due(chain.steps) if longest and due.least >= longest]
    first = next((due for due in _due(chain.steps) if "on_timeout" not in due.place), None)
    if timeout is not None and longest and late and late[0] != first:
        lost = "they never get it" if late[0].rung else "nobody comes there"
        timeout.remark(
            f"{timeout.path}: a run ends after {format_duration(longest)}, before {late[0].when}, so {lost}; expected "
            "a longer timeout or shorter waits"
        )


def _behind_the_goal(here: Value, chain: Chain, horizon: int) -> None:
    """A window of the goal that is over before a message goes out, which then never has a part in it."""
    goal = here.child("goal")
    sends = [due for due in _due(chain.steps) if due.sends and due.least < horizon]
    late = [due for due in sends if chain.goal and due.least >= chain.goal.window]
    if goal is not None and chain.goal is not None and late:
        where = goal.child("window") or goal
        where.remark(
            f"{goal.path}: the window of {format_duration(chain.goal.window)} is over before {late[0].when}, so what "
            "comes of it is never counted; expected a longer window or shorter waits"
        )


def _behind_the_horizon(here: Value, chain: Chain, horizon: int) -> None:
    """What even a run that begins on the first day never comes to."""
    late = next((due for due in _due(chain.steps) if due.least >= horizon), None)
    if late is not None and not (chain.timeout and chain.timeout <= late.least):
        lost = "nobody ever gets it" if late.rung else "no run ever comes there"
        (written_at(here, late.place) or here).remark(
            f"{here.path}.{late.place}: {late.when.removeprefix(late.place).strip()}, and the horizon has "
            f"{format_duration(horizon)}, so {lost}; expected shorter waits or a longer horizon"
        )


# ---------------------------------------------------------------------- not at all


def _for_the_unreachable(here: Value, cascade: Cascade) -> None:
    """A last rung that is kept from all whom some rung before it reaches."""
    before = cascade.rungs[:-1]
    if before and all("delivered" in rung.next_unless for rung in before):
        (written_at(here, cascade.rungs[-1].send.path) or here).remark(
            f"{here.path}.{cascade.rungs[-1].send.path}: whoever any rung before it reaches never gets it, for each "
            "goes on only 'next_unless: delivered'; expected click or opened where it is for those who do not answer, "
            "first_of where it is for those whom nothing else reaches"
        )


def _idle_on_the_last(here: Value, last: Rung) -> None:
    """What would keep the next rung away, on the last one; an event there ends its wait at least."""
    if last.unless or (last.wait is None and (last.next_unless or last.signals)):
        asked = "its condition" if last.unless else "'next_unless'"
        (written_at(here, last.send.path) or here).remark(
            f"{here.path}.{last.send.path}: {asked} is never asked for, as no rung comes behind this one"
        )


def _ended_by_its_delivery(here: Value, chain: Chain) -> None:
    """A run that its own first message ends, while more are to follow."""
    speaking: list[str] = []
    for place, step in enumerate(chain.steps):
        if isinstance(step, Cascade):
            speaking += [rung.send.path for rung in step.rungs]
        elif any(sends_of(inner) for inner in steps_within((step,))):
            speaking.append(f"steps[{place}]")
    written = here.child("exit_on")
    if written is not None and "delivered" in chain.exit_on and len(speaking) > 1:
        written.remark(
            f"{written.path}: 'delivered' ends the run as soon as its first message arrives, so nobody gets "
            f"{speaking[1]} whom that one reached; expected click or order, or no 'delivered' here"
        )


def _ended_by_a_drop(
    here: Value, chain: Chain, cascade: Cascade, policy: ContactPolicy, messages: dict[str, Message]
) -> None:
    """Rungs that a row of the policy drops, which ends the cascade, where the file does not say that this is meant."""
    ending: list[str] = []
    rows: dict[str, None] = {}
    for rung in cascade.rungs[:-1]:
        written = written_at(here, rung.send.path)
        dropping = list(_dropping(rung.send, chain, policy, messages))
        if dropping and rung.send.on_capped == "stay" and (written is None or written.child("on_capped") is None):
            ending.append(_name(rung))
            rows |= dict.fromkeys(dropping)
    if ending:
        place = written_at(here, cascade.rungs[0].send.path) or here
        named = " or ".join(f"'{name}'" for name in rows)
        place.remark(
            f"{here.path}.{_cascade(cascade)}: what {named} of contact_policy drops at {', '.join(ending)} ends the "
            "cascade, and the rungs behind it are not asked; write on_capped: next there to go on with them, "
            "on_capped: stay where this is meant"
        )


def _dropping(send: Send, chain: Chain, policy: ContactPolicy, messages: dict[str, Message]) -> Iterator[str]:
    """Rows of the policy that drop a contact of a send."""
    rows = (
        ("caps", [(row.name, row.scope) for row in policy.caps if row.then == "drop"]),
        ("gaps", [(row.name, row.scope) for row in policy.min_gap if row.then == "drop"]),
        ("quiet_hours", [(row.name, row.scope) for row in policy.quiet_hours if row.then == "drop"]),
        ("quiet_hours", [(row.name, row.scope) for row in policy.send_windows if row.then == "drop"]),
    )
    for family, named in rows:
        for name, scope in named:
            channels = _bound(send, messages[send.message].purpose, family, policy)
            if any(_speaks_of(scope, channel, send, chain, messages) for channel in channels):
                yield name


def _through_the_night(
    here: Value, chain: Chain, cascade: Cascade, policy: ContactPolicy, messages: dict[str, Message]
) -> None:
    """Rungs with ``on_capped: next`` that hours drop one and all, or lead in the night to a channel that they leave."""
    leading = list(takewhile(lambda rung: rung.send.on_capped == "next", cascade.rungs[:-1]))
    reached = cascade.rungs[: len(leading) + 1]
    if not leading:
        return
    hours: list[QuietHours | SendWindow] = [*policy.quiet_hours, *policy.send_windows]
    place = written_at(here, cascade.rungs[0].send.path) or here
    named = f"{here.path}.{_cascade(cascade)}"
    dropping = [row for row in hours if row.then == "drop" and not row.scope.segments]
    lost = [row.name for row in dropping if all(_binds(row, rung.send, chain, policy, messages) for rung in reached)]
    if lost and len(reached) == len(cascade.rungs):
        place.remark(
            f"{named}: what '{lost[0]}' drops it drops at every rung alike, so on_capped: next goes through the whole "
            "cascade in one minute and nobody gets anything; expected 'then: wait' there"
        )
    holding = [row for row in hours if row.then == "wait"]
    held = [row.name for row in holding if _binds(row, reached[0].send, chain, policy, messages)]
    free = next((rung for rung in reached[1:] if not _any_binds(hours, rung.send, chain, policy, messages)), None)
    if held and free is not None and IN_APP not in free.send.channels:
        place.remark(
            f"{named}: while '{held[0]}' holds the rungs before it, on_capped: next leads at once to {_name(free)} "
            f"({'/'.join(free.send.channels)}), which no quiet_hours or send_window binds; expected these hours for it "
            "too, or on_capped: stay"
        )


def _binds(
    row: QuietHours | SendWindow, send: Send, chain: Chain, policy: ContactPolicy, messages: dict[str, Message]
) -> bool:
    """Whether a row of hours speaks of a contact of a send on whichever of its channels."""
    channels = list(_bound(send, messages[send.message].purpose, "quiet_hours", policy))
    every = len(channels) == len(send.channels)
    return every and all(_speaks_of(row.scope, channel, send, chain, messages) for channel in channels)


def _any_binds(
    rows: list[QuietHours | SendWindow],
    send: Send,
    chain: Chain,
    policy: ContactPolicy,
    messages: dict[str, Message],
) -> bool:
    """Whether some row of hours speaks of a contact of a send on some of its channels."""
    channels = list(_bound(send, messages[send.message].purpose, "quiet_hours", policy))
    return any(_speaks_of(row.scope, channel, send, chain, messages) for row in rows for channel in channels)


def _bound(send: Send, purpose: str, family: str, policy: ContactPolicy) -> Iterator[str]:
    """Channels of a send on which a family of rules holds for its purpose."""
    if all(family in row.obeys for row in policy.exempt if row.purpose == purpose):
        yield from (channel for channel in send.channels if channel != IN_APP or family in policy.in_app.obeys)


def _speaks_of(scope: Scope, channel: str, send: Send, chain: Chain, messages: dict[str, Message]) -> bool:
    """Whether a row speaks of a contact on a channel, whoever the customer is."""
    message = messages[send.message]
    pairs = (
        (scope.channels, channel),
        (scope.purposes, message.purpose),
        (scope.topics, message.topic),
        (scope.chains, chain.name),
        (scope.messages, message.name),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)


def _filled_by_itself(
    here: Value, chain: Chain, cascade: Cascade, policy: ContactPolicy, messages: dict[str, Message]
) -> None:
    """Rungs whose cap the rungs before them have filled; not where midnights decide what counts together."""
    dues = [sum(rung.wait or 0 for rung in cascade.rungs[:number]) for number in range(len(cascade.rungs))]
    for cap in policy.caps:
        window = cap.rolling or ((cap.days - 1) * DAY + 1 if cap.days > 1 else 0)
        if cap.then != "drop" or cap.scope.segments or not window:
            continue
        bound = [_is_always_bound(cap, rung.send, chain, policy, messages) for rung in cascade.rungs]
        full: list[tuple[int, list[str]]] = []
        for number in range(len(cascade.rungs)):
            before = [dues[number] - due < window for due in dues[:number]]
            filled = sum(near and counts for near, counts in zip(before, bound, strict=False))
            full.append((number, _full_for(cap, filled) if bound[number] else []))
        # Whoever names a few customers to get less has said so; not of all others, nor of most that the cap names.
        lost = [told for told in full if _ALL_OTHERS in told[1] or 2 * len(told[1]) > len(cap.maxima) + 1]
        if lost:
            number, whose = min(lost)
            rung = cascade.rungs[number]
            everybody = len(whose) > len(cap.maxima)
            of_whom = "those who got them" if everybody else f"those who got them of {', '.join(whose)} (by {cap.by})"
            most = f"{cap.maximum} per {format_window(cap.calendar, cap.rolling, cap.days)}"
            filled_cap = f"'{cap.name}' ({most})" if everybody else f"'{cap.name}'"
            (written_at(here, rung.send.path) or here).remark(
                f"{here.path}.{rung.send.path}: is due {format_duration(dues[number])} after the first rung, and "
                f"the cascade's own messages have filled the cap {filled_cap} by then, so {of_whom} never get it; "
                "expected a larger max, longer waits, or a cap without its channel"
            )


def _full_for(cap: Cap, filled: int) -> list[str]:
    """Values of ``by`` whose maximum so many messages fill; ``else`` alone of a cap without ``by``."""
    maxima = (*cap.maxima, (_ALL_OTHERS, cap.maximum))
    return [name for name, most in maxima if filled >= most]


def _is_always_bound(cap: Cap, send: Send, chain: Chain, policy: ContactPolicy, messages: dict[str, Message]) -> bool:
    """Whether a contact of a send fills a cap and obeys it, on whichever of its channels."""
    free = {row.purpose for row in policy.exempt if "caps" not in row.obeys or not row.counts}
    in_app = IN_APP in send.channels and not (policy.in_app.counts and "caps" in policy.in_app.obeys)
    spoken = all(_speaks_of(cap.scope, channel, send, chain, messages) for channel in send.channels)
    return spoken and not in_app and messages[send.message].purpose not in free


# ---------------------------------------------------------------------- where it is written


def written_at(here: Value, path: str) -> Value | None:
    """What is written at a path below a chain, such as ``steps[1].cascade[0]``."""
    found: Value | None = here
    for key, index in _PLACE.findall(path):
        items = list(found.items()) if found and index else []
        found = (found and found.child(key)) if key else (items[int(index)] if int(index) < len(items) else None)
    return found


def _cascade(cascade: Cascade) -> str:
    """Path of a cascade below its chain."""
    return cascade.rungs[0].send.path.rpartition("[")[0]


def _name(rung: Rung) -> str:
    """A rung by its place in the cascade."""
    return rung.send.path.rpartition(".")[2]
