"""Where the model is known to lie beside published rates of letters, for the chains of a run: no interval covers that.

What is known stands in one table, ``message_rates.json`` beside the norms of ``message_norms.yaml``, which the page
``docs/explanation/message-rates-table.md`` shows whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from experiments.figures import value_text
from experiments.message_norms import (
    RATES,
    Measured,
    Norm,
    absent_days,
    beside,
    kinds,
    norms,
    occasions,
    scenario_name,
    sources,
    told_beyond,
)
from experiments.phrases import Language, listed, say
from experiments.statistics import Estimate
from strategies.chain_triggers import DateTrigger, EventTrigger, InactivityTrigger
from strategies.scenario import Chain, Scenario
from strategies.step_tree import sends_of, steps_within
from strategies.vocabulary import DAY

MOST = 4
"""So many chains of a kind are named."""


@dataclass(frozen=True)
class Gap:
    """One check that the model does not meet: what is compared, how it fared, by what factor, and with whose figures.

    figure: of the measured scenario, not of the run that is reported.
    """

    norm: Norm
    figure: Estimate

    @property
    def value(self) -> float:
        """The measured rate."""
        return self.figure.value or 0.0

    def __str__(self) -> str:
        """``clicked of delivered 3.10 %, 0.40 × the least published (omnisend_2021, C)``"""
        told = ", ".join(f"{name}, {sources()[name]['grade']}" for name in self.norm.published)
        rate = value_text(self.figure, "share")
        return f"{RATES[self.norm.rate][2]} {rate}, {beside(self.norm, self.value)} ({told})"


def gaps_of(measured: Measured, beyond: float) -> dict[str, tuple[Gap, ...]]:
    """Kind → its checks that lie beside the published values by more than a factor, with the whole interval."""
    found: dict[str, tuple[Gap, ...]] = {}
    for norm in norms():
        figure, _ = measured.rates[norm.kind, norm.rate]
        if norm.role != "check" or figure.value is None or figure.low is None or figure.high is None:
            continue
        far = not 1.0 / beyond <= norm.times(figure.value) <= beyond
        if far and norm.certainly_beside(figure.low, figure.high):
            found[norm.kind] = (*found.get(norm.kind, ()), Gap(norm, figure))
    return found


@cache
def known_gaps() -> Mapping[str, tuple[Gap, ...]]:
    """The gaps of the shipped table."""
    return gaps_of(Measured.shipped(), told_beyond())


def letters(scenario: Scenario) -> dict[str, list[str]]:
    """Kind of letter → the chains that send e-mails of that kind: by their occasion, a topic or a name, in that order
    of the scenario."""
    found: dict[str, list[str]] = {}
    for chain in scenario.chains:
        topics = _topics(scenario, chain)
        for kind, how in occasions().items():
            if topics is not None and _is_of(chain, topics, kind, how):
                found.setdefault(kind, []).append(chain.name)
    return found


def _topics(scenario: Scenario, chain: Chain) -> set[str] | None:
    """The topics of a chain's e-mails; None where it sends none."""
    sends = [send for step in steps_within(chain.steps) for send in sends_of(step) if "email" in send.channels]
    topic_of = {message.name: message.topic for message in scenario.messages}
    return {topic_of.get(send.message, "") for send in sends} if sends else None


def _is_of(chain: Chain, topics: set[str], kind: str, how: Mapping[str, tuple[str, ...]]) -> bool:
    trigger = chain.trigger
    if isinstance(trigger, EventTrigger) and not set(trigger.events).isdisjoint(how.get("events", ())):
        return True
    if isinstance(trigger, DateTrigger) and trigger.date in how.get("dates", ()):
        return True
    if isinstance(trigger, InactivityTrigger) and not set(trigger.of).isdisjoint(how.get("inactive", ())):
        return trigger.period >= absent_days() * DAY
    return not topics.isdisjoint(how["topics"]) or chain.name in (kinds()[kind] or ())


def about_gaps(arms: Iterable[Mapping[str, Any]], language: Language = "en") -> Iterator[str]:
    """The kinds of letters in use that are known to lie beside the published rates, and where that was measured.

    arms: the manifest's entries, which note kinds and names of chains.
    """
    in_use: dict[str, dict[str, None]] = {}
    for arm in arms:
        for kind, chains in arm.get("letters", {}).items():
            in_use.setdefault(kind, {}).update(dict.fromkeys(chains))
    told = [
        say(
            language,
            "message_gap",
            kind=kind.replace("_", " "),
            chains=listed([*named], MOST),
            what=", ".join(map(str, found)),
        )
        for kind, named in in_use.items()
        if (found := known_gaps().get(kind))
    ]
    if told:
        where = {"scenario": scenario_name(), "days": str(Measured.shipped().days)}
        yield say(language, "message_gaps", kinds="; ".join(told), **where)
