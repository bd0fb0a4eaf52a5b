"""What personal blocks show of each customer at the moment of sending, and whose data are missing.

Everything follows from what a company has observed: profile, orders, and since the start the last cart,
view, favourite and order with their categories, as far as some block of the arm needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.short import distinct
from strategies.asked import asked_fields
from strategies.messages import BLOCKS, MOST_BLOCKS
from strategies.ports import pack_content
from strategies.vocabulary import DAY, EVENT_CODE, REASON_CODE, STAGES

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

FRESH = 30 * DAY
"""A cart or a view is shown for so long."""
JUST_BOUGHT = 14 * DAY
"""A favourite category is not recommended for so long after an order in it."""
READY, LOOKING = STAGES.index("ready"), STAGES.index("aware")
"""Words of the block ``reaction``: for who clicked, and for who did not."""

WANTED, BOUGHT, LIKED = ("cart_items", "viewed_items", "favourite_items"), ("last_order",), ("favourite_category",)
KINDS = (WANTED, BOUGHT, (*LIKED, "recommended"))
"""Blocks that show something, by what they show; a message that mixes them is about the first kind."""

_ORDER, _EMPTIED = EVENT_CODE["order"], EVENT_CODE["cart_emptied"]
_SOURCES: dict[str, tuple[str, ...]] = {
    "cart": ("cart_added", "cart_abandoned"),
    "view": ("product_viewed",),
    "mark": ("favourite_added",),
    "order": ("order",),
}
"""What is remembered, and the events that tell of it."""
CATEGORY_FIELDS = {"last_view.category": "view", "last_order.category": "order", "favourite_category": "counts"}
"""Fields of conditions that ask for a category, and what must be remembered for them."""
_NEEDS = {
    "cart_items": ("cart",),
    "viewed_items": ("view",),
    "favourite_items": ("mark",),
    "last_order": ("order",),
    "favourite_category": ("counts",),
    "recommended": ("view", "order", "counts"),
}


class Personal:
    """Data of the personal blocks of one arm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.first, n = engine.first_customer, engine.customers
        blocks = [site.message.personal for site in engine.program.sites]
        used = {name for names in blocks for name in names}
        asked = asked_fields(engine.program.scenario) & CATEGORY_FIELDS.keys()
        needs = {need for name in used for need in _NEEDS.get(name, ())} | {CATEGORY_FIELDS[name] for name in asked}
        self._at = {name: np.full(n, NEVER, np.int32) for name in _SOURCES if name in needs}
        self._category = {name: np.full(n, -1, np.int8) for name in self._at}
        categories = len(engine.observed.categories.get("category", ()))
        self._counts = np.zeros((categories if "counts" in needs else 0, n), np.uint16)
        events = {event for name in self._at for event in _SOURCES[name]}
        events |= {event for names in _SOURCES.values() for event in names} if "counts" in needs else set()
        events |= {"cart_emptied"} if "cart" in needs else set()
        self.events = sum(1 << EVENT_CODE[event] for event in events)
        self.has_blocks = np.array([bool(names) for names in blocks], bool)
        self._fallback = np.array([bool(site.message.fallback) for site in engine.program.sites], bool)
        self._blocks_of = [_about_one_thing(names) for names in blocks]

    def note(self, event: int, customer: Int64s, time: Int64s, category: Int64s | None) -> None:
        """Remember what blocks show of an event of these customers (each once)."""
        if not self.events >> event & 1:
            return
        local = customer - self.first
        if event == _EMPTIED:
            self._at["cart"][local] = NEVER
            return
        for name in self._at:
            if any(EVENT_CODE[source] == event for source in _SOURCES[name]):
                self._at[name][local] = time
                self._category[name][local] = -1 if category is None else category
        if self._counts.size and category is not None:
            told = ((category >= 0) & (category < len(self._counts))).nonzero()[0]
            self._counts[category.take(told), local.take(told)] += np.uint16(1)

    def category(self, field: str, customer: Int64s) -> Int64s:
        """The category that a field of :data:`CATEGORY_FIELDS` names for each customer; −1 where none is known."""
        source = CATEGORY_FIELDS[field]
        return self._favourite(customer) if source == "counts" else self._last(source, customer)

    def contents(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s) -> tuple[Int64s, Int64s]:
        """Of messages sent now: what the world is told of their contents (see :func:`pack_content`), and the reason
        ``broken``, ``fallback`` or none for the log."""
        told, reason = np.zeros(customer.size, np.int64), np.zeros(customer.size, np.int64)
        mine = self.has_blocks.take(site).nonzero()[0]
        for first in distinct(site.take(mine)):
            index = mine[site.take(mine) == first]
            who, now = customer.take(index), time.take(index)
            category, stage = np.full(index.size, -1), np.full(index.size, -1)
            filled, missing = np.zeros(index.size, np.int64), np.zeros(index.size, bool)
            for name, tells in self._blocks_of[first]:
                known, shown, words = self._block(name, who, now, run.take(index))
                missing |= ~known
                filled += known & BLOCKS[name].shows
                if tells:
                    category = np.where((category < 0) & known, shown, category)
                stage = np.where(known, words, stage) if words is not None else stage
            broken = missing & ~self._fallback[first]
            told[index] = pack_content(broken, category, stage, np.minimum(filled, MOST_BLOCKS))
            reason[index] = np.where(missing, REASON_CODE["broken" if not self._fallback[first] else "fallback"], 0)
        return told, reason

    def _block(self, name: str, who: Int64s, now: Int64s, run: Int64s) -> tuple[Bools, Int64s, Int64s | None]:
        """Of one block: whether the data are there, the category that it shows (−1: none), the stage of its words."""
        nothing = np.full(who.size, -1)
        if name == "reaction":
            runs = self.engine.runs
            heard = (run > 0) & (runs.delivered.take(run) != 0)
            return heard, nothing, np.where(runs.clicked.take(run) != 0, READY, LOOKING)
        if name in ("name", "city", "age", "points"):
            return self._profile(name, who, now), nothing, None
        if name == "last_order":
            return self.engine.observed.orders.take(who) > 0, self._last("order", who), None
        if name == "favourite_items":
            return self._since("mark", who) != NEVER, self._last("mark", who), None
        if name in ("cart_items", "viewed_items"):
            source = "cart" if name == "cart_items" else "view"
            at = self._since(source, who)
            return (at != NEVER) & (now - at <= FRESH), self._last(source, who), None
        shown = self._favourite(who) if name == "favourite_category" else self._recommended(who, now)
        return shown >= 0, shown, None

    def _profile(self, name: str, who: Int64s, now: Int64s) -> Bools:
        observed = self.engine.observed
        if name == "name":
            registered = observed.registered.take(who)
            known: Bools = (observed.orders.take(who) > 0) | ((registered != NEVER) & (registered <= now))
            return known
        if name == "points":
            accounts = self.engine.reader.loyalty
            return np.zeros(who.size, bool) if accounts is None else accounts.balance(who) > 0
        values: Bools = getattr(observed, name).take(who) >= 0
        return values

    def _since(self, source: str, who: Int64s) -> Int64s:
        return self._at[source].take(who - self.first).astype(np.int64)

    def _last(self, source: str, who: Int64s) -> Int64s:
        return self._category[source].take(who - self.first).astype(np.int64)

    def _favourite(self, who: Int64s) -> Int64s:
        """Category of most views, favourites, carts and orders; the first of equals; −1 before any."""
        if len(self._counts) == 0:
            return np.full(who.size, -1)
        counts = self._counts[:, who - self.first]
        return np.where(counts.max(axis=0) > 0, counts.argmax(axis=0), -1)

    def _recommended(self, who: Int64s, now: Int64s) -> Int64s:
        """The category viewed last and not ordered since; else the favourite one, if not just ordered; else −1."""
        viewed, seen = self._last("view", who), self._since("view", who)
        ordered, bought = self._last("order", who), self._since("order", who)
        open_ = (seen != NEVER) & (now - seen <= FRESH) & ((ordered != viewed) | (bought < seen))
        favourite = self._favourite(who)
        just = (ordered == favourite) & (bought != NEVER) & (now - bought <= JUST_BOUGHT)
        return np.where(open_, viewed, np.where(just, -1, favourite))


def _about_one_thing(names: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Blocks in order, each with whether it tells the category that the message is about."""
    kind = next((kind for kind in KINDS if set(kind) & set(names)), ())
    return [(name, name in kind) for name in names]
