"""The population file: who the customers are, in YAML, read strictly.

See ``configs/populations/online_shop.yaml`` for a commented example.  All problems of a file are
reported at once, with file, line, column and the nearest known name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.after_order import AFTER_ORDER, ASSORTMENT
from sim.parameters import ParameterError, Parameters, contradiction, override
from sim.population_sections import (
    APP,
    ARRIVALS,
    FORMS,
    ONBOARDING,
    STORES,
    SUBSCRIPTIONS,
    Arrivals,
    Onboarding,
    Stores,
    sum_to_one,
)
from strategies.language.compose import EXTENDS, POPULATIONS, Composed, compose
from strategies.language.emit import to_yaml
from strategies.language.problems import InputError, unknown
from strategies.language.reader import TEXT, Checked, ListOf, Reader, Reading, Scalar, Schema, Value, number, whole
from strategies.language.records import Keys, MapOf, Record, read_whole
from strategies.language.shapes import Shape
from strategies.language.units import NAME, POSITIVE_DAYS, SHARE
from strategies.limits import MAX_DURATION, MAX_MEAN_ORDER, MAX_NAMES, YEAR
from strategies.vocabulary import ADDRESSED_CHANNELS, BARRIERS, CHANNELS, DAY

SEXES = ("female", "male")
MAX_JOBS = 8
"""Open jobs are bits of one byte."""


class PopulationError(InputError):
    """A population file cannot be used."""


@dataclass(frozen=True)
class JobType:
    """One row of the jobs map; its name is also the category of what is bought for it.

    share: mean share of this job among all; season: factor by month (12, mean about 1);
    functional, emotional, social: what moves people, shares that sum to 1; barriers: probability of
    each barrier of the vocabulary; deadline: share with a deadline; margin: share of the order value;
    value: order value relative to the shop's mean; returned: share of these orders that comes back;
    lasts: days until what was bought is used up, 0 where it is not; plan: share of orders that begin a subscription.
    """

    name: str
    words: tuple[str, ...] = ()
    when: str = ""
    want: str = ""
    so_that: str = ""
    share: float = 1.0
    season: tuple[float, ...] = (1.0,) * 12
    functional: float = 1.0
    emotional: float = 0.0
    social: float = 0.0
    barriers: tuple[float, ...] = (0.0,) * len(BARRIERS)
    deadline: float = 0.25
    margin: float = 0.35
    value: float = 1.0
    returned: float = 0.0
    lasts: float = 0.0
    plan: float = 0.0


@dataclass(frozen=True)
class ChannelReach:
    """Who can be reached: share with an address, with consent (given an address) to marketing and to service."""

    address: float = 0.0
    marketing: float = 0.0
    service: float = 1.0


@dataclass(frozen=True)
class Place:
    """A city (or region): its share of customers and its clock against company time in hours."""

    share: float
    zone_hours: int = 0


@dataclass(frozen=True)
class Profile:
    """Observed profile: places, acquisition sources, devices (shares), share of women, ages, privacy proxies.

    proxies: device → share of its owners whose mail program opens everything by itself.
    birthdays: share of profiles with a birthday.
    """

    cities: dict[str, Place] = field(default_factory=dict)
    sources: dict[str, float] = field(default_factory=dict)
    devices: dict[str, float] = field(default_factory=dict)
    proxies: dict[str, float] = field(default_factory=dict)
    female: float = 0.5
    age_mean: float = 38.0
    age_sd: float = 12.0
    registered_years: float = 3.0
    birthdays: float = 0.0


@dataclass(frozen=True)
class Population:
    """A kind of business and its customers; ``channels`` in the order of the vocabulary.

    arrivals, onboarding, stores: see :mod:`sim.population_sections`.  app: share of its owners' visits made in
    it; forms: share of visits that leave one half filled; subscriptions: channel → chance of one at a visit.
    """

    name: str
    file: str
    parameters: Parameters
    jobs: tuple[JobType, ...]
    channels: tuple[ChannelReach, ...]
    profile: Profile
    about: str = ""
    after_order: tuple[str, ...] = ()
    """Parts of :data:`sim.after_order.PARTS` that are simulated."""
    assortment: int = 0
    """Items in each category whose stock and price change; 0: none."""
    arrivals: Arrivals | None = None
    app: float = 0.0
    forms: float = 0.0
    onboarding: Onboarding | None = None
    stores: Stores | None = None
    subscriptions: dict[str, float] = field(default_factory=dict)

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of categories in code order: those of the jobs."""
        return tuple(job.name for job in self.jobs)

    @property
    def margins(self) -> NDArray[np.float64]:
        """(jobs,) margin of each job, share of the order value: what the job states × ``traits.margin``."""
        return np.array([job.margin for job in self.jobs]) * self.parameters.traits.margin


_FACTOR = number(0, 100)
_ANY_NUMBER = Scalar("a number", number().parse, {"type": "number"})


@dataclass(frozen=True)
class _Numbers:
    """A number, or a list of numbers."""

    expected: str = "a number or a list of numbers"

    def read(self, value: Value) -> float | tuple[float, ...] | None:
        if value.node.kind == "list":
            return ListOf(_ANY_NUMBER).read(value)
        return _ANY_NUMBER.read(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}}]}


def _one_of(names: tuple[str, ...], kind: str) -> Reader[str]:
    def check(value: Value, name: str) -> str | None:
        if name in names:
            return name
        value.complain(unknown(kind, name, value.where, names))
        return None

    return Checked(TEXT, check)


def _overrides(value: Value, changes: dict[str, dict[str, Any]]) -> Parameters | None:
    result = Parameters()
    for group, keys in changes.items():
        for key, number_ in keys.items():
            try:
                result = override(result, {group: {key: number_}})
            except ParameterError as error:
                entry = value.node.entries[group][1].entries.get(key)
                group_known = group in {known.name for known in fields(Parameters)}
                value.complain(str(error), entry[0] if entry and group_known else value.node.entries[group][0])
                if not group_known:
                    break
    wrong = contradiction(result)
    if wrong is not None:
        named = next(group for group in wrong[0] if group in changes)
        value.complain(wrong[1], value.node.entries[named][0])
    return result


def _months(value: Value, factors: tuple[float, ...]) -> tuple[float, ...] | None:
    if len(factors) == 12:
        return factors
    value.complain(f"{value.where}: found {len(factors)} factors, expected 12, one for each month")
    return None


def _job(keys: Keys) -> JobType:
    shares = keys.get("moved_by", MapOf(SHARE, _one_of(("functional", "emotional", "social"), "motive")), {})
    if shares and abs(sum(shares.values()) - 1) > 1e-6:
        keys.complain(
            "moved_by", f"{keys.value.where}.moved_by: found shares of {sum(shares.values()):.4g}, expected 1"
        )
    barriers = keys.get("barriers", MapOf(SHARE, _one_of(BARRIERS, "barrier")), {})
    return JobType(
        name="",
        words=keys.get("words", ListOf(TEXT), (), "words of the category"),
        when=keys.get("when", TEXT, "", "the situation"),
        want=keys.get("want", TEXT, "", "the motive"),
        so_that=keys.get("so_that", TEXT, "", "the outcome hoped for"),
        share=keys.need("share", SHARE, 1.0, "mean share of this job among all"),
        season=keys.get("season", Checked(ListOf(_FACTOR), _months), (1.0,) * 12, "factor by month from January"),
        functional=shares.get("functional", 0.0 if shares else 1.0),
        emotional=shares.get("emotional", 0.0),
        social=shares.get("social", 0.0),
        barriers=tuple(barriers.get(name, 0.0) for name in BARRIERS),
        deadline=keys.get("deadline", SHARE, 0.25, "share of these jobs with a deadline"),
        margin=keys.need("margin", SHARE, 0.35, "share of the order value"),
        value=keys.get("value", number(at_least=0.01), 1.0, "order value relative to the shop's mean"),
        returned=keys.get("returned", SHARE, 0.0, "share of these orders that comes back"),
        lasts=keys.get("lasts", POSITIVE_DAYS, 0, "until what was bought is used up") / DAY,
        plan=keys.get("plan", SHARE, 0.0, "share of these orders that begins a paid subscription"),
    )


def _reach(keys: Keys) -> ChannelReach:
    return ChannelReach(
        address=keys.need("address", SHARE, 0.0, "share of customers with an address"),
        marketing=keys.get("marketing", SHARE, 0.0, "consent to marketing, given an address"),
        service=keys.get("service", SHARE, 1.0, "consent to service messages, given an address"),
    )


def _shares(value: Value, shares: dict[str, Any]) -> dict[str, Any] | None:
    if len(shares) > MAX_NAMES:
        value.complain(f"{value.where}: found {len(shares):,} names, expected at most {MAX_NAMES:,}")
        return None
    return sum_to_one(value, shares)


def _place(keys: Keys) -> Place:
    return Place(
        keys.need("share", SHARE, 1.0), keys.get("zone_hours", whole(-12, 12), 0, "clock against company time")
    )


def _profile(keys: Keys) -> Profile:
    shares = Checked(MapOf(SHARE, NAME), _shares)
    devices = keys.get("devices", shares, {}, "shares of devices")
    return Profile(
        cities=keys.get("cities", Checked(MapOf(Record("place", _place), NAME), _shares), {}, "places"),
        sources=keys.get("sources", shares, {}, "shares of acquisition sources"),
        devices=devices,
        proxies=keys.get("proxies", MapOf(SHARE, _one_of(tuple(devices), "device")), {}, "privacy proxies by device"),
        female=keys.get("female", SHARE, 0.5),
        age_mean=keys.get("age_mean", number(14, 90), 38.0, "years"),
        age_sd=keys.get("age_sd", number(0, 30), 12.0, "years"),
        registered_years=keys.get(
            "registered_years", number(0, MAX_DURATION // YEAR), 3.0, "oldest registration before the history"
        ),
        birthdays=keys.get("birthdays", SHARE, 0.0, "share of profiles with a birthday"),
    )


def _jobs(value: Value, jobs: dict[str, JobType]) -> tuple[JobType, ...] | None:
    if not 1 <= len(jobs) <= MAX_JOBS:
        value.complain(f"{value.where}: found {len(jobs)} jobs, expected 1 to {MAX_JOBS}")
        return None
    sum_to_one(value, jobs)
    return tuple(JobType(**{**job.__dict__, "name": name}) for name, job in jobs.items())


_PARAMETERS = Checked(MapOf(MapOf(_Numbers(), TEXT), TEXT), _overrides)
_JOBS = Checked(MapOf(Record("job", _job), NAME), _jobs)
_CHANNELS = MapOf(Record("reach", _reach), _one_of(ADDRESSED_CHANNELS, "channel"))


def _population(keys: Keys, file: str) -> Population:
    if keys.has("onboarding") and not keys.has("arrivals"):
        keys.complain("onboarding", "onboarding: found without 'arrivals', but only newcomers have one")
    keys.get("extends", EXTENDS, None, "a population to build on; what stands here is written over it")
    channels = keys.need("channels", _CHANNELS, {}, "who can be reached through which channel")
    population = Population(
        name=keys.need("population", TEXT, "", "name of the population"),
        file=file,
        parameters=keys.get("parameters", _PARAMETERS, Parameters(), "changes of the model's numbers: group, key"),
        jobs=keys.need("jobs", _JOBS, (), "the jobs map"),
        channels=tuple(channels.get(name, ChannelReach()) for name in CHANNELS),
        profile=keys.get("profile", Record("profile", _profile), Profile(), "what a company knows of its customers"),
        about=keys.get("about", TEXT, "", "what kind of business this is"),
        assortment=keys.get("assortment", ASSORTMENT, 0, "items whose stock and price change"),
        after_order=keys.get("after_order", AFTER_ORDER, (), "what is simulated of the life behind an order"),
        arrivals=keys.get("arrivals", ARRIVALS, None, "profiles that come and register"),
        app=keys.get("app", APP, 0.0, "the company's app; who has a mobile push address has it"),
        forms=keys.get("forms", FORMS, 0.0, "forms on the site that are no purchase (questions, bookings)"),
        onboarding=keys.get("onboarding", ONBOARDING, None, "steps after the registration"),
        stores=keys.get("stores", STORES, None, "the company's own shops"),
        subscriptions=keys.get("subscriptions", SUBSCRIPTIONS, {}, "chance of a subscription at a visit, by channel"),
    )
    _check_sizes(keys, population)
    return population


def _check_sizes(keys: Keys, population: Population) -> None:
    """What is too much only together: sources of the profile and of newcomers, a mean order in a dear category, a
    margin of more than the order.
    """
    arrivals = population.arrivals.sources if population.arrivals else {}
    sources = len({*population.profile.sources, *arrivals})
    if sources > MAX_NAMES:
        text = f"found {sources:,} sources with the profile's, expected at most {MAX_NAMES:,}"
        keys.complain("arrivals", f"arrivals: {text}")
    for job in population.jobs:
        mean = population.parameters.traits.order_value * job.value
        if mean > MAX_MEAN_ORDER:
            text = f"found a mean order of {mean:,.0f} currency units, expected at most {MAX_MEAN_ORDER:,}"
            keys.complain("jobs", f"jobs.{job.name}: {text}")
    for job, margin in zip(population.jobs, population.margins.tolist(), strict=True):
        if margin > 1.0:
            factor = population.parameters.traits.margin
            text = f"found a margin of {job.margin:.4g} × {factor:g} (traits.margin), expected at most 1"
            keys.complain("jobs", f"jobs.{job.name}: {text}")


def population_reader(file: str = "") -> Reader[Population]:
    """The reader of a population file (its ``schema`` gives the JSON Schema)."""
    return Record("population", partial(_population, file=file), "a mapping of keys: population, jobs, channels")


def load_population(path: str | Path) -> Population:
    """The population of a file and of those that it extends.

    Raises PopulationError with every problem of the files.
    """
    composed = composed_population(path)
    reading = Reading(str(path), composed.problems)
    try:
        return read_whole(composed.root, population_reader(str(path)), reading)
    except InputError as error:
        raise PopulationError(composed.told(error.problems)) from None


def population_text(path: str | Path) -> str:
    """A population as YAML that needs no other file: as it is written, or merged where it extends another.

    Raises PopulationError where a file cannot be read.
    """
    composed = composed_population(path)
    return to_yaml(composed.root.plain_value()) if composed.asked else Path(path).read_text(encoding="utf-8")


def composed_population(path: str | Path) -> Composed:
    """The one tree of a population file and of those that it extends."""
    definitions: Schema = {}
    shape = Shape((population_reader().schema(definitions),), definitions)
    try:
        return compose(path, shape, POPULATIONS)
    except InputError as error:
        raise PopulationError(error.problems) from None
