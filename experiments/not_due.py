"""Campaigns none of whose days lies within a run: they did nothing, which says nothing of them."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.phrases import Language, say
from strategies.scenario import Campaign, Scenario
from strategies.working_days import works_on


def not_due(scenario: Scenario, days: int, language: Language = "en") -> Iterator[tuple[str, str]]:
    """Name of each such campaign, and when it is due first.  days: of the horizon that was run."""
    for campaign in scenario.campaigns:
        if why := why_not_due(campaign, scenario, days, language):
            yield campaign.name, why


def why_not_due(campaign: Campaign, scenario: Scenario, days: int, language: Language = "en") -> str:
    """Half a sentence about a campaign that is not due within the run; '' of one that is."""
    schedule, works = campaign.schedule, works_on(scenario.calendar)
    if schedule.first_day(scenario.start, works, within=days):
        return ""
    first = schedule.first_day(scenario.start, works, after=days)
    if first is None:
        return say(language, "due_never", days=str(days))
    return say(language, "due_later", day=f"{first.day} {first:%b %Y}", days=str(days))
