"""What customers chose or did that keeps messages away: preferences, templates, answers on another channel."""

from __future__ import annotations

from tests.audit.asks import DROP, Ask, Ruling, blocked
from tests.audit.base import NEVER
from tests.audit.facts import CHANNELS, Facts
from tests.audit.reading import IN_APP, Paper
from tests.audit.words import listed, seconds, whole_minute

FREQUENCY = {"weekly": "7d", "monthly": "30d"}


def _concerned(paper: Paper, ask: Ask, channel: str) -> bool:
    message = ask.route.message
    purposes = listed(paper.preferences.get("purposes", ("promo", "content")))
    return message.purpose in purposes and paper.obeys(message, "preferences", channel)


def topic_ruling(paper: Paper, facts: Facts, ask: Ask, channel: str) -> Ruling | None:
    """No message about a topic that the customer switched off, or that a chain gave up."""
    obeyed = paper.preferences.get("topics", "obey") == "obey" and _concerned(paper, ask, channel)
    topic, permits = ask.route.message.topic, facts.permits
    if not obeyed or topic not in permits.topics_off | permits.topics_given_up:
        return None
    return Ruling(DROP, "preference", "preferences.topics" if topic in permits.topics_off else "unsubscribe.topic")


def frequency_ruling(paper: Paper, facts: Facts, ask: Ask, channel: str, time: int) -> Ruling | None:
    """No message sooner after the last one than the customer wants; in-app messages come to nobody."""
    row, chosen = paper.preferences, facts.permits.frequency
    wished = row.get("frequency", "obey") == "obey" and chosen != "all" and channel != IN_APP
    if not wished or not _concerned(paper, ask, channel):
        return None
    purposes = listed(row.get("purposes", ("promo", "content")))
    past = [c for c in facts.ever_accepted if c.message.purpose in purposes and c.channel != IN_APP]
    last = max((c.time for c in past), default=NEVER)
    until = last + seconds(row.get(chosen, FREQUENCY[chosen]))
    if until <= time:
        return None
    at_most = seconds(row["for_at_most"]) if "for_at_most" in row else None
    return blocked(
        ask, time, "preference", "preferences.frequency", row.get("then", "drop"), whole_minute(until), at_most
    )


def template_missing(paper: Paper, facts: Facts, ask: Ask, channel: str, time: int) -> bool:
    """Whether a message would be written freely outside of the window that the customer's click opens."""
    if channel != "whatsapp" or ask.route.message.template:
        return False
    clicked = facts.answered.get(("click", channel), NEVER)
    return time - clicked >= seconds(paper.channels[channel].get("window", "24h"))


def elsewhere_ruling(paper: Paper, facts: Facts, ask: Ask, channel: str, time: int) -> Ruling | None:
    """After an answer on one channel the others fall silent."""
    row, message = paper.elsewhere, ask.route.message
    concerned = message.purpose in listed(row.get("purposes", ("promo", "content")))
    if not concerned or not paper.obeys(message, "pauses", channel):
        return None
    for event in ("click", "opened"):
        answers = [
            (when, -(*CHANNELS, IN_APP).index(where), facts.answered_by[what, where])
            for (what, where), when in facts.answered.items()
            if what == event and where != channel
        ]
        if event not in row or not answers:
            continue
        last, _, whose = max(answers)
        until = last + seconds(row[event])
        if until > time:
            rule = f"quiet_elsewhere_after.{event}"
            ruling = blocked(ask, time, "pause", rule, row.get("then", "wait"), whole_minute(until), None)
            return ruling._replace(displaced_by=whose)
    return None
