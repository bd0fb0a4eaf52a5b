"""Messages: what they are for, speak of and promise; personal blocks, levels, variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Message:
    """A message: what it is for, what it speaks of, what it promises."""

    name: str
    purpose: str
    topic: str = ""
    job: str = ""
    """Name of a job of the jobs map, ``any`` (the customer's own open job), or '' (speaks to none)."""
    stage: str = ""
    removes: str = ""
    offer: str = ""
    deliver_by: int | Literal["end_of_day"] | None = None
    """Seconds after the contact fell due, or the end of that day on the customer's clock; later it has lost its
    meaning and is withdrawn."""
    personal: tuple[str, ...] = ()
    fallback: str = ""
    variant: float = 0.0
    """Shift of the logit of being noticed that a creative variant brings."""
    tone: str = ""
    template: bool = False
    """Approved by the provider of a channel with templates: may be sent there at any time."""
    asks: str = ""
    """What it asks its reader to do, a word of ASKS, or ''."""
    level: int = 0
    """Level of personalisation, 0 (none) to 5: what producing it costs."""
    variants: tuple[Variant, ...] = ()
    """Variants that stand for the message, shares adding up to 1; none: the message itself goes out."""

    @property
    def versions(self) -> tuple[Message, ...]:
        """What may go out under the message's name: its variants, or the message itself."""
        return tuple(variant.message for variant in self.variants) or (self,)


@dataclass(frozen=True)
class Variant:
    """One variant of a message: what goes out to ``share`` of the customers, under a name of its own."""

    name: str
    share: float
    message: Message


@dataclass(frozen=True)
class Production:
    """What a level of personalisation costs (money): ``fixed`` once per message or variant, ``each`` per contact."""

    level: int
    fixed: int = 0
    each: int = 0


@dataclass(frozen=True)
class Block:
    """A personal block: what it shows of the customer, and at which level of personalisation that stands.

    shows: whether it shows something of what the customer wants; a name or a city does not.
    reminds: whether it reminds of something that moves the customer by itself (:mod:`sim.wallet`).
    """

    name: str
    level: int
    about: str
    shows: bool = True
    reminds: bool = False


BLOCKS = {
    block.name: block
    for block in (
        Block("name", 1, "the name, given with the registration or an order", shows=False),
        Block("city", 1, "the city of the profile", shows=False),
        Block("age", 1, "the age of the profile", shows=False),
        Block("points", 1, "the balance of loyalty points", shows=False, reminds=True),
        Block("favourite_category", 2, "things of the category that was viewed, carted and ordered most"),
        Block("cart_items", 3, "the cart that was filled last, in 30 days, unless it was emptied"),
        Block("viewed_items", 3, "what was viewed last, in 30 days"),
        Block("favourite_items", 3, "what was marked as favourite last"),
        Block("last_order", 3, "the last order"),
        Block("reaction", 4, "words for who clicked, or did not click, on earlier messages of this run"),
        Block("recommended", 5, "what is likely to be wanted next, from views and orders"),
    )
}
"""Personal blocks by name.  Levels are those of 003 §4.4: basic, content, behaviour, scenario, prediction."""

MOST_BLOCKS = 4
"""More personal blocks than this overload a message (003 §4.5)."""


def production_fixed(messages: tuple[Message, ...], production: tuple[Production, ...]) -> int:
    """Money that making these messages costs once, each variant for itself."""
    fixed = {row.level: row.fixed for row in production}
    return sum(fixed.get(version.level, 0) for message in messages for version in message.versions)
