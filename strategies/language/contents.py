"""What a scenario speaks of: offers, messages, channels, RFM, control, rules."""

from __future__ import annotations

from typing import Literal

from strategies.language.reader import Choice, Reader, Value, whole
from strategies.language.records import Keys, Record
from strategies.language.signs import SIGNS
from strategies.language.units import (
    MONEY,
    PAST,
    POSITIVE_DURATION,
    RATE,
    SHARE,
)
from strategies.language.words import EVENT, MESSAGE, PURPOSE_LIST
from strategies.scenario import (
    AtMostRule,
    AtStart,
    ChannelSettings,
    Control,
    Engagement,
    NeverRule,
    Offer,
    Rule,
)
from strategies.vocabulary import DAY, IN_APP, TEMPLATE_CHANNELS

OFFER_KINDS = ("percent", "amount", "gift", "free_delivery")
BACKLOG: Reader[Literal["skip", "enter"]] = Choice(("skip", "enter"))
UNDER: Reader[str] = Choice(("neutral",), "policy")


def _own_name(value: Value) -> str:
    return value.path.rpartition(".")[2]


def _at_start(keys: Keys) -> AtStart:
    return AtStart(
        history=keys.get("history", PAST, 365 * DAY, "simulated past before the start"),
        under=keys.get("under", UNDER, "neutral", "the policy of the past"),
        backlog=keys.get("backlog", BACKLOG, "skip", "do those who already wait enter at the start"),
    )


AT_START: Reader[AtStart] = Record("at_start", _at_start)


def _channel(keys: Keys) -> ChannelSettings:
    cost = keys.get("cost", MONEY, 0, "price of one contact (in_app: of one impression)")
    throughput = keys.get("throughput", RATE, None, "what the provider sends in an hour")
    template_cost = keys.get("template_cost", MONEY, None, "price of a template message (whatsapp)")
    window = keys.get("window", POSITIVE_DURATION, DAY, "free writing after the customer's last click (whatsapp)")
    own = _own_name(keys.value)
    for name in ("template_cost", "window"):
        if keys.has(name) and own not in TEMPLATE_CHANNELS:
            keys.complain(name, f"{keys.value.path}: found '{name}', expected it in whatsapp only, which has templates")
    if own == IN_APP and throughput is not None:
        keys.complain("throughput", f"{keys.value.path}: found 'throughput', expected none: no provider sends in_app")
    return ChannelSettings(cost, throughput, template_cost, window)


CHANNEL_SETTINGS: Reader[ChannelSettings] = Record("channel", _channel, "a mapping ({} takes the defaults)")


def _engagement(keys: Keys) -> Engagement:
    active = keys.get("active", POSITIVE_DURATION, 30 * DAY, "longest age of the last sign of who is active")
    cooling = keys.get("cooling", POSITIVE_DURATION, 90 * DAY, "longest age of the last sign of who is cooling")
    if active >= cooling:
        keys.complain("cooling", f"{keys.value.path}: found 'cooling' not above 'active', expected a longer time")
    signs = keys.get("signs", SIGNS, ("click", "opened"), "what is a sign of life")
    return Engagement(signs, active, cooling)


ENGAGEMENT: Reader[Engagement] = Record("engagement", _engagement)


def _offer(keys: Keys) -> Offer:
    kind = keys.one_of(OFFER_KINDS, "one kind of offer")
    percent = keys.get("percent", SHARE, 0.0, "discount as a share of the order")
    amount = keys.get("amount", MONEY, 0, "discount in money")
    gift = keys.get("gift", MONEY, 0, "what the gift is worth to the customer")
    free_delivery = keys.get("free_delivery", MONEY, 0, "what free delivery is worth to the customer")
    cost = keys.get("cost", MONEY, 0, "what a gift or delivery costs the company")
    valid = keys.get("valid", POSITIVE_DURATION, 3 * DAY, "how long it can be redeemed")
    own = _own_name(keys.value)
    if kind in ("gift", "free_delivery"):
        keys.need_also("cost", MONEY.expected)
        return Offer(own, _offer_kind(kind), 0.0, gift or free_delivery, cost, valid)
    if kind is not None and keys.has("cost"):
        keys.complain("cost", f"{keys.value.path}: found 'cost' with '{kind}', whose cost is the discount itself")
    return Offer(own, _offer_kind(kind or "amount"), percent, amount, amount, valid)


def _offer_kind(kind: str) -> Literal["percent", "amount", "gift", "free_delivery"]:
    return next(known for known in _KINDS if known == kind)


_KINDS: tuple[Literal["percent", "amount", "gift", "free_delivery"], ...] = (
    "percent",
    "amount",
    "gift",
    "free_delivery",
)
OFFER: Reader[Offer] = Record("offer", _offer, "a mapping such as {percent: 10%, valid: 3d}")


def _control(keys: Keys) -> Control:
    share = keys.need("share", SHARE, 0.0, "share of the base that gets only exempt purposes")
    return Control(share, keys.get("exempt", PURPOSE_LIST, ("transactional",), "purposes that the control group gets"))


CONTROL: Reader[Control] = Record("control", _control, "a mapping such as {share: 10%}")


SAME: Reader[str] = Choice(("cart", "category"))


def _never(keys: Keys) -> tuple[str, str]:
    message = keys.need("message", MESSAGE, "", "the message that must not come")
    return message, keys.get("same", SAME, "", "only about the same thing")


def _at_most(keys: Keys) -> tuple[int, tuple[str, ...]]:
    most = keys.need("messages", whole(at_least=0, at_most=1_000_000), 0, "so many")
    return most, keys.get("purposes", PURPOSE_LIST, (), "only messages of these purposes")


def _rule(keys: Keys) -> Rule | None:
    kind = keys.one_of(("never", "at_most"), "one kind of rule")
    message, same = keys.get("never", Record("never", _never), ("", ""), "a message that must not come")
    most, purposes = keys.get("at_most", Record("at_most", _at_most), (0, ()), "a largest number of messages")
    after = keys.get("after", EVENT, "", "the event that it must not follow")
    within = keys.need("within", POSITIVE_DURATION, 1, "in which time")
    if kind == "never":
        keys.need_also("after", EVENT.expected)
    if kind == "at_most" and keys.has("after"):
        keys.complain("after", f"{keys.value.path}: found 'after' with 'at_most', expected it only with 'never'")
    if kind is None:
        return None
    return NeverRule(message, after, within, same) if kind == "never" else AtMostRule(most, within, purposes)


RULE: Reader[Rule] = Record("rule", _rule)


def refuse_misplaced(keys: Keys) -> None:
    """Keys of another place."""
    place = "expected it there: contact_policy: {like: klaviyo@2025}"
    keys.refuse("like", f"found 'like' outside of contact_policy, {place}")
