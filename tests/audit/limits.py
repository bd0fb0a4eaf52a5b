"""Caps and gaps as the auditor reads them: which past contacts keep a new one away, and how long."""

from __future__ import annotations

from tests.audit.asks import Ask, Ruling, blocked
from tests.audit.facts import Contact, Facts
from tests.audit.reading import CapText, Paper, seconds, whole_minute


def cap_ruling(paper: Paper, facts: Facts, cap: CapText, ask: Ask, channel: str, time: int) -> Ruling | None:
    """What a cap says to a contact."""
    message = ask.route.message
    if not cap.speaks_of(channel, message, ask.chain) or not paper.obeys(message, "caps"):
        return None
    if cap.segments and not any(facts.in_segment(name, time) for name in cap.segments):
        return None
    maximum = cap.maxima.get(facts.lookup(cap.by, time), cap.maximum) if cap.by else cap.maximum
    if cap.calendar:
        begin, end = facts.calendar(cap.zone).period(time, cap.calendar)
    else:
        begin, end = time - cap.rolling + 1, 0
    counted = counted_by(paper, facts, cap, begin)
    if len(counted) < maximum:
        return None
    if not cap.calendar:  # open again when the oldest that fills the window leaves it
        end = counted[-maximum].time + cap.rolling
    return blocked(ask, time, "cap", cap.name, cap.then, whole_minute(end), cap.for_at_most)


def counted_by(paper: Paper, facts: Facts, cap: CapText, begin: int) -> list[Contact]:
    """Contacts from ``begin`` on that a cap counts."""
    past = facts.delivered if cap.counts == "delivered" else facts.sent
    return [
        c for c in past if c.time >= begin and cap.speaks_of(c.channel, c.message, c.chain) and paper.counts(c.message)
    ]


def gap_ruling(paper: Paper, facts: Facts, ask: Ask, time: int) -> Ruling | None:
    """What the gaps say to a contact."""
    gap, message = paper.gap, ask.route.message
    if gap is None or not paper.obeys(message, "gaps"):
        return None
    past = [contact for contact in facts.sent if paper.counts(contact.message)]
    if gap.get("own_run", "obey") == "ignore" and ask.run is not None:
        past = [contact for contact in past if contact.run != ask.run.number]
    near = {
        "any": past,
        "same_topic": [c for c in past if message.topic and c.message.topic == message.topic],
        "same_offer": [c for c in past if message.offer and c.message.offer == message.offer],
    }
    at_most = seconds(gap["for_at_most"]) if "for_at_most" in gap else None
    for name, contacts in near.items():
        if name in gap and contacts and contacts[-1].time + seconds(gap[name]) > time:
            until = whole_minute(contacts[-1].time + seconds(gap[name]))
            return blocked(ask, time, "gap", f"min_gap.{name}", gap.get("then", "wait"), until, at_most)
    return None
