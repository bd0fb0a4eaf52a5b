"""Messages as a scenario writes them: contents, personal blocks, levels, variants, and what levels cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from strategies.language.emit import Tree, duration, filled
from strategies.language.problems import unknown
from strategies.language.reader import (
    BOOL,
    TEXT,
    Checked,
    Choice,
    ListOf,
    Named,
    Reader,
    Scalar,
    Value,
    number,
    whole,
)
from strategies.language.records import Keys, MapOf, Record
from strategies.language.units import (
    MONEY,
    NAME,
    SHARE,
    TOTAL,
    format_money,
    format_share,
    parse_positive_duration,
)
from strategies.language.words import PURPOSE
from strategies.messages import BLOCKS, MOST_BLOCKS, Message, Production, Variant
from strategies.vocabulary import ASKS, BARRIERS, STAGES

TONES = ("functional", "emotional", "social")
"""What a tone appeals to; jobs are moved by each in their shares."""
TONE: Reader[str] = Choice(TONES, "tone", aliases={"plain": "functional", "warm": "emotional", "proud": "social"})
BLOCK: Reader[str] = Choice(tuple(BLOCKS), "personal block")
LEVELS = (1, 2, 3, 4, 5)


def _job(value: Value, name: str) -> str | None:
    """A job on the map of the population, where that is known: each gives its category the name."""
    jobs = value.reading.names.get("category")
    if jobs and name not in ("any", *jobs):
        value.complain(unknown("job", name, value.path, ("any", *jobs)))
    return name


def _speaks_to(keys: Keys) -> tuple[str, str]:
    job = keys.get("job", Checked(TEXT, _job), "", "a job of the jobs map, or any")
    return job, keys.get("stage", Choice(STAGES, "stage"), "", "readiness that the message is written for")


def _deliver_by(scalar: str | int | float | bool) -> int | Literal["end_of_day"]:
    return "end_of_day" if scalar == "end_of_day" else parse_positive_duration(scalar)


DELIVER_BY: Reader[int | Literal["end_of_day"]] = Scalar(
    "a duration above 0 such as 45s, 30m, 1h, 3d, 2w, or end_of_day", _deliver_by
)


@dataclass(frozen=True)
class _Said:
    """What a message, or a variant of it, says of itself; None where it says nothing."""

    speaks_to: tuple[str, str] | None
    removes: str | None
    offer: str | None
    personal: tuple[str, ...] | None
    level: int | None
    fallback: str | None
    variant: float | None
    tone: str | None
    asks: str | None

    def on(self, message: Message) -> Message:
        """The message with what is said put in the place of what it said before."""
        job, stage = self.speaks_to or (message.job, message.stage)
        names = ("removes", "offer", "personal", "fallback", "variant", "tone", "asks")
        said = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        message = replace(message, job=job, stage=stage, **said)
        needed = max((BLOCKS[name].level for name in message.personal), default=0)
        return replace(message, level=max(self.level or message.level, needed))


def _said(keys: Keys) -> _Said:
    personal = keys.get("personal", ListOf(BLOCK, lone=True), None, "blocks filled for each customer")
    needed = max((BLOCKS[name].level for name in personal or ()), default=0)
    level = keys.get("level", whole(at_least=1, at_most=5), None, "level of personalisation, for what it costs")
    if level is not None and level < needed:
        keys.complain("level", f"{keys.value.path}.level: found {level}, expected at least {needed} for its blocks")
    return _Said(
        speaks_to=keys.get("speaks_to", Record("speaks_to", _speaks_to), None, "whom the message is written for"),
        removes=keys.get("removes", Choice(BARRIERS, "barrier"), None, "the barrier it removes"),
        offer=keys.get("offer", Named("offer"), None, "what it promises"),
        personal=None if personal is None else tuple(dict.fromkeys(personal)),
        level=level,
        fallback=keys.get("fallback", TEXT, None, "what stands there when data are missing"),
        variant=keys.get("variant", number(-5, 5), None, "shift of the logit of being noticed"),
        tone=keys.get("tone", TONE, None, "what its tone appeals to"),
        asks=keys.get("asks", Choice(ASKS, "request"), None, "what it asks its reader to do"),
    )


def _variant(keys: Keys) -> tuple[Keys, float, _Said]:
    return keys, keys.need("share", SHARE, 0.0, "share of the customers who get this variant"), _said(keys)


VARIANTS: Reader[dict[str, tuple[Keys, float, _Said]]] = MapOf(
    Record("message_variant", _variant, "a mapping such as {share: 50%, tone: warm}"), NAME
)


def _variants(keys: Keys, message: Message) -> tuple[Variant, ...]:
    found = keys.get("variants", VARIANTS, {}, "variants in shares, each with what it says otherwise")
    total = sum(share for _, share, _ in found.values())
    if found and abs(total - 1) > 1e-9:
        text = f"found shares of {format_share(round(total, 9))} in all, expected 100%"
        keys.complain("variants", f"{keys.value.path}.variants: {text}")
    variants = []
    for name, (own, share, said) in found.items():
        contents = replace(said.on(message), name=f"{message.name}.{name}")
        _remark(own, contents)
        variants.append(Variant(name, share, contents))
    return tuple(variants)


def _message(keys: Keys) -> Message:
    message = Message(
        name=keys.value.path.rpartition(".")[2],
        purpose=keys.need("purpose", PURPOSE, "promo", "what the message is for"),
        topic=keys.get("topic", NAME, "", "what it is about; gaps compare topics"),
        deliver_by=keys.get("deliver_by", DELIVER_BY, None, "later it has lost its meaning"),
        template=keys.get("template", BOOL, False, "approved as a template (whatsapp)"),
    )
    message = _said(keys).on(message)
    variants = _variants(keys, message)
    if not variants:
        _remark(keys, message)
    return replace(message, variants=variants)


def _remark(keys: Keys, message: Message) -> None:
    """What the user should know of personal blocks."""
    where, blocks = f"{keys.value.path}.personal", message.personal
    if not blocks:
        return
    names = ", ".join(blocks)
    without_points = not keys.value.reading.names.get("points")
    if not message.fallback:
        empty = "points" in blocks and not without_points
        who = "who has none (at first everybody: accounts are empty at the start)" if empty else "who lacks the data"
        keys.value.remark(f"{where}: {names} without a fallback; {who} gets a broken message, crmsim reach counts them")
    if len(blocks) > MOST_BLOCKS:
        keys.value.remark(f"{where}: {len(blocks)} blocks overload a message, at most {MOST_BLOCKS} are read")
    if "points" in blocks and without_points:
        keys.value.remark(f"{where}: points, but the scenario has no loyalty points, so nobody has any to show")
    if not any(BLOCKS[name].shows or (BLOCKS[name].reminds and not without_points) for name in blocks):
        keys.value.remark(f"{where}: {names} alone shows nothing of what the customer wants and changes nothing")


MESSAGE_RECORD: Reader[Message] = Record("message", _message, "a mapping such as {purpose: promo, topic: cart}")


def _cost(keys: Keys) -> tuple[int, int]:
    fixed = keys.get("fixed", TOTAL, 0, "once for each message or variant")
    return fixed, keys.get("each", MONEY, 0, "for each contact sent")


def _production(keys: Keys) -> tuple[Production, ...]:
    cost = Record("production_of_level", _cost, "a mapping such as {fixed: 3000, each: 0.02}")
    read = {level: keys.get(f"level_{level}", cost, None, f"what level {level} costs") for level in LEVELS}
    return tuple(Production(level, *costs) for level, costs in read.items() if costs is not None)


PRODUCTION: Reader[tuple[Production, ...]] = Record("production_cost", _production)

# ---------------------------------------------------------------------- back to YAML


def message_tree(message: Message) -> Tree:
    """A message as YAML that loads to an equal one."""
    variants = {
        variant.name: filled({"share": format_share(variant.share)}, **_contents_tree(variant.message))
        for variant in message.variants
    }
    return filled(
        purpose=message.purpose,
        topic=message.topic,
        deliver_by=message.deliver_by if message.deliver_by == "end_of_day" else duration(message.deliver_by),
        template=message.template or None,
        **_contents_tree(message),
        variants=variants,
    )


def _contents_tree(message: Message) -> Tree:
    return filled(
        speaks_to=filled(job=message.job, stage=message.stage),
        removes=message.removes,
        offer=message.offer,
        personal=list(message.personal),
        level=message.level or None,
        fallback=message.fallback,
        variant=message.variant or None,
        tone=message.tone,
        asks=message.asks,
    )


def production_tree(production: tuple[Production, ...]) -> Tree:
    """What levels cost, as YAML."""
    return {
        f"level_{row.level}": {"fixed": format_money(row.fixed), "each": format_money(row.each)} for row in production
    }
