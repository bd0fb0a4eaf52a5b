"""Caps and gaps as the auditor reads them: which past contacts keep a new one away, and how long."""

from __future__ import annotations

import bisect
import datetime as dt

from tests.audit.asks import Ask, Ruling, blocked
from tests.audit.facts import CHANNELS, Contact, Facts
from tests.audit.reading import IN_APP, ChainText, Days, Paper
from tests.audit.rows import CapText, GapText, ScopeText
from tests.audit.words import Message, seconds, whole_minute


def applies(facts: Facts, scope: ScopeText, ask: Ask, channel: str, time: int) -> bool:
    """Whether a row speaks of a contact with this customer."""
    inside = not scope.segments or any(facts.in_segment(name, time) for name in scope.segments)
    return inside and scope.speaks_of(channel, ask.route.message, ask.chain)


def cap_ruling(paper: Paper, facts: Facts, cap: CapText, ask: Ask, channel: str, time: int) -> Ruling | None:
    """What a cap says to a contact."""
    if not applies(facts, cap.scope, ask, channel, time) or not paper.obeys(ask.route.message, "caps", channel):
        return None
    if cap.own_replaces and facts.permits.frequency != "all":
        return None
    others = (other for other in paper.caps if cap.name in other.instead_of)
    if any(applies(facts, other.scope, ask, channel, time) for other in others):
        return None
    maximum = cap.maxima.get(facts.lookup(cap.by, time), cap.maximum) if cap.by else cap.maximum
    days = facts.calendar(cap.zone)
    if cap.days > 1:
        begin, end = days.midnight(days.date(time) - dt.timedelta(days=cap.days - 1)), 0
    elif cap.calendar:
        begin, end = days.period(time, cap.calendar, cap.from_sunday)
    else:
        begin, end = time - cap.rolling + 1, 0
    counted = counted_by(paper, facts, cap.scope, cap.counts, begin)
    if len(counted) < maximum:
        return None
    # Open again when the oldest that fills the window leaves it, or examined again by the clock.
    if cap.every is not None:
        end = time + cap.every
    elif cap.days > 1:
        end = days.midnight(days.date(counted[-maximum].time) + dt.timedelta(days=cap.days))
    elif not cap.calendar:
        end = counted[-maximum].time + cap.rolling
    ruling = blocked(ask, time, "cap", cap.name, cap.then, whole_minute(end), cap.for_at_most)
    return ruling._replace(displaced_by=counted[-1].chain)


def counted_by(paper: Paper, facts: Facts, scope: ScopeText, stage: str, since: int) -> list[Contact]:
    """Contacts from a time on that a row counts, in time order, whichever segment the customer was in."""
    past = {"attempted": facts.attempted, "sent": facts.accepted, "delivered": facts.delivered}[stage]
    late = past[bisect.bisect_left(past, since, key=lambda contact: contact.time) :]
    return [c for c in late if scope.speaks_of(c.channel, c.message, c.chain) and paper.counts(c.message, c.channel)]


def gap_ruling(paper: Paper, facts: Facts, gap: GapText, ask: Ask, channel: str, time: int) -> Ruling | None:
    """What a row of gaps says to a contact."""
    message = ask.route.message
    if not applies(facts, gap.scope, ask, channel, time) or not paper.obeys(message, "gaps", channel):
        return None
    # Earlier contacts are further away than any kind of gap asks for.
    past = counted_by(paper, facts, gap.scope, gap.counts, time - max(gap.least.values(), default=0) + 1)
    if gap.ignores_own_run and ask.run is not None:
        past = [contact for contact in past if contact.run != ask.run.number]
    for kind, least in gap.least.items():
        near = [contact for contact in past if _alike(kind, contact, message, channel)]
        if near and near[-1].time + least > time:
            until = whole_minute(near[-1].time + least)
            ruling = blocked(ask, time, "gap", f"{gap.name}.{kind}", gap.then, until, gap.for_at_most)
            return ruling._replace(displaced_by=_latest(near, kind).chain)
    return None


def _latest(near: list[Contact], kind: str) -> Contact:
    """The last contact; of those on several channels in one second the first in the order of channels."""
    if kind != "other_channel":
        return near[-1]
    latest = [contact for contact in reversed(near) if contact.time == near[-1].time]
    return min(latest, key=lambda contact: (*CHANNELS, IN_APP).index(contact.channel))


def _alike(kind: str, contact: Contact, message: Message, channel: str) -> bool:
    """Whether a past contact has what a gap of this kind looks for."""
    past = contact.message
    return {
        "any": True,
        "same_channel": contact.channel == channel,
        "other_channel": contact.channel != channel,
        "same_purpose": past.purpose == message.purpose,
        "same_topic": past.topic != "" and past.topic == message.topic,
        "same_offer": past.offer != "" and past.offer == message.offer,
        "same_message": past.name == message.name,
    }[kind]


def entered_enough(chain: ChainText, times: list[int], time: int, days: Days) -> bool:
    """Whether a customer who entered a chain at these times has done so as often as he may."""
    maximum, per = chain.entries
    if per in ("day", "week", "month"):
        begin, _ = days.period(time, per)
        times = [entry for entry in times if entry >= begin]
    elif per:
        times = [entry for entry in times if entry > time - seconds(per)]
    return 0 < maximum <= len(times)
