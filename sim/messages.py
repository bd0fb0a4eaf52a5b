"""What the world knows of messages: arrays by contact site."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

NO_JOB: Final = -1
ANY_JOB: Final = -2
"""``speaks_to_job``: none named; the customer's own open job, whichever it is."""

NO_ITEM: Final = 0
WANTED_ITEM: Final = 1
BOUGHT_ITEM: Final = 2
LIKED_CATEGORY: Final = 3
"""``own_item``: a personal block shows the customer's own cart, views or favourites; the last order; things of a
category that the company takes for the customer's own."""

TONES: Final = ("functional", "emotional", "social")
"""Tones of a message, in code order; a job is moved by each in its shares."""


@dataclass(frozen=True)
class MessageTable:
    """Attributes of the message at each contact site; arrays (sites,), aligned with the payload's site.

    channel, purpose: codes of the vocabulary.  speaks_to_job: job type, NO_JOB or ANY_JOB.
    stage, removes, tone, asks, topic, offer: codes, -1 for none (topic and offer number what is equal as equal).
    own_item: NO_ITEM, WANTED_ITEM, BOUGHT_ITEM, LIKED_CATEGORY.  blocks: number of personal blocks.
    coupon: its offer is one that chains give as a coupon, so the message tells of it only.
    shows_points: a personal block shows the customer's loyalty points.
    variant: shift of the logit of being noticed.
    offer_percent: fraction of the order value; offer_cut: money off; offer_value: what a gift or free
    delivery is worth to the customer; offer_cost: what that costs; offer_valid: seconds.  Money int64.
    """

    channel: NDArray[np.int64]
    call: NDArray[np.bool_]
    """It is a call of a team about the message, by telephone."""
    purpose: NDArray[np.int64]
    speaks_to_job: NDArray[np.int64]
    stage: NDArray[np.int64]
    removes: NDArray[np.int64]
    tone: NDArray[np.int64]
    asks: NDArray[np.int64]
    topic: NDArray[np.int64]
    offer: NDArray[np.int64]
    coupon: NDArray[np.bool_]
    shows_points: NDArray[np.bool_]
    own_item: NDArray[np.int64]
    blocks: NDArray[np.int64]
    variant: NDArray[np.float64]
    offer_percent: NDArray[np.float64]
    offer_cut: NDArray[np.int64]
    offer_value: NDArray[np.int64]
    offer_cost: NDArray[np.int64]
    offer_valid: NDArray[np.int64]

    @property
    def sites(self) -> int:
        """Number of contact sites."""
        return self.channel.size

    @classmethod
    def of(cls, rows: list[MessageRow]) -> MessageTable:
        """The table of rows in site order."""
        columns = {name: [getattr(row, name) for row in rows] for name in cls.__dataclass_fields__}
        kinds: dict[str, type] = dict.fromkeys(("fallback", "call", "coupon", "shows_points"), bool)
        kinds.update(dict.fromkeys(("variant", "offer_percent"), np.float64))
        return cls(**{name: np.array(values, kinds.get(name, np.int64)) for name, values in columns.items()})


@dataclass(frozen=True)
class MessageRow:
    """One site of a :class:`MessageTable`, with the values of a message that says nothing in particular."""

    channel: int
    purpose: int
    call: bool = False
    speaks_to_job: int = NO_JOB
    stage: int = -1
    removes: int = -1
    tone: int = -1
    asks: int = -1
    topic: int = -1
    offer: int = -1
    coupon: bool = False
    shows_points: bool = False
    own_item: int = NO_ITEM
    blocks: int = 0
    variant: float = 0.0
    offer_percent: float = 0.0
    offer_cut: int = 0
    offer_value: int = 0
    offer_cost: int = 0
    offer_valid: int = field(default=0)
