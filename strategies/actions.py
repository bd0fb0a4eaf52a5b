"""What the steps of chains do that send nothing: write into the card, hand on, start, pause and stop chains.

Every step carried out is logged (``action_taken``).  The runs of a holdout do nothing: the log keeps what
they would have done.  For the control group the company keeps its cards and moves its chains, because
messages that go to the control group too may depend on them, but nothing leaves the house: no task, no
webhook, no consent given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.short import distinct
from strategies.action_steps import (
    TASKS,
    Action,
    CallWebhook,
    ChangeMembership,
    GiveCoupon,
    GivePoints,
    PauseChain,
    SetFields,
    StartChain,
    StopChain,
    SwitchOffTopics,
    WithdrawConsent,
)
from strategies.conditions import Column, Expression, Field
from strategies.context import Rows
from strategies.coupons import Coupons
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.ports import ContactPort
from strategies.runs import WAITING
from strategies.vocabulary import ACTIONS, CHANNEL_CODE, EVENT_CODE, REASON_CODE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_STARTED = luck.purpose("strategies.action.start")
_FIELD = luck.purpose("strategies.action.field")
_MEMBERSHIP = luck.purpose("strategies.action.membership")
_POINTS = luck.purpose("strategies.action.points")
_WITHDRAWN = luck.purpose("strategies.action.unsubscribe")

_TAKEN, _UNSUBSCRIBED = EVENT_CODE["action_taken"], EVENT_CODE["unsubscribed"]
_HOLDOUT, _CONTROL, _NO_EFFECT = (REASON_CODE[name] for name in ("holdout", "control", "no_effect"))

_KIND: dict[type, str] = {
    SetFields: "set",
    WithdrawConsent: "unsubscribe",
    SwitchOffTopics: "unsubscribe_topic",
    CallWebhook: "webhook",
    StartChain: "start",
    PauseChain: "pause",
    StopChain: "stop",
    GivePoints: "give",
    GiveCoupon: "give",
}


def kind_of(step: object) -> str:
    """The word of the log for an action (:data:`strategies.vocabulary.ACTIONS`)."""
    if isinstance(step, ChangeMembership):
        return "add_to" if step.enters else "remove_from"
    return _KIND[type(step)]


@dataclass(frozen=True)
class WebhookCalls:
    """Calls of one webhook step in one cohort.  customer, time, run: (n,); values: one column per field."""

    step: CallWebhook
    chain: int
    """Index among the sources of all arms."""
    customer: Int64s
    time: Int64s
    run: luck.Keys
    values: tuple[Column, ...]


class Actions:
    """Carries out the actions of one arm's runs; ``calls`` holds the webhook calls so far."""

    port: ContactPort

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.calls: list[WebhookCalls] = []
        self._steps = engine.program.actions
        self._offers = {offer.name: offer for offer in engine.program.scenario.offers}
        self._chain_index = {chain.name: index for index, chain in enumerate(engine.program.chains)}

    def carry_out(self, run: Int64s, time: Int64s, number: Int64s) -> None:
        """Do what the actions ``number`` say for runs of different customers, at their times."""
        self.engine.runs.state[run] = WAITING  # nothing that happens now may find a wait or contact of before
        for present in distinct(number):
            index = (number == present).nonzero()[0]
            self._carry_out_one(present, run.take(index), time.take(index))

    def _carry_out_one(self, number: int, run: Int64s, time: Int64s) -> None:
        """Log first, then do: what the action brings about stands behind it in the log."""
        engine = self.engine
        step, ordinal = self._steps[number].step, self._steps[number].ordinal
        if isinstance(step, TASKS):  # a contact, with events of its own
            engine.teams.give(step.team, self._steps[number].site, step.within, run, time, ordinal)
            return
        customer = engine.runs.customer.take(run)
        ghost = engine.runs.ghost.take(run)
        reason = np.where(ghost, _HOLDOUT, 0)
        if isinstance(
            step, WithdrawConsent | SwitchOffTopics | CallWebhook | GivePoints | GiveCoupon
        ):  # what leaves the house
            control = engine.control.take(customer - engine.first_customer)
            reason[~ghost & control] = _CONTROL
        idle = ~self._changes(step, run, customer, time) & (reason == 0)
        reason[idle] = _NO_EFFECT
        self._log(_TAKEN, run, customer, time, reason, ACTIONS.index(kind_of(step)))
        if isinstance(step, GiveCoupon):
            kept_back = ((reason == _HOLDOUT) | (reason == _CONTROL)).nonzero()[0]
            self._coupons.give(step.offer, customer.take(kept_back), time.take(kept_back), kept_back=True)
        index = (reason == 0).nonzero()[0]
        if index.size:
            self._do(step, ordinal, run.take(index), customer.take(index), time.take(index))

    def _changes(self, step: Action, run: Int64s, customer: Int64s, time: Int64s) -> Bools:
        """Where the action finds something to change."""
        engine = self.engine
        match step:
            case SetFields(values):
                # Up to the first value that differs nothing is written, so all are asked of the card as it stands.
                changes = np.logical_or.reduce([self._written(*one, run, customer, time)[1] for one in values])
            case ChangeMembership(segment, enters):
                changes = engine.card.is_member(segment, customer) != enters
            case WithdrawConsent(channels):
                changes = engine.observed.consent[_codes(channels)][:, customer].any(axis=0)
            case SwitchOffTopics(topics):
                off = engine.observed.topics_off.take(customer) | engine.observed.topics_given_up.take(customer)
                changes = (~off & self._bits(topics)) != 0
            case PauseChain(chain, _) | StopChain(chain):
                changes = engine.run_life.is_running(self._chain_index[chain], customer)
            case _:
                changes = np.ones(customer.size, bool)
        return np.asarray(changes)

    def _do(self, step: Action, ordinal: int, run: Int64s, customer: Int64s, time: Int64s) -> None:
        engine, key = self.engine, self.engine.runs.key.take(run)
        match step:
            case SetFields(values):
                for place, (name, value) in enumerate(values):
                    codes, changes = self._written(name, value, run, customer, time)
                    index = changes.nonzero()[0]
                    engine.card.set(name, codes.take(index), customer.take(index))
                    change = luck.child(key.take(index), _FIELD, ordinal << 8 | luck.in_bits(place, 8, 40))
                    engine.triggers.field_changed(f"field.{name}", customer.take(index), time.take(index), change)
            case ChangeMembership(segment, enters):
                engine.card.change_membership(segment, customer, enters)
                occurrence = luck.child(key, _MEMBERSHIP, ordinal)
                engine.triggers.member_changed(segment, not enters, customer, time, occurrence)
            case WithdrawConsent(channels):
                self._withdraw(channels, customer, time, run, luck.child(key, _WITHDRAWN, ordinal))
            case SwitchOffTopics(topics):
                engine.observed.topics_given_up[customer] |= self._bits(topics)
            case CallWebhook():
                self._call(step, run, customer, time)
            case StartChain(chain):
                started = Occurrence(NO_EVENT, customer, time, luck.child(key, _STARTED, ordinal))
                engine.run_life.enter(self._chain_index[chain], started, np.zeros(customer.size, np.int64))
            case PauseChain(chain, period):
                engine.run_life.pause_running(self._chain_index[chain], customer, time + period)
            case StopChain(chain):
                engine.run_life.end_running(self._chain_index[chain], customer, time, "stopped")
            case GivePoints(amount):
                assert engine.loyalty is not None
                engine.loyalty.give(customer, time, luck.child(key, _POINTS, ordinal), amount)
            case GiveCoupon(offer):
                self._coupons.give(offer, customer, time, kept_back=False)
                self.port.give_coupon(customer, time, self._offers[offer])

    @property
    def _coupons(self) -> Coupons:
        assert self.engine.coupons is not None, "an arm that gives coupons keeps them"
        return self.engine.coupons

    def _written(
        self, name: str, value: float | str | bool | Expression, run: Int64s, customer: Int64s, time: Int64s
    ) -> tuple[Int64s, Bools]:
        """(n,) what a field gets, as its column holds it, and where that is something new.

        What a formula asks for and is missing leaves the field as it is.
        """
        engine = self.engine
        if isinstance(value, float | str | bool):
            codes = engine.card.codes(name, value, time)
            return codes, engine.card.differs(name, codes, customer)
        rows = Rows(customer, time, int(engine.runs.chain[run[0]]), run)
        codes, known = engine.card.codes_of(name, engine.reader.value(value, rows))
        return codes, known & engine.card.differs(name, codes, customer)

    def _bits(self, topics: tuple[str, ...]) -> np.uint64:
        """Bits of topics as ``observed.topics_given_up`` has them for this arm's customers."""
        return np.uint64(sum(1 << self.engine.sites.topics.index(topic) for topic in topics))

    def _withdraw(self, channels: tuple[str, ...], customer: Int64s, time: Int64s, run: Int64s, key: luck.Keys) -> None:
        """The company gives consent up; for exits, waits and triggers that is an ``unsubscribed`` as any other."""
        engine, observed = self.engine, self.engine.observed
        for code in _codes(channels):
            observed.withdraw(np.full(customer.size, code), customer)
        observed.remember(_UNSUBSCRIBED, customer, time)
        self.port.withdraw_consent(customer, _codes(channels))
        self._log(_UNSUBSCRIBED, run, customer, time, np.full(customer.size, REASON_CODE["by_company"]), -1)
        engine.reactions.on_event(Occurrence(_UNSUBSCRIBED, customer, time, key))

    def _call(self, step: CallWebhook, run: Int64s, customer: Int64s, time: Int64s) -> None:
        engine = self.engine
        chain = int(engine.runs.chain[run[0]])
        rows = Rows(customer, time, chain, run)
        values = tuple(engine.reader.column(Field(path, type_), rows) for path, type_ in step.fields)
        self.calls.append(
            WebhookCalls(step, chain + engine.first_source, customer, time, engine.runs.key.take(run), values)
        )

    def _log(self, event: int, run: Int64s, customer: Int64s, time: Int64s, reason: Int64s, kind: int) -> None:
        runs = self.engine.runs
        chain = runs.chain.take(run).astype(np.int64) + self.engine.first_source
        self.engine.sink.log_action(event, customer, time, runs.key.take(run), chain, reason, kind)


def _codes(channels: tuple[str, ...]) -> list[int]:
    return [CHANNEL_CODE[name] for name in channels]
