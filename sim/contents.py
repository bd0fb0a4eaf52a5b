"""From the scenarios' messages to what the world knows of them, by contact site of all arms."""

from __future__ import annotations

from collections.abc import Iterable

from sim.messages import (
    ANY_JOB,
    BOUGHT_ITEM,
    LIKED_CATEGORY,
    NO_ITEM,
    NO_JOB,
    TONES,
    WANTED_ITEM,
    MessageRow,
    MessageTable,
)
from sim.offers import terms_of
from sim.population_file import Population
from strategies.messages import Message
from strategies.personal import KINDS
from strategies.program import Program, Site
from strategies.scenario import Offer
from strategies.vocabulary import ASKS, BARRIERS, PURPOSE_CODE, STAGES


def message_table(programs: Iterable[Program], population: Population) -> MessageTable:
    """The table over all arms' sites.  Topics and offers of equal names are equal.

    The jobs that messages name must be on the jobs map (:class:`sim.population_texts.PopulationTexts` lets the loader
    check that).
    """
    jobs = {job.name: code for code, job in enumerate(population.jobs)}
    topics: dict[str, int] = {}
    offers: dict[str, int] = {}
    rows: list[MessageRow] = []
    for program in programs:
        known = {offer.name: offer for offer in program.scenario.offers}
        for name in known:  # all of them, so that codes are those of the observed vocabulary of offers
            offers.setdefault(name, len(offers))
        coupons = program.coupons
        rows += [_row(site, known.get(site.message.offer), jobs, topics, offers, coupons) for site in program.sites]
    return MessageTable.of(rows)


def _row(
    site: Site,
    offer: Offer | None,
    jobs: dict[str, int],
    topics: dict[str, int],
    offers: dict[str, int],
    coupons: frozenset[str],
) -> MessageRow:
    message = site.message
    percent, cut, value, cost = terms_of(offer) if offer else (0.0, 0, 0, 0)
    return MessageRow(
        channel=site.channel,
        call=site.way == "phone",
        purpose=PURPOSE_CODE[message.purpose],
        speaks_to_job=_job(message, jobs),
        stage=STAGES.index(message.stage) if message.stage else -1,
        removes=BARRIERS.index(message.removes) if message.removes else -1,
        tone=TONES.index(message.tone) if message.tone else -1,
        asks=ASKS.index(message.asks) if message.asks else -1,
        topic=topics.setdefault(message.topic, len(topics)) if message.topic else -1,
        offer=offers[offer.name] if offer else -1,
        coupon=offer is not None and offer.name in coupons,
        shows_points="points" in message.personal,
        own_item=_own_item(message),
        blocks=len(message.personal),
        variant=message.variant,
        offer_percent=percent,
        offer_cut=cut,
        offer_value=value,
        offer_cost=cost,
        offer_valid=offer.valid if offer else 0,
    )


def _job(message: Message, jobs: dict[str, int]) -> int:
    if message.job in ("", "any"):
        return ANY_JOB if message.job else NO_JOB
    return jobs[message.job]


def _own_item(message: Message) -> int:
    """What the blocks of a message are about (:data:`strategies.personal.KINDS` in the same order)."""
    codes = (WANTED_ITEM, BOUGHT_ITEM, LIKED_CATEGORY)
    return next((code for code, kind in zip(codes, KINDS, strict=True) if set(kind) & set(message.personal)), NO_ITEM)
