"""What a company knows of its customers: profile, addresses, consents, history of actions and contacts.

The only state that strategies read.  The world fills the profile once (of who registers later, then); all else
follows from observed events, so a strategy can as well be driven by a recorded log.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER, hours_in_seconds
from sim.kernel.columns import Columns
from sim.kernel.short import some
from strategies.limits import CELL, CODE, MAX_NAMES, BeyondLimit
from strategies.signs import CHANNEL_SIGNS, channel_of, event_of, sign_code
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, EVENT_CODE, EVENT_MAP, EVENTS, TEXTS

Int64s = NDArray[np.int64]
Counts = NDArray[np.uint16]

_UNKNOWN_TO_CUSTOMERS = (
    "segment_entered",
    "segment_left",
    "held",
    "dropped",
    "chain_entered",
    "chain_exited",
    "goal_reached",
    "action_taken",
    "in_app_removed",
)
REMEMBERED_EVENTS = tuple(e.name for e in EVENT_MAP if e.name not in _UNKNOWN_TO_CUSTOMERS)
"""Events whose last time per customer is kept, for conditions, inactivity, pauses and sunset."""

ALWAYS_REMEMBERED = ("order", "cart_emptied")
"""Events whose last time is asked for without being named: RFM, carts."""

LAST = "observed.last."
"""Prefix of the columns of last times."""
OPENS = "observed.opens."
"""Prefix of what is remembered of opens, to learn each customer's hour."""
FIRST_SENT = "observed.first_sent."
"""Prefix of the columns of first messages by channel."""
CHANNEL_OPENS = "observed.channel_opens."
"""Prefix of the columns of opens by channel."""
OPTIONAL = (LAST, OPENS, FIRST_SENT)
"""Prefixes of columns that only those runs have whose scenarios ask for them."""

_MOST_OPENS = int(np.iinfo(np.int16).max)
_MOST_COUNTED = int(np.iinfo(np.uint16).max)
UNKNOWN_RFM = -1
"""Cell of who is in none that has a name."""


class Observed:
    """Observed columns of all stacked customers.

    address, consent, service_consent: (8, N) bool by channel (false for in_app, which asks for none).
    last: code of an event, or of one on a channel alone (:func:`strategies.signs.sign_code`) → (N,) int32 seconds,
    NEVER where it never happened; of ``events`` only (a run needs no more than its scenarios ask for), and of what
    :meth:`remember_by_channel` was told.
    Money in int 1/10,000.
    city, source, device: (N,) int16 places in their vocabularies, -1 unknown.
    birthday: (N,) int16 day of a leap year, 1 … 366 (29 February is 60), -1 unknown.
    registered: (N,) int32 seconds, NEVER for who has no account.
    subscription_ends: (N,) int32 days since 1970 on the customer's calendar, -1 for none; may only be written after
    :meth:`keep_subscription_ends`.
    chosen_frequency: (N,) int8 index into FREQUENCIES; topics_off: (N,) uint64, bit per topic code of the
    customer's arm (:attr:`strategies.sites.SiteColumns.topics`).  Both stay zero and cost nothing, and may not be
    written, unless :meth:`keep_preferences` was called.
    topics_given_up: (N,) uint64, the same bits of topics that chains gave up; so with :meth:`keep_given_up`.
    """

    def __init__(self, columns: Columns, events: Iterable[str] = REMEMBERED_EVENTS, learns_hours: bool = True) -> None:
        channels = len(CHANNELS)
        self.columns = columns
        self.customers = columns.size
        self.address = columns.add("observed.address", bool, rows=channels)
        self.consent = columns.add("observed.consent", bool, rows=channels)
        self.service_consent = columns.add("observed.service_consent", bool, rows=channels)
        self.zone_hours = columns.add("observed.zone_hours", np.int8)
        self.sex = columns.add("observed.sex", np.int8, -1)
        self.age = columns.add("observed.age", np.int16, -1)
        self.city = columns.add("observed.city", CODE, -1)
        self.source = columns.add("observed.source", CODE, -1)
        self.device = columns.add("observed.device", CODE, -1)
        self.birthday = columns.add("observed.birthday", np.int16, -1)
        self.registered = columns.add("observed.registered", np.int32, NEVER)
        self.chosen_frequency = np.broadcast_to(np.array(0, np.int8), self.customers)
        self.topics_off = np.broadcast_to(np.array(0, np.uint64), self.customers)
        self.keeps_preferences = False
        self.topics_given_up = np.broadcast_to(np.array(0, np.uint64), self.customers)
        self.keeps_given_up = False
        self.channel_sends = np.broadcast_to(np.array(0, np.uint16), (channels, self.customers))
        self.channel_clicks = self.channel_sends
        self.learns_channels = False
        self.subscription_ends = np.broadcast_to(np.array(-1, np.int32), self.customers)
        self.keeps_subscriptions = False
        self._consented: dict[int, NDArray[np.int32]] = {}
        self._place: dict[int, NDArray[np.int8]] = {}
        self.last: dict[int, NDArray[np.int32]] = {
            EVENT_CODE[name]: columns.add(LAST + name, np.int32, NEVER)
            for name in sorted({*events} & {*REMEMBERED_EVENTS})
        }
        self.channel_opens: dict[int, Counts] = {}
        """Channel → (N,) opens since the start, each message once; of those that :meth:`count_opens` was told."""
        self._last_by_channel: dict[int, list[tuple[int, NDArray[np.int32]]]] = {}
        """Event code → channels with a column of their own in ``last``, and these."""
        self.first_sent: dict[int, NDArray[np.int32]] = {}
        """Channel → (N,) int32 seconds of the first message, NEVER for none; of :meth:`remember_first_sent` only."""
        self._never: NDArray[np.int32] | None = None
        """Made when somebody asks for an event that the world does not produce."""
        self.sends = columns.add("observed.sends", np.int32, rows=channels)
        self.orders = columns.add("observed.orders", np.int32)
        self.order_sum = columns.add("observed.order_sum", np.int64)
        self.last_order_value = columns.add("observed.last_order_value", np.int64)
        self.rfm = columns.add("observed.rfm", np.int8, 0, rows=3)
        self.rfm_cell = columns.add("observed.rfm_cell", CELL, UNKNOWN_RFM)
        self.learns_hours = learns_hours
        if learns_hours:
            self.open_hour = columns.add(f"{OPENS}hours", np.float32, rows=2 * channels)
            self.opens = columns.add(f"{OPENS}number", np.int16, rows=channels)
        self.categories: dict[str, tuple[str, ...]] = dict(TEXTS)
        """Text vocabularies: name → texts in code order."""
        self.book = OrderBook()

    def keep_preferences(self) -> None:
        """Make room for what customers choose in a preference centre (before anything is restored)."""
        if not self.keeps_preferences:
            self.keeps_preferences = True
            self.chosen_frequency = self.columns.add("observed.chosen_frequency", np.int8)
            self.topics_off = self.columns.add("observed.topics_off", np.uint64)

    def keep_given_up(self) -> None:
        """Make room for the topics that chains give up (before anything is restored)."""
        if not self.keeps_given_up:
            self.keeps_given_up = True
            self.topics_given_up = self.columns.add("observed.topics_given_up", np.uint64)

    def keep_subscription_ends(self) -> None:
        """Make room for the dates on which paid subscriptions end (before anything is restored)."""
        if not self.keeps_subscriptions:
            self.keeps_subscriptions = True
            self.subscription_ends = self.columns.add("observed.subscription_ends", np.int32, -1)

    def date_consents(self, channels: Iterable[int]) -> None:
        """Make room for dates and places of consents that are not those of the registration."""
        for channel in sorted({*channels} - self._consented.keys()):
            name = CHANNELS[channel]
            self._consented[channel] = self.columns.add(f"observed.consented.{name}", np.int32, NEVER)
            self._place[channel] = self.columns.add(f"observed.consent_place.{name}", np.int8)

    def make_room(self, snapshot: Iterable[str]) -> None:
        """Allocate those columns that not every run has, where a snapshot (names of columns) has them."""
        names = {*snapshot}
        if "observed.chosen_frequency" in names:
            self.keep_preferences()
        if "observed.topics_given_up" in names:
            self.keep_given_up()
        if "observed.subscription_ends" in names:
            self.keep_subscription_ends()
        if "observed.channel_sends" in names:
            self.learn_channels()
        self.remember_by_channel(sign for sign in CHANNEL_SIGNS if LAST + sign in names)
        self.count_opens(code for code, name in enumerate(CHANNELS) if CHANNEL_OPENS + name in names)
        self.remember_first_sent(code for code, name in enumerate(CHANNELS) if FIRST_SENT + name in names)
        self.date_consents(code for code, name in enumerate(CHANNELS) if f"observed.consented.{name}" in names)

    def remember_by_channel(self, signs: Iterable[str]) -> None:
        """Make room for last times of events on one channel alone (before anything is restored)."""
        for sign in sorted(signs):
            code = sign_code(sign)
            if code not in self.last:
                self.last[code] = self.columns.add(LAST + sign, np.int32, NEVER)
                told = self._last_by_channel.setdefault(EVENT_CODE[event_of(sign)], [])
                told.append((CHANNEL_CODE[channel_of(sign)], self.last[code]))

    def remember_first_sent(self, channels: Iterable[int]) -> None:
        """Make room for the times of the first messages on channels (before anything is restored)."""
        for channel in sorted({*channels} - self.first_sent.keys()):
            self.first_sent[channel] = self.columns.add(FIRST_SENT + CHANNELS[channel], np.int32, NEVER)

    def consent_date(self, channel: int, customer: Int64s) -> Int64s:
        """When the consent was given: at the registration unless a later one is known; NEVER without an account."""
        registered = self.registered.take(customer).astype(np.int64)
        if channel not in self._consented:
            return registered
        date = self._consented[channel].take(customer).astype(np.int64)
        return np.where(date != NEVER, date, registered)

    def consent_place(self, channel: int, customer: Int64s) -> Int64s:
        """Index into CONSENT_PLACES of where the consent was given."""
        place = self._place.get(channel)
        return np.zeros(customer.size, np.int64) if place is None else place.take(customer).astype(np.int64)

    def grant(self, channel: int, place: Int64s, customer: Int64s, time: Int64s) -> None:
        """Marketing consent is given.  Raises LookupError where its date has no room (:meth:`date_consents`)."""
        self.consent[channel, customer] = True
        if channel in self._consented:
            self._consented[channel][customer] = time
            self._place[channel][customer] = place
        elif some(place):
            raise LookupError(f"consents given on forms for '{CHANNELS[channel]}' are not dated in this run")

    def learn_channels(self) -> None:
        """Make room for messages by channel, (8, N) uint16 (before anything is restored): sent and clicked.

        Of in_app those count that were shown, not those that wait.
        """
        if not self.learns_channels:
            self.learns_channels = True
            channels = len(CHANNELS)
            self.channel_sends = self.columns.add("observed.channel_sends", np.uint16, rows=channels)
            self.channel_clicks = self.columns.add("observed.channel_clicks", np.uint16, rows=channels)

    def count_opens(self, channels: Iterable[int]) -> None:
        """Make room for the opens on channels, (N,) uint16 each (before anything is restored)."""
        for channel in sorted({*channels} - self.channel_opens.keys()):
            self.channel_opens[channel] = self.columns.add(CHANNEL_OPENS + CHANNELS[channel], np.uint16)

    def note_first_open(self, channel: Int64s, customer: Int64s) -> None:
        """Messages of different customers were opened that had not been opened before."""
        for code, opens in self.channel_opens.items():
            who = customer[channel == code]
            opens[who] += opens.take(who) < _MOST_COUNTED

    def count_on_channel(
        self, counter: Counts, channel: Int64s, customer: Int64s, by: NDArray[np.bool_] | bool
    ) -> None:
        """Count messages of different customers in one of the counters by channel, which ends at its largest number."""
        counted = counter[channel, customer]
        counter[channel, customer] = counted + (by & (counted < _MOST_COUNTED))

    def last_of(self, event: int) -> NDArray[np.int32]:
        """(N,) last time of an event (or by :func:`strategies.signs.sign_code` of one on a channel alone); NEVER for
        all where the world does not produce it.

        Raises LookupError for an event that was left out of what this run remembers.
        """
        if event in self.last:
            return self.last[event]
        if event >= len(EVENTS):
            raise LookupError("last times on a channel alone that are not remembered in this run")
        if EVENTS[event] in REMEMBERED_EVENTS:
            raise LookupError(f"the last time of '{EVENTS[event]}' is not remembered in this run")
        if self._never is None:
            self._never = np.full(self.customers, NEVER, np.int32)
            self._never.flags.writeable = False
        return self._never

    def learn(self, vocabulary: str, texts: tuple[str, ...]) -> Int64s:
        """Codes of these texts in a vocabulary that all arms share; texts that are new to it are appended.

        Raises BeyondLimit where the arms together have more than there are codes.
        """
        known = self.categories.get(vocabulary, ())
        known += tuple(text for text in dict.fromkeys(texts) if text not in known)
        if len(known) > MAX_NAMES:
            raise BeyondLimit(f"all arms have {len(known):,} names of '{vocabulary}', at most {MAX_NAMES:,} fit")
        self.categories[vocabulary] = known
        return np.array([known.index(text) for text in texts], np.int64)

    def zone_seconds(self, customer: Int64s) -> Int64s:
        """Offset of local from company time in seconds."""
        return hours_in_seconds(self.zone_hours.take(customer))

    def remember(self, event: int, customer: Int64s, time: Int64s) -> None:
        """Note the last time of an event, when it is one that is remembered."""
        last = self.last.get(event)
        if last is not None:
            last[customer] = time

    def remember_report(self, event: int, channel: Int64s, customer: Int64s, time: Int64s) -> None:
        """Note the last time of what a channel reports, also that of the channel alone where somebody asks."""
        self.remember(event, customer, time)
        for code, last in self._last_by_channel.get(event, ()):
            index = (channel == code).nonzero()[0]
            last[customer.take(index)] = time.take(index)

    def last_sign(self, signs: Iterable[str], customer: Int64s) -> Int64s:
        """(n,) when the last of these signs came, NEVER for none.  Raises LookupError as :meth:`last_of`."""
        last = np.full(customer.size, NEVER, np.int64)
        for sign in signs:
            np.maximum(last, self.last_of(sign_code(sign)).take(customer), out=last)
        return last

    def note_sent(self, channel: Int64s, customer: Int64s, time: Int64s) -> None:
        """Messages were handed to their channels, one per customer."""
        self.sends[channel, customer] += 1
        for code, first in self.first_sent.items():
            who = customer[channel == code]
            first[who] = np.where(first.take(who) == NEVER, time[channel == code], first.take(who))

    def note_order(self, customer: Int64s, time: Int64s, value: Int64s) -> None:
        """Add an order to the customer's history."""
        self.orders[customer] += 1
        self.order_sum[customer] += value
        self.last_order_value[customer] = value
        self.book.add(customer, time, value)

    def note_open(self, channel: Int64s, customer: Int64s, time: Int64s) -> None:
        """Learn the hour of the day at which the customer opens on a channel (sum of directions on the clock)."""
        if not self.learns_hours:
            return
        angle = ((time + self.zone_seconds(customer)) % 86_400) * (2 * np.pi / 86_400)
        self.open_hour[2 * channel, customer] += np.cos(angle).astype(np.float32)
        self.open_hour[2 * channel + 1, customer] += np.sin(angle).astype(np.float32)
        self.opens[channel, customer] = np.minimum(self.opens[channel, customer], _MOST_OPENS - 1) + 1

    def best_clock(self, channel: int | None, customer: Int64s, least: int, spread: int, otherwise: int) -> Int64s:
        """Learned clock time of opening on a channel (None: on all together), seconds after midnight, to the minute.

        The mean direction of at least ``least`` opens whose circular standard deviation √(−2 ln R), R the length of
        the mean direction, is at most ``spread`` seconds; ``otherwise`` where there is no such hour.
        """
        channels = range(len(CHANNELS)) if channel is None else (channel,)
        x = sum((self.open_hour[2 * c].take(customer).astype(np.float64) for c in channels), np.zeros(customer.size))
        y = sum(
            (self.open_hour[2 * c + 1].take(customer).astype(np.float64) for c in channels), np.zeros(customer.size)
        )
        count = sum(
            (self.opens[c].take(customer).astype(np.int64) for c in channels), np.zeros(customer.size, np.int64)
        )
        angle = np.arctan2(y, x) % (2 * np.pi)
        # No whole second lies at an edge between two minutes, where the last bit would decide.
        clock = np.floor(angle * (1_440 / (2 * np.pi)) + 0.37).astype(np.int64) * 60 % 86_400
        shortest = np.exp(-((spread * 2 * np.pi / 86_400) ** 2) / 2)
        learned = (count >= least) & (np.hypot(x, y) >= shortest * count)
        return np.where(learned, clock, otherwise)

    def withdraw(self, channel: Int64s, customer: Int64s) -> None:
        """Marketing consent is gone, at once and for ever."""
        self.consent[channel, customer] = False

    def lose_address(self, channel: Int64s, customer: Int64s) -> None:
        """A hard bounce, a blocked bot or a disabled push: the address no longer serves."""
        self.address[channel, customer] = False


class OrderBook:
    """All orders so far as growing arrays: customer, time, value (for RFM over a period)."""

    def __init__(self) -> None:
        self._parts: list[tuple[Int64s, Int64s, Int64s]] = []

    def add(self, customer: Int64s, time: Int64s, value: Int64s) -> None:
        """Append the orders of one cohort."""
        self._parts.append((customer.copy(), time.copy(), value.copy()))

    def arrays(self) -> tuple[Int64s, Int64s, Int64s]:
        """(customer, time, value) of all orders, in no promised order."""
        if not self._parts:
            empty = np.empty(0, np.int64)
            return empty, empty, empty
        if len(self._parts) > 1:
            customer, time, value = (np.concatenate(column) for column in zip(*self._parts, strict=True))
            self._parts = [(customer, time, value)]
        return self._parts[0]

    def load(self, customer: Int64s, time: Int64s, value: Int64s) -> None:
        """Replace everything (at a fork)."""
        self._parts = [(customer, time, value)]
