"""Steps that send nothing: ``set``, ``add_to``, ``unsubscribe``, ``webhook``, ``start`` and the like."""

from __future__ import annotations

from typing import Literal

from strategies.action_steps import (
    Action,
    CallWebhook,
    ChangeMembership,
    GiveCoupon,
    GivePoints,
    GiveTask,
    GiveWork,
    PauseChain,
    SetFields,
    StartChain,
    StopChain,
    SwitchOffTopics,
    WithdrawConsent,
)
from strategies.conditions import Field
from strategies.language.emit import Tree
from strategies.language.field_names import parse_field
from strategies.language.fields import ConditionScope
from strategies.language.formulas import set_reader, set_tree
from strategies.language.nodes import Node, walk
from strategies.language.reader import TEXT, Checked, Choice, Either, ListOf, Named, Reader, Value, whole
from strategies.language.records import Keys, OrMapping, Record
from strategies.language.teams import task_reader, task_tree, work_tree
from strategies.language.units import NAME, POSITIVE_DURATION, format_duration
from strategies.language.words import ADDRESSED_CHANNEL
from strategies.permissions import MAX_TOPICS
from strategies.vocabulary import ADDRESSED_CHANNELS

FieldText = tuple[str, Literal["number", "text", "bool"]]


def _membership(enters: bool) -> Reader[Action]:
    def check(value: Value, segment: str) -> Action | None:
        static = value.reading.names.get("static segment", ())
        if segment in static:
            return ChangeMembership(segment, enters)
        listed = ", ".join(static) or "none is defined"
        value.complain(
            f"{value.where}: found '{segment}', a segment by condition, expected a static one "
            f"({{static: true}}, 'file' or 'members'): {listed}"
        )
        return None

    return Checked(Named("segment"), check)


def _channels(value: Value, channels: tuple[str, ...]) -> Action:
    return WithdrawConsent(channels)


def _channel_or_all(value: Value, word: str) -> Action:
    return WithdrawConsent(ADDRESSED_CHANNELS if word == "all" else (word,))


_CHANNEL_OR_ALL: Reader[str] = Choice((*ADDRESSED_CHANNELS, "all"), "channel")


def _topics(keys: Keys) -> Action | None:
    topics = keys.need("topic", ListOf(Named("topic"), lone=True, at_least=1), (), "topics that are written of no more")
    every = keys.value.reading.names.get("topic", ())
    if len(every) > MAX_TOPICS:
        keys.complain(
            "topic", f"{keys.value.path}: found {len(every)} topics of messages, expected at most {MAX_TOPICS}"
        )
    return SwitchOffTopics(tuple(dict.fromkeys(topics))) if topics else None


UNSUBSCRIBE: Reader[Action] = OrMapping(
    Either(Checked(_CHANNEL_OR_ALL, _channel_or_all), Checked(ListOf(ADDRESSED_CHANNEL, at_least=1), _channels)),
    Record("unsubscribe", _topics, "a mapping such as {topic: news}"),
)


def _other_chain(own: str) -> Reader[str]:
    def check(value: Value, name: str) -> str | None:
        if name == own:
            value.complain(f"{value.where}: found '{name}', the chain itself, expected another chain")
            return None
        return name

    return Checked(Named("chain"), check)


def _field_text(scope: ConditionScope) -> Reader[FieldText]:
    def check(value: Value, text: str) -> FieldText | None:
        field = parse_field(text, scope)
        if isinstance(field, Field):
            return field.path, field.type
        value.complain(f"{value.where}: {field}")
        return None

    return Checked(TEXT, check)


def coupon_names(chains: Node) -> tuple[str, ...]:
    """Offers of which chains give coupons, read leniently."""
    gifts = (node.entries["give"][1] for node in walk(chains) if "give" in node.entries)
    named = (gift.entries["coupon"][1] for gift in gifts if "coupon" in gift.entries)
    return tuple(dict.fromkeys(str(name.value) for name in named if name.kind == "text"))


def _give(keys: Keys) -> Action | None:
    kind = keys.one_of(("points", "coupon"), "points or a coupon")
    points = keys.get("points", POINTS, None, "how many loyalty points")
    coupon = keys.get("coupon", Named("offer"), None, "an offer, to be used once")
    if points is not None and not keys.value.reading.names.get("points"):
        keys.complain("points", f"{keys.value.path}: found 'points', expected 'points' in a 'loyalty:' block")
    if kind == "points":
        return GivePoints(points) if points else None
    return GiveCoupon(coupon) if coupon else None


POINTS = whole(at_least=1, at_most=1_000_000)
GIVE: Reader[Action] = Record("give", _give, "a mapping such as {points: 200} or {coupon: name of an offer}")


def action_readers(scope: ConditionScope, own: str) -> dict[str, Reader[Action]]:
    """Readers by key of the steps of the chain ``own``, whose conditions know ``scope``."""
    fields: Reader[tuple[FieldText, ...]] = ListOf(_field_text(scope), what="a list of fields")

    def webhook(keys: Keys) -> Action:
        name = keys.need("name", NAME, "", "what the receiver calls it")
        return CallWebhook(name, keys.get("with", fields, (), "fields of the condition language to hand over"))

    def pause(keys: Keys) -> Action | None:
        chain = keys.need("chain", _other_chain(own), "", "whose runs stand still")
        period = keys.need("for", POSITIVE_DURATION, 0, "how long")
        return PauseChain(chain, period) if chain and period else None

    return {
        "task": task_reader(f"chains.{own}."),
        "set": set_reader(scope),
        "add_to": _membership(True),
        "remove_from": _membership(False),
        "unsubscribe": UNSUBSCRIBE,
        "webhook": Either(Checked(NAME, lambda _, name: CallWebhook(name)), Record("webhook", webhook)),
        "start": Checked(_other_chain(""), lambda _, name: StartChain(name)),
        "pause": Record("pause", pause, "a mapping such as {chain: digest, for: 3d}"),
        "give": GIVE,
        "stop": Checked(_other_chain(own), lambda _, name: StopChain(name)),
    }


def action_tree(step: Action) -> Tree:
    """An action as it would stand in a file."""
    match step:
        case SetFields():
            return set_tree(step)
        case ChangeMembership(segment, enters):
            return {"add_to" if enters else "remove_from": segment}
        case WithdrawConsent(channels):
            return {"unsubscribe": "all" if channels == ADDRESSED_CHANNELS else list(channels)}
        case SwitchOffTopics(topics):
            return {"unsubscribe": {"topic": list(topics)}}
        case CallWebhook(name, fields):
            return {"webhook": {"name": name, "with": [path for path, _ in fields]} if fields else name}
        case StartChain(chain):
            return {"start": chain}
        case PauseChain(chain, period):
            return {"pause": {"chain": chain, "for": format_duration(period)}}
        case StopChain(chain):
            return {"stop": chain}
        case GiveTask():
            return task_tree(step)
        case GiveWork():
            return work_tree(step)
        case GivePoints(amount):
            return {"give": {"points": amount}}
        case GiveCoupon(offer):
            return {"give": {"coupon": offer}}
