"""Who the customers are: traits, addresses and consents, drawn once per base and keyed by customer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

from sim.kernel import luck
from sim.kernel.calendar import DAY, hours_in_seconds
from sim.population_file import SEXES, Population
from sim.setting import Setting
from strategies.limits import CODE
from strategies.vocabulary import CHANNELS, MONEY_UNIT, TEXTS

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = luck.Keys

_CUSTOMER = luck.purpose("world.customer")
_LUCK = luck.purpose("world.customer.luck")
_HARDLY_EVER = 1e-30
"""Visits per second of those who never come: more than 0, since it divides."""

_VISIT_RATE = luck.purpose("world.trait.visit_rate")
_JOB_RATE = luck.purpose("world.trait.job_rate")
_JOB_WEIGHT = luck.purpose("world.trait.job_weight")
_LOSS_RATE = luck.purpose("world.trait.loss_rate")
_PATIENCE = luck.purpose("world.trait.patience")
_AFFINITY = luck.purpose("world.trait.affinity")
_PRICE = luck.purpose("world.trait.price")
_VALUE = luck.purpose("world.trait.value")
_HOUR = luck.purpose("world.trait.hour")
_HOUR_KIND = luck.purpose("world.trait.hour_kind")
_PLACE = luck.purpose("world.trait.place")
_SOURCE = luck.purpose("world.trait.source")
_DEVICE = luck.purpose("world.trait.device")
_PROXY = luck.purpose("world.trait.proxy")
_PERSON = luck.purpose("world.trait.person")
_REGISTERED = luck.purpose("world.trait.registered")
_BIRTHDAY = luck.purpose("world.trait.birthday")
_ADDRESS = luck.purpose("world.trait.address")
_CONSENT = luck.purpose("world.trait.consent")
_MAILBOX = luck.purpose("world.trait.mailbox")
_MAILBOX_LASTS = luck.purpose("world.trait.mailbox_lasts")

PROXY, INVALID, TRAP = 1, 2, 4
"""Bits of ``mailbox``: opens by a privacy proxy; never worked; becomes a spam trap once dead."""

LIKED, DISLIKED = 1.5, 0.15
"""Job weight, relative to an even split, from which a category is of interest, and up to which it is of none."""

_OBSERVED = ("zone_hours", "sex", "age", "city", "source", "device", "registered")

_BLOCK = 65_536
"""Customers drawn at a time, so that temporaries stay small."""


class Customers:
    """Columns of traits.  Latent unless :meth:`observed_profile` gives them.

    base_key, luck_key: (N,) uint64, roots of who the customer is and of what happens to the customer.
    visit_rate, job_rate: (N,) float32 per second; loss_rate: (N,) float32 per second.
    job_weight: (J, N) float32; liked, disliked: (N,) uint8 bits by job type; favourite: (N,) int8 job type.
    affinity: (8, N) float32 logits; patience: (N,) float32; price_sensitivity: (N,) float32.
    typical_value: (N,) float32 money; best_minute: (N,) int16 of the local day.
    address, marketing, service: (N,) uint8 bits by channel; zone_hours: (N,) int8.
    city, source, device: (N,) int16 places in their vocabularies, -1 for none.
    registered: (N,) int32 seconds, also the date of the consents.
    withdrawn: (N,) uint8 bits by channel, consent taken back for good (only where forms offer it again).
    mailbox: (N,) uint8 bits; mailbox_lasts: (N,) int32 seconds that it outlives the customer's interest.
    """

    def __init__(self, setting: Setting) -> None:
        self.population = setting.population
        self.begin = setting.begin
        columns, jobs = setting.columns, len(setting.population.jobs)
        self.columns = columns
        self.base_key = columns.add("population.base_key", np.uint64)
        self.luck_key = columns.add("population.luck_key", np.uint64)
        self.visit_rate = columns.add("population.visit_rate", np.float32)
        self.job_rate = columns.add("population.job_rate", np.float32)
        self.loss_rate = columns.add("population.loss_rate", np.float32)
        self.job_weight = columns.add("population.job_weight", np.float32, rows=jobs)
        self.liked = columns.add("population.liked", np.uint8)
        self.disliked = columns.add("population.disliked", np.uint8)
        self.favourite = columns.add("population.favourite", np.int8)
        self.affinity = columns.add("population.affinity", np.float32, rows=len(CHANNELS))
        self.patience = columns.add("population.patience", np.float32)
        self.price_sensitivity = columns.add("population.price_sensitivity", np.float32)
        self.typical_value = columns.add("population.typical_value", np.float32)
        self.best_minute = columns.add("population.best_minute", np.int16)
        self.address = columns.add("population.address", np.uint8)
        self.marketing = columns.add("population.marketing", np.uint8)
        self.service = columns.add("population.service", np.uint8)
        self.zone_hours = columns.add("population.zone_hours", np.int8)
        self.city = columns.add("population.city", CODE, -1)
        self.source = columns.add("population.source", CODE, -1)
        self.device = columns.add("population.device", CODE, -1)
        self.sex = columns.add("population.sex", np.int8, -1)
        self.age = columns.add("population.age", np.int16, -1)
        self.registered = columns.add("population.registered", np.int32)
        self.withdrawn = columns.add("population.withdrawn", np.uint8) if self.population.subscriptions else None
        self.mailbox = columns.add("population.mailbox", np.uint8)
        self.mailbox_lasts = columns.add("population.mailbox_lasts", np.int32)

    def zone_seconds(self, customer: Int64s) -> Int64s:
        """Offset of local from company time."""
        return hours_in_seconds(self.zone_hours.take(customer))

    def populate(self, base_keys: Keys, luck_keys: Keys) -> None:
        """Draw everybody; base_keys, luck_keys: (W,) roots of the worlds."""
        n = self.columns.customers
        for world in range(self.columns.worlds):
            for first in range(0, n, _BLOCK):
                index = np.arange(first, min(first + _BLOCK, n), dtype=np.int64)
                part = slice(world * n + first, world * n + first + index.size)
                key = luck.child(np.full(index.size, base_keys[world], np.uint64), _CUSTOMER, index)
                self.base_key[part] = key
                self.luck_key[part] = luck.child(np.full(index.size, luck_keys[world], np.uint64), _LUCK, index)
                self._draw(part, key)

    def _draw(self, part: slice, key: Keys) -> None:
        activity = self._draw_activity(part, key)
        self._draw_character(part, key, activity)
        self._draw_jobs(part, key)
        self._draw_profile(part, key)
        self._draw_reach(part, key)

    def _draw_activity(self, part: slice, key: Keys) -> Floats:
        """Rates of visits and jobs; returns the activity's normal score (of both together)."""
        traits, lifetime = self.population.parameters.traits, self.population.parameters.lifetime
        u_visit, u_job = luck.uniform(key, _VISIT_RATE), luck.uniform(key, _JOB_RATE)
        self.visit_rate[part] = np.maximum(_gamma(u_visit, traits.visit_shape, traits.visit_rate) / DAY, _HARDLY_EVER)
        self.job_rate[part] = _gamma(u_job, traits.jobs_shape, traits.jobs_per_year) / (365 * DAY)
        self.loss_rate[part] = _gamma(luck.uniform(key, _LOSS_RATE), lifetime.shape, lifetime.hazard) / DAY
        return np.asarray((ndtri(u_visit) + ndtri(u_job)) * np.sqrt(0.5))

    def _draw_character(self, part: slice, key: Keys, activity: Floats) -> None:
        traits = self.population.parameters.traits
        shared, own = traits.activity_correlation, np.sqrt(1 - traits.activity_correlation**2)
        patience = shared * activity + own * luck.normal(key, _PATIENCE)
        self.patience[part] = np.exp(traits.patience_sd * patience)
        for channel in range(len(CHANNELS)):
            score = shared * activity + own * luck.normal(luck.child(key, _AFFINITY, channel), _AFFINITY)
            self.affinity[channel, part] = traits.affinity_sd * score
        self.price_sensitivity[part] = _gamma(luck.uniform(key, _PRICE), traits.price_shape, 1.0)
        level = np.exp(traits.value_level_sd * luck.normal(key, _VALUE) - traits.value_level_sd**2 / 2)
        self.typical_value[part] = traits.order_value * MONEY_UNIT * level
        morning = luck.uniform(key, _HOUR_KIND) < traits.morning_share
        hour = np.where(morning, traits.morning_hour, traits.evening_hour)
        hour += traits.best_hour_sd * luck.normal(key, _HOUR)
        self.best_minute[part] = (hour * 60).astype(np.int64) % 1_440

    def _draw_jobs(self, part: slice, key: Keys) -> None:
        """Dirichlet weights: Gamma draws over their sum."""
        jobs = self.population.jobs
        concentration = self.population.parameters.traits.job_concentration * len(jobs)
        draws = np.empty((len(jobs), key.size))
        for job, row in enumerate(jobs):
            u = luck.uniform(luck.child(key, _JOB_WEIGHT, job), _JOB_WEIGHT)
            draws[job] = gammaincinv(concentration * row.share, u) if row.share else 0.0
        # A tiny shape can underflow everywhere: such a customer has the even split.
        draws[:, draws.sum(axis=0) == 0] = 1.0
        weight = draws / draws.sum(axis=0)
        self.job_weight[:, part] = weight
        self.favourite[part] = weight.argmax(axis=0)
        bits = (1 << np.arange(len(jobs)))[:, None]
        self.liked[part] = ((weight * len(jobs) > LIKED) * bits).sum(axis=0)
        self.disliked[part] = ((weight * len(jobs) < DISLIKED) * bits).sum(axis=0)

    def _draw_profile(self, part: slice, key: Keys) -> None:
        profile = self.population.profile
        if profile.cities:
            self.city[part] = pick(luck.uniform(key, _PLACE), [city.share for city in profile.cities.values()])
            zones = np.array([city.zone_hours for city in profile.cities.values()], np.int8)
            self.zone_hours[part] = zones[self.city[part]]
        if profile.sources:
            self.source[part] = pick(luck.uniform(key, _SOURCE), list(profile.sources.values()))
        if profile.devices:
            self.device[part] = pick(luck.uniform(key, _DEVICE), list(profile.devices.values()))
        u_sex, u_age = luck.uniform_pair(key, _PERSON)
        self.sex[part] = u_sex >= profile.female
        self.age[part] = np.clip(profile.age_mean + profile.age_sd * ndtri(u_age), 16, 95)
        years = luck.uniform(key, _REGISTERED) * profile.registered_years
        self.registered[part] = self.begin - (years * 365 * DAY).astype(np.int64)

    def _draw_reach(self, part: slice, key: Keys) -> None:
        population, addresses = self.population, self.population.parameters.addresses
        for channel, reach in enumerate(population.channels):
            bit = np.uint8(1 << channel)
            has = luck.uniform(luck.child(key, _ADDRESS, channel), _ADDRESS) < reach.address
            u_marketing, u_service = luck.uniform_pair(luck.child(key, _CONSENT, channel), _CONSENT)
            self.address[part] |= has * bit
            self.marketing[part] |= (has & (u_marketing < reach.marketing)) * bit
            self.service[part] |= (has & (u_service < reach.service)) * bit
        shares = [population.profile.proxies.get(device, 0.0) for device in population.profile.devices] or [0.0]
        proxy = luck.uniform(key, _PROXY) < np.array(shares)[np.maximum(self.device[part], 0)]
        u_invalid, u_trap = luck.uniform_pair(key, _MAILBOX)
        invalid, trap = u_invalid < addresses.invalid, u_trap < addresses.trap
        self.mailbox[part] = proxy * PROXY + invalid * INVALID + trap * TRAP
        lasts = luck.exponential(key, _MAILBOX_LASTS) * addresses.lasts * DAY
        self.mailbox_lasts[part] = np.minimum(lasts, 2**31 - 1)

    def birthdays(self, customer: Int64s) -> NDArray[np.int16]:
        """Day of a leap year (see :func:`day_of_leap_year`), -1 where the profile has none.

        To be asked once for each customer.
        """
        share = self.population.profile.birthdays
        result = np.full(customer.size, -1, np.int16)
        for first in range(0, result.size if share else 0, _BLOCK):
            part = slice(first, first + _BLOCK)
            u_known, u_day = luck.uniform_pair(self.base_key.take(customer[part]), _BIRTHDAY)
            result[part] = np.where(u_known < share, day_of_leap_year(u_day), -1)
        return result

    def observed_profile(self, customer: Int64s) -> dict[str, NDArray[np.generic]]:
        """What a company knows of customers with an account, (n,) each, names as in the condition language;
        addresses and consents (7, n) bool.  To be asked once for each customer.
        """
        bits = (1 << np.arange(len(CHANNELS), dtype=np.uint8))[:, None]
        return {
            **{name: getattr(self, name).take(customer) for name in _OBSERVED},
            "birthday": self.birthdays(customer),
            "address": (self.address.take(customer) & bits) != 0,
            "consent": (self.marketing.take(customer) & bits) != 0,
            "service_consent": (self.service.take(customer) & bits) != 0,
        }


def day_of_leap_year(u: Floats) -> Int64s:
    """Birthdays of uniforms: 1 … 366, 29 February (60) a quarter as frequent as the other days."""
    quarter = (u * 1_461).astype(np.int64)
    return np.where(quarter < 236, quarter // 4 + 1, np.where(quarter == 236, 60, (quarter - 237) // 4 + 61))


def _gamma(u: Floats, shape: float, mean: float) -> Floats:
    return np.asarray(gammaincinv(shape, u) * (mean / shape))


def pick(u: Floats, shares: list[float]) -> Int64s:
    """Index of the share that each uniform falls into."""
    return np.minimum(np.searchsorted(np.cumsum(shares), u, side="right"), len(shares) - 1)


def profile_categories(population: Population) -> dict[str, tuple[str, ...]]:
    """Names behind the codes of the text fields."""
    profile = population.profile
    arrivals = population.arrivals.sources if population.arrivals else {}
    return {
        **TEXTS,
        "city": tuple(profile.cities),
        "source": tuple(dict.fromkeys((*profile.sources, *arrivals))),
        "device": tuple(profile.devices),
        "sex": SEXES,
        "category": population.categories,
    }
