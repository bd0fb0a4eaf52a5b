"""Steps that send nothing, as the auditor carries them out: at once, one after the other, with all that follows.

What an action sets off (chains that start, runs that end) happens before the run goes on, as in a telephone
game: so entries are looked up in the log ahead of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.audit.reading import ChainText
from tests.audit.walk import Acts, Run
from tests.audit.words import listed, seconds

if TYPE_CHECKING:
    from tests.audit.course import Course

CHANNELS = ("email", "web_push", "mobile_push", "sms", "telegram", "whatsapp", "vk")
LEAVE_THE_HOUSE = ("webhook", "unsubscribe", "give")


def carry_out(course: Course, run: Run, acts: Acts, time: int) -> None:
    """One action of a run: its row, then what it brings about."""
    kind, given = acts.kind, acts.given
    if kind == "task":
        course.tasks.give(run, given, acts.path, time)
        return
    reason = _reason(course, run, kind, given, time)
    course.owe_action(run, time, f"{kind}_topic" if kind == "unsubscribe" and isinstance(given, dict) else kind, reason)
    if kind == "give" and "coupon" in given:
        course.facts.coupons.give(given["coupon"], time, kept_back=bool(reason))
    elif not reason:
        _EFFECTS[kind](course, run, kind, given, time)


def _reason(course: Course, run: Run, kind: str, given: Any, time: int) -> str:
    if run.ghost:
        return "holdout"
    if kind in LEAVE_THE_HOUSE and course.customer.control:
        return "control"
    return "" if _changes(course, run, kind, given, time) else "no_effect"


def _changes(course: Course, run: Run, kind: str, given: Any, time: int) -> bool:
    facts = course.facts
    if kind == "set":
        return any(_written(course, run, name, value, time) != facts.card[name] for name, value in given.items())
    if kind in ("add_to", "remove_from"):
        return facts.static[given] != (kind == "add_to")
    if kind == "unsubscribe" and isinstance(given, dict):
        return not set(listed(given["topic"])) <= facts.permits.topics_off | facts.permits.topics_given_up
    if kind == "unsubscribe":
        return bool(facts.consent & set(_channels(given)))
    if kind in ("pause", "stop"):
        return bool(_live(course, given["chain"] if kind == "pause" else given))
    return True


def _written(course: Course, run: Run, name: str, given: Any, time: int) -> Any:
    """What a field holds after it was set: a constant, the moment, what a formula comes to, else what it held."""
    held, field = course.facts.card[name], course.paper.fields[name]
    kind = field.get("type", "text") if isinstance(field, dict) else "flag" if isinstance(field, bool) else "number"
    if kind == "date":
        return time
    if not isinstance(given, str) or given in (field.get("one_of", ()) if isinstance(field, dict) else ()):
        return given
    value = run.value_of(given, time)
    if kind == "number" and value is not None:
        value = round(value * 10_000) / 10_000
    known = value is not None and (kind != "text" or value in field["one_of"])
    return value if known else held


def _channels(given: Any) -> tuple[str, ...]:
    return CHANNELS if given == "all" else listed(given)


def _live(course: Course, chain: str) -> list[Run]:
    """Live runs of a chain, the newest first."""
    return [run for run in reversed(course.runs) if run.chain.name == chain and not run.over]


def _set(course: Course, run: Run, kind: str, given: Any, time: int) -> None:
    for name, asked in given.items():
        value = _written(course, run, name, asked, time)
        if course.facts.card[name] == value:
            continue
        course.facts.card[name] = value
        course.enter(_chains(course, lambda chain, name=name: _field(chain) == name), time)


def _field(chain: ChainText) -> str | None:
    trigger = chain.raw["trigger"]
    return trigger.get("field_changed", "").removeprefix("field.") if isinstance(trigger, dict) else None


def _chains(course: Course, wanted: Any) -> list[ChainText]:
    return [chain for chain in course.by_priority() if wanted(chain)]


def _membership(course: Course, run: Run, kind: str, given: Any, time: int) -> None:
    enters = kind == "add_to"
    course.facts.static[given] = enters
    course.note_member(given, enters)
    course.owe(time, "segment_entered" if enters else "segment_left", "", "segment")
    course.segments_changed({("segment_entered" if enters else "segment_left", given)}, time)
    course.enter(_chains(course, lambda chain: chain.segment == (given, not enters)), time)


def _unsubscribe(course: Course, run: Run, kind: str, given: Any, time: int) -> None:
    if isinstance(given, dict):
        course.facts.permits.topics_given_up.update(listed(given["topic"]))
        return
    course.facts.consent -= set(_channels(given))
    course.owe(time, "unsubscribed", run.chain.name, "unsubscribe", run=run.number, reason="by_company")
    course.company_unsubscribed(time)


def _outside(course: Course, run: Run, kind: str, given: Any, time: int) -> None:
    """What another system does, or an account, is not followed here."""


def _start(course: Course, run: Run, kind: str, given: Any, time: int) -> None:
    course.enter([course.paper.chains[given]], time)


def _pause(course: Course, run: Run, kind: str, given: Any, time: int) -> None:
    for other in _live(course, given["chain"]):
        other.paused_until = max(other.paused_until, time + seconds(given["for"]))


def _stop(course: Course, run: Run, kind: str, given: Any, time: int) -> None:
    for other in _live(course, given):
        if not other.over:
            course.end(other, time, "stopped", "stop")


_EFFECTS = {
    "set": _set,
    "add_to": _membership,
    "remove_from": _membership,
    "unsubscribe": _unsubscribe,
    "webhook": _outside,
    "give": _outside,
    "start": _start,
    "pause": _pause,
    "stop": _stop,
}
