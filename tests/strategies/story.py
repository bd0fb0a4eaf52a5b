"""Stories: a few customers, what they do and when, a scenario; told back as the engine's log in words.

    told = tell(
        '''
        messages: {reminder: {purpose: promo}}
        chains:
          cart: {trigger: cart_abandoned, steps: [{wait: 1h}, {send: {email: reminder}}]}
        ''',
        "day 0 09:05 anna cart_abandoned",
    )
    told.contacts == ["day 0 10:05 sent email:reminder"]

Clock times are company time; the start, day 0, is a Monday.  A line of the timeline is ``day 2 10:05 anna
order 1500 shoes`` (an own action, with its number and texts where it has them), ``… anna click 2`` (an answer
to the second message that Anna was sent) or ``… anna opened 1 proxy``.  Days before 0 are the past.
Messages are delivered at once, unless the customer's address bounces; in-app messages are shown at ``site_visited``.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.language import load_scenario
from strategies.observed import Observed
from strategies.ports import site_of
from strategies.scenario import Offer, Scenario
from strategies.vocabulary import (
    CHANNEL_CODE,
    CHANNELS,
    DAY,
    EVENT_CODE,
    EVENT_MAP,
    EVENTS,
    HOUR,
    IN_APP,
    MONEY_UNIT,
    REASON_CODE,
)
from tests.strategies.telling_sink import Refusal, Row, TellingSink

Int64s = NDArray[np.int64]

PAST = 400
"""Days before the start on which a timeline may begin."""

HEADER = """\
scenario: Story
population: population.yaml
horizon: 60d
start: 2026-02-02
"""
ALL_CHANNELS = (
    "channels: {email: {}, web_push: {}, mobile_push: {}, sms: {}, telegram: {}, whatsapp: {}, vk: {}, in_app: {}}\n"
)

_SCRIPT = 1
_CONTACT_EVENTS = EVENTS.index("bounced")
_RUN_EVENTS = ("chain_entered", "chain_exited", "goal_reached")
_LUCK, _SPLIT, _ROW = (luck.purpose(f"tests.story.{name}") for name in ("luck", "split", "row"))
_LINE = re.compile(r"day (-?\d+) (\d\d):(\d\d)(?::(\d\d))? (\w+) (\w+)((?: \S+)*)")


@dataclass(frozen=True)
class Person:
    """A customer: everything is allowed and reachable unless told otherwise.

    zone: hours ahead of the company.  number: the identity that luck and splits hash (default: the place
    among the customers).  bounces: channel → ``hard`` or ``soft``.  picks_up: the telephone.
    """

    zone: int = 0
    no_address: tuple[str, ...] = ()
    no_consent: tuple[str, ...] = ()
    no_service_consent: tuple[str, ...] = ()
    bounces: Mapping[str, str] = field(default_factory=dict)
    picks_up: bool = True
    profile: Mapping[str, int] = field(default_factory=dict)
    number: int | None = None
    wishes: Mapping[str, int] = field(default_factory=dict)
    """What was chosen in a preference centre (columns of the observed state)."""


class Story:
    """What the engine did."""

    def __init__(
        self, rows: list[Row], path: dict[str, NDArray[Any]], hub: Hub, refusals: Sequence[Refusal] = ()
    ) -> None:
        self.rows = rows
        self.refusals = sorted(refusals, key=lambda refusal: refusal.time)
        self.path = path
        self.hub = hub

    def lines(self, *events: str, of: str | None = None) -> list[str]:
        """Rows of these events (none named: all), of one customer or of all (then with their names)."""
        chosen = [row for row in self.rows if (not events or row.event in events) and of in (None, row.customer)]
        several = of is None and len({row.customer for row in self.rows}) > 1
        return [f"{clock(row.time)} {row.customer + ' ' if several else ''}{row.text}" for row in chosen]

    @property
    def contacts(self) -> list[str]:
        """Decisions about contacts: held, dropped, sent."""
        return self.lines("held", "dropped", "sent")

    @property
    def sent(self) -> list[str]:
        """What was sent, without the word: ``day 0 10:05 email:reminder``."""
        return [line.replace("sent ", "") for line in self.lines("sent")]

    @property
    def runs(self) -> list[str]:
        """Chain runs: entered, exited, goals."""
        return self.lines(*_RUN_EVENTS)


def clock(time: int) -> str:
    """``day 0 10:05`` of seconds since the start (with seconds where they are not 0)."""
    seconds = f":{time % 60:02d}" if time % 60 else ""
    return f"day {time // DAY} {time % DAY // HOUR:02d}:{time % HOUR // 60:02d}{seconds}"


def scenario_of(text: str) -> Scenario:
    """The scenario of YAML text; the header is added, and all channels unless the text has its own."""
    return _load(textwrap.dedent(text))


@cache
def _load(text: str) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "population.yaml").write_text("population: nobody\n")
        path = Path(folder) / "scenario.yaml"
        path.write_text(HEADER + ("" if "channels:" in text else ALL_CHANNELS) + text)
        return load_scenario(path)


@dataclass(frozen=True)
class _Step:
    time: int
    who: str
    event: int
    words: tuple[str, ...]


def _read(timeline: str | Iterable[str]) -> list[_Step]:
    lines = timeline.splitlines() if isinstance(timeline, str) else timeline
    steps = []
    for line in filter(None, map(str.strip, lines)):
        match = _LINE.fullmatch(line)
        assert match, f"cannot read '{line}'"
        day, hours, minutes, seconds, who, event, words = match.groups()
        time = int(day) * DAY + int(hours) * HOUR + int(minutes) * 60 + int(seconds or 0)
        steps.append(_Step(time, who, EVENT_CODE[event], tuple(words.split())))
    return steps


def tell(
    scenario: str | Scenario,
    timeline: str | Iterable[str] = "",
    people: Mapping[str, Person] | None = None,
    days: int = 30,
    bucket: int = HOUR,
    shuffle: int | None = None,
    replay: Mapping[str, NDArray[Any]] | None = None,
    start: dt.date = dt.date(2026, 2, 2),
) -> Story:
    """Play the timeline against the scenario for ``days`` days.

    people: customers that need a description; those whom only the timeline names get the plain one, and an
    empty timeline without people is about Anna.
    """
    if isinstance(scenario, str):
        scenario = scenario_of(scenario)
    steps = _read(timeline)
    everybody = dict(people or {})
    everybody.update({step.who: Person() for step in steps if step.who not in everybody})
    return _Stage(scenario, steps, everybody or {"anna": Person()}, days, bucket, shuffle, replay, start).play()


class _Stage(TellingSink):
    """One story being told: the world, that is script and channels."""

    def __init__(
        self,
        scenario: Scenario,
        steps: list[_Step],
        people: dict[str, Person],
        days: int,
        bucket: int,
        shuffle: int | None,
        replay: Mapping[str, NDArray[Any]] | None,
        start: dt.date,
    ) -> None:
        self.steps = steps
        self.names = list(people)
        self.people = list(people.values())
        columns = Columns(1, len(people))
        self.observed = Observed(columns)
        self.observed.date_consents(range(len(CHANNELS)))
        numbers = [i if person.number is None else person.number for i, person in enumerate(self.people)]
        ids = np.array(numbers, np.uint64)
        self.keys = CustomerKeys(luck.child(ids, _LUCK), luck.child(ids, _SPLIT))
        for i, person in enumerate(self.people):
            self._describe(i, person)
        self.agenda = Agenda(columns.size, bucket, -PAST * DAY, days * DAY, shuffle)
        self.agenda.register(_SCRIPT, self._act, lambda customer, payload: payload)
        self.hub = Hub(columns, self.observed, self.agenda, Calendar(start, -PAST, days + 400), self.keys, self)
        self.engine = self.hub.add(scenario, 0, 1)
        self.hub.connect(self)
        self.shared = SharedState(replay)
        self.hub.declare_shared(self.shared, 0)
        self.shared.start(self.agenda)
        self.agenda.every(DAY, self.engine.day, 0)
        self.agenda.at(0, lambda: None)
        self.sent: list[list[tuple[np.uint64, int]]] = [[] for _ in people]
        self.rows = []
        self.refusals = []

    def _describe(self, i: int, person: Person) -> None:
        tables = (
            (self.observed.address, person.no_address),
            (self.observed.consent, person.no_consent),
            (self.observed.service_consent, person.no_service_consent),
        )
        for table, missing in tables:
            table[:, i] = True
            for channel in missing:
                table[CHANNEL_CODE[channel], i] = False
        self.observed.zone_hours[i] = person.zone
        self.observed.categories["category"] = ("shoes", "books", "toys")
        self.observed.categories["city"] = ("Ulm", "Bonn", "Kiel")
        if person.profile.keys() & {"chosen_frequency", "topics_off"}:
            self.observed.keep_preferences()
        if person.wishes:
            self.observed.keep_preferences()
        if "subscription_ends" in person.profile:
            self.observed.keep_subscription_ends()
        for name, value in (*person.profile.items(), *person.wishes.items()):
            getattr(self.observed, name)[i] = value

    def play(self) -> Story:
        ordinal = [0] * len(self.people)
        for number, step in enumerate(self.steps):
            i = self.names.index(step.who)
            key = luck.child(self.keys.luck[i : i + 1], _ROW, ordinal[i])
            ordinal[i] += 1
            self.agenda.push(_SCRIPT, np.array([i]), np.array([step.time]), key, number)
        self.agenda.run(until=0)
        self.engine.begin(0)
        self.agenda.run()
        # Rows of one customer come in the order of decisions; customers and buckets are put in order here.
        self.rows.sort(key=lambda row: (row.time, self.names.index(row.customer)))
        return Story(self.rows, self.shared.path(), self.hub, self.refusals)

    # ------------------------------------------------------------------ the world

    def _act(self, cohort: Cohort) -> None:
        for row in range(cohort.size):
            step = self.steps[int(cohort.payload[row])]
            one = cohort.take(np.array([row]))
            if step.event >= _CONTACT_EVENTS and EVENTS[step.event] != "preferences_changed":
                self._answer(step, one)
                continue
            value = next((int(float(word) * MONEY_UNIT) for word in step.words if word[0].isdigit()), 0)
            category = self._code(step)
            self.hub.observe(step.event, one.customer, one.time, one.key, np.array([category]), np.array([value]))
            if EVENTS[step.event] == "site_visited":
                self._show(one)

    def _show(self, one: Cohort) -> None:
        """The visit shows what its customer's slot holds."""
        shown = self.hub.in_app(one.customer, one.time)
        if shown is None:
            return
        for name in ("delivered", "in_app_shown") if shown.ordinal[0] == 0 else ("in_app_shown",):
            self.hub.contact_event(EVENT_CODE[name], one.customer, one.time, shown.key, shown.payload)

    def _code(self, step: _Step) -> int:
        """Code of the text attributes that the words give; -1 without any."""
        code = -1
        for attribute in EVENT_MAP[step.event].attributes.values():
            names = self.observed.categories.get(attribute.texts, ())
            given = [names.index(word) for word in step.words if word in names]
            if given:
                code = max(code, 0) + given[0] * attribute.divisor
        return code

    def _answer(self, step: _Step, one: Cohort) -> None:
        sent = self.sent[int(one.customer[0])]
        n = int(step.words[0])
        assert n <= len(sent), f"{clock(step.time)}: {step.who} was sent {len(sent)} messages only"
        key, payload = sent[n - 1]
        reason = REASON_CODE[step.words[1]] if len(step.words) > 1 else 0
        self.hub.contact_event(step.event, one.customer, one.time, np.array([key]), np.array([payload]), reason)

    def deliver(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """Bounce or deliver at once."""
        call = np.array([bool(self.hub.sites[site].team) for site in site_of(payload).tolist()], bool)
        self._ring(customer[call], time[call], key[call], payload[call])
        customer, time, key, payload = customer[~call], time[~call], key[~call], payload[~call]
        channel = [CHANNELS[self.hub.sites[site].channel] for site in site_of(payload).tolist()]
        fate = np.array(
            [self.people[c].bounces.get(name, "") for c, name in zip(customer.tolist(), channel, strict=True)], "U5"
        )
        for c, k, p in zip(customer.tolist(), key, payload.tolist(), strict=True):
            self.sent[c].append((k, p))
        fate[[name == IN_APP for name in channel]] = "waits"
        for kind in sorted({*fate.tolist()} - {"waits"}):
            i = (fate == kind).nonzero()[0]
            event, reason = ("bounced", REASON_CODE[f"{kind}_bounce"]) if kind else ("delivered", 0)
            self.hub.contact_event(EVENT_CODE[event], customer[i], time[i], key[i], payload[i], reason)

    def _ring(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """Those answer who pick up the telephone."""
        there = np.array([self.people[c].picks_up for c in customer.tolist()], bool)
        code = EVENT_CODE["call_answered"]
        self.hub.contact_event(code, customer[there], time[there], key[there], payload[there])

    def give_coupon(self, customer: Int64s, time: Int64s, offer: Offer) -> None:
        """Told as ``coupon small_gift``."""
        self._note(time, customer, EVENT_CODE["coupon_redeemed"], [f" {offer.name} given"] * customer.size, None, None)

    def withdraw_consent(self, customer: Int64s, channels: list[int]) -> None:
        """Nobody reacts in stories."""
