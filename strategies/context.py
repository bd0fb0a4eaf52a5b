"""The rows that an engine is deciding about, and how condition fields become columns for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from strategies.attributes import Attributes
from strategies.best_channel import best_anywhere
from strategies.card import Card
from strategies.chain_triggers import ExternalTrigger
from strategies.conditions import Asked, Column, Expression, Field, Not, is_condition
from strategies.evaluate import calculate, evaluate
from strategies.external_attributes import ExternalAttributes
from strategies.membership import Membership
from strategies.observed import UNKNOWN_RFM, Observed
from strategies.occurrence import Occurrence
from strategies.personal import CATEGORY_FIELDS, Personal
from strategies.program import Program
from strategies.rfm import cell_names, weighted_score
from strategies.runs import RunTable
from strategies.signs import TOLD_BY_CHANNEL, channels_of, on_channel, sign_code
from strategies.vocabulary import (
    CHANNEL_CODE,
    CHANNELS,
    CONSENT_PLACES,
    ENGAGEMENT,
    EVENT_CODE,
    FREQUENCIES,
    MONEY_UNIT,
)

if TYPE_CHECKING:
    from strategies.coupons import Coupons
    from strategies.loyalty import LoyaltyAccounts

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

AGES = {
    "last_order.age": "order",
    "last_visit.age": "site_visited",
    "last_open.age": "opened",
    "last_click.age": "click",
    **{f"last_open.{name}.age": on_channel("opened", name) for name in TOLD_BY_CHANNEL["opened"]},
    **{f"last_click.{name}.age": on_channel("click", name) for name in TOLD_BY_CHANNEL["click"]},
}
"""Fields that tell how long ago an event last happened, on any channel or on one alone."""

NO_CHAIN = -1
"""Stands for the chain of rows that belong to none."""

_ORDER = EVENT_CODE["order"]


@dataclass(slots=True)
class Rows:
    """Rows under decision: stacked customers at their own times, of one chain (or NO_CHAIN).  Nobody changes them.

    run: row numbers in the run table, or None outside a run.  event: code of the trigger's event (-1: none);
    value, category: its attributes.  before_order: the customer's averages leave out the order that is being handled.
    """

    customer: Int64s
    time: Int64s
    chain: int = NO_CHAIN
    run: Int64s | None = None
    value: Int64s | None = None
    category: NDArray[Any] | None = None
    before_order: bool = False
    event: int = -1

    @classmethod
    def at_trigger(cls, occurrence: Occurrence, chain: int) -> Rows:
        """Rows of customers whom something happens to that may start a run of the chain.

        An order is in the books by then, so averages leave it out.
        """
        return cls(
            occurrence.customer,
            occurrence.time,
            chain,
            value=occurrence.value,
            category=occurrence.category,
            before_order=occurrence.event == _ORDER,
            event=occurrence.event,
        )

    def at(self, index: Int64s) -> Rows:
        """The rows at some positions."""
        run, value, category = (
            None if column is None else column.take(index) for column in (self.run, self.value, self.category)
        )
        customer, time = self.customer.take(index), self.time.take(index)
        return Rows(customer, time, self.chain, run, value, category, self.before_order, self.event)


class FieldReader:
    """Reads fields of the condition language from the observed columns and the run table."""

    def __init__(
        self,
        observed: Observed,
        runs: RunTable,
        program: Program,
        average_order: Callable[[Int64s], NDArray[np.float64]],
        card: Card,
    ) -> None:
        self.observed = observed
        self.runs = runs
        self.program = program
        self.average_order = average_order
        self.card = card
        self.personal: Personal | None = None
        """What is remembered of carts, views and orders, where somebody asks."""
        self.loyalty: LoyaltyAccounts | None = None
        """The arm's loyalty accounts, where it has a programme."""
        self.coupons: Coupons | None = None
        """Who holds which coupon, where some chain gives them."""
        self.attributes = Attributes(program, observed)
        self.external = ExternalAttributes(program.chains)
        self.cells = cell_names(program.scenario.rfm)
        self.weights = program.scenario.rfm.weights if program.scenario.rfm else (1.0, 1.0, 1.0)
        self.segments = Membership(
            program.scenario,
            observed,
            lambda condition, customer, time: self.holds(condition, Rows(customer, time)),
            lambda condition, seen: self.holds(condition, Rows.at_trigger(seen, NO_CHAIN)),
            runs.first_customer,
            runs.customers,
        )

    def holds(self, condition: Expression | None, rows: Rows) -> Bools:
        """Where the condition holds; everywhere when there is none."""
        if condition is None:
            return np.ones(rows.customer.size, bool)
        return evaluate(condition, lambda node: self.column(node, rows), rows.customer.size)

    def value(self, formula: Expression, rows: Rows) -> Column:
        """What a formula comes to: numbers, texts, or truth where it is a condition."""
        if is_condition(formula):
            holds = self.holds(formula, rows)
            return Column(holds, holds | self.holds(Not(formula), rows))
        return calculate(formula, lambda node: self.column(node, rows), rows.customer.size)

    def in_segment(self, name: str, rows: Rows) -> Bools:
        """Whether the customers are in the segment now."""
        return self.segments.contains(name, rows.customer, rows.time)

    def column_by_path(self, path: str, rows: Rows) -> Column:
        """The column of a text field by its path."""
        return self.column(Field(path, "text"), rows)

    def column(self, node: Field | Asked, rows: Rows) -> Column:
        """The column of a field or of a question about the run's messages."""
        if isinstance(node, Asked):
            return self._asked(node, rows)
        path = node.path
        head, _, rest = path.partition(".")
        if path in AGES:
            last = self.observed.last_of(sign_code(AGES[path])).take(rows.customer)
            return Column((rows.time - last).astype(np.float64), last != NEVER)
        if head == "coupon":
            return Column(self._holds_coupon(rest, rows))
        if head == "segment":
            return Column(self.in_segment(rest, rows))
        if head == "consent" and rest.endswith((".age", ".place")):
            return self._consent_given(rest, rows)
        if head in ("consent", "address"):
            return Column(self._permission(head, rest).take(rows.customer))
        if head == "field" and rest.endswith(".age"):
            return self.card.age(rest.removesuffix(".age"), rows.customer, rows.time)
        if head == "field":
            return self.card.column(rest, rows.customer)
        if head == "member":
            return Column(self.card.is_member(rest, rows.customer))
        if path == "preferences.frequency":
            return Column(self.observed.chosen_frequency.take(rows.customer), None, FREQUENCIES)
        if path == "profile.registered.age":
            return _age(self.observed.registered.take(rows.customer), rows)
        if head == "profile":
            return self._profile(rest, rows)
        if head == "rfm":
            return self._rfm(rest, rows)
        if head == "points":
            return self._points(rest, rows)
        if path == "tier":
            return self._tier(rows)
        if head == "trigger":
            return self._trigger(rest, rows)
        if path in CATEGORY_FIELDS:
            assert self.personal is not None
            category = self.personal.category(path, rows.customer)
            return Column(category, category >= 0, self.observed.categories.get("category", ()))
        if head == "clicks":
            return Column(self.observed.channel_clicks[CHANNEL_CODE[rest]].take(rows.customer).astype(np.float64))
        if head == "opens":
            return Column(self.observed.channel_opens[CHANNEL_CODE[rest]].take(rows.customer).astype(np.float64))
        if head == "best_channel":
            best = best_anywhere(self.observed, rows.customer)
            return Column(best, best >= 0, CHANNELS)
        if head == "sends":
            return Column(self.observed.sends[CHANNEL_CODE[rest]].take(rows.customer).astype(np.float64))
        if path == "engagement":
            return self._engagement(rows)
        if path in ("orders", "last_order.value", "customer.average_order", "base.average_order"):
            return self._history(path, rows)
        return self._answer(head, rest, rows)

    def _holds_coupon(self, offer: str, rows: Rows) -> Bools:
        """Who holds a coupon that can be used; to ghosts and the control group what was kept back counts as given."""
        if self.coupons is None:
            return np.zeros(rows.customer.size, bool)
        ghost = np.False_ if rows.run is None else self.runs.ghost.take(rows.run)
        return self.coupons.held(offer, rows.customer, rows.time, ghost)

    def _consent_given(self, rest: str, rows: Rows) -> Column:
        """When and where a consent was given that still holds; missing without one."""
        name, _, what = rest.partition(".")
        channel = CHANNEL_CODE[name]
        holds: Bools = self.observed.consent[channel].take(rows.customer)
        if what == "place":
            return Column(self.observed.consent_place(channel, rows.customer), holds, CONSENT_PLACES)
        age = _age(self.observed.consent_date(channel, rows.customer), rows)
        return Column(age.values, holds if age.known is None else age.known & holds)

    def _permission(self, head: str, rest: str) -> Bools:
        if head == "address":
            address: Bools = self.observed.address[CHANNEL_CODE[rest]]
            return address
        kind, _, channel = rest.rpartition(".")
        table = self.observed.service_consent if kind == "service" else self.observed.consent
        consent: Bools = table[CHANNEL_CODE[channel]]
        return consent

    def _profile(self, name: str, rows: Rows) -> Column:
        if name == "zone_hours":
            return Column(self.observed.zone_hours.take(rows.customer).astype(np.float64))
        values = getattr(self.observed, name).take(rows.customer)
        if name == "age":
            return Column(values.astype(np.float64), values >= 0)
        return Column(values, values >= 0, self.observed.categories.get(name, ()))

    def _rfm(self, name: str, rows: Rows) -> Column:
        if name == "segment":
            cell = self.observed.rfm_cell.take(rows.customer)
            return Column(np.where(cell == UNKNOWN_RFM, len(self.cells) - 1, cell), None, self.cells)
        if name == "score":
            scores = self.observed.rfm[:, rows.customer].astype(np.int64)
            return Column(weighted_score(scores, self.weights), scores[0] > 0)
        values = self.observed.rfm["rfm".index(name)].take(rows.customer)
        return Column(values.astype(np.float64), values > 0)

    def _points(self, name: str, rows: Rows) -> Column:
        assert self.loyalty is not None
        points = self.loyalty.balance if name == "balance" else self.loyalty.expiring
        return Column(points(rows.customer).astype(np.float64))

    def _tier(self, rows: Rows) -> Column:
        assert self.loyalty is not None
        place = self.loyalty.tier.take(rows.customer - self.loyalty.engine.first_customer)
        names = tuple(tier.name for tier in self.loyalty.rules.tiers)
        return Column(place, place >= 0, names)

    def _engagement(self, rows: Rows) -> Column:
        """By the age of the last sign of life; who has none is silent if ever written to, else unknown.

        Signs of some channels alone say nothing of who was never written to there.
        """
        settings = self.program.scenario.engagement
        assert settings is not None
        last = self.observed.last_sign(settings.signs, rows.customer)
        age = rows.time - last
        channels = np.array(channels_of(settings.signs))[:, None]
        written_to = self.observed.sends[channels, rows.customer].any(axis=0)
        code = np.where(age <= settings.active, 0, np.where(age <= settings.cooling, 1, 2))
        code[(last == NEVER) & ~written_to] = ENGAGEMENT.index("unknown")
        return Column(code, None, ENGAGEMENT)

    def _trigger(self, name: str, rows: Rows) -> Column:
        trigger = self.program.chains[rows.chain].trigger if rows.chain != NO_CHAIN else None
        if isinstance(trigger, ExternalTrigger):
            place = rows.value if rows.run is None else self.runs.value.take(rows.run)
            assert place is not None
            return self.external.column(rows.chain, name, place)
        if rows.run is None:
            return self._attribute(name, np.array(rows.event), rows.value, rows.category, rows)
        runs, run = self.runs, rows.run
        return self._attribute(name, runs.event.take(run), runs.value.take(run), runs.category.take(run), rows)

    def _attribute(
        self, name: str, event: NDArray[Any], value: Int64s | None, category: NDArray[Any] | None, rows: Rows
    ) -> Column:
        """An attribute of an event; missing where the event does not carry it."""
        return self.attributes.column(name, event, value, category, rows.customer.size)

    def _history(self, path: str, rows: Rows) -> Column:
        observed, customer = self.observed, rows.customer
        if path == "base.average_order":
            average = self.average_order(customer)
            return Column(average, average > 0)
        orders = observed.orders.take(customer)
        if path == "orders":
            return Column(orders.astype(np.float64))
        last = observed.last_order_value.take(customer)
        if path == "last_order.value":
            return Column(last / MONEY_UNIT, orders > 0)
        total = observed.order_sum.take(customer)
        if rows.before_order:
            orders, total = orders - 1, total - last
        return Column(total / (np.maximum(orders, 1) * float(MONEY_UNIT)), orders > 0)

    def _answer(self, wait: str, attribute: str, rows: Rows) -> Column:
        """``answer.happened``, or an attribute of the event, missing where the event did not come."""
        assert rows.run is not None, "results of a run's waits need a run"
        bit = self.program.answers[(rows.chain, wait)]
        happened = (self.runs.answers.take(rows.run) >> np.uint64(bit) & np.uint64(1)) != 0
        if attribute == "happened":
            return Column(happened)
        event, value, category = (
            answers[bit].take(rows.run)
            for answers in (self.runs.answer_event, self.runs.answer_value, self.runs.answer_category)
        )
        column = self._attribute(attribute, event, value, category, rows)
        return Column(column.values, happened if column.known is None else column.known & happened, column.categories)

    def _asked(self, node: Asked, rows: Rows) -> Column:
        assert rows.run is not None, "questions about a run's messages need a run"
        if node.message:
            bits = np.uint64(1 << self.program.message_bits[(rows.chain, node.message)])
        else:
            bits = np.uint64(0xFFFFFFFFFFFFFFFF)
        values = (self.runs.counts_as(node.what, rows.run) & bits) != 0
        if node.what in ("sent", "delivered", "shown"):
            return Column(values)
        arrived = self.runs.counts_as("delivered", rows.run)
        told = arrived if node.what == "clicked" else self.runs.answerable(rows.run)
        return Column(values, (told & bits) != 0)


def _age(date: NDArray[Any], rows: Rows) -> Column:
    """Seconds since a date; missing where it is NEVER."""
    return Column((rows.time - date).astype(np.float64), date != NEVER)
