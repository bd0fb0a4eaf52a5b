"""Hypothesis strategies for the triggers that come by dates, counts, tables and changed fields."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.drawing import CLOCKS, Draw, Raw, chance, one, some

WITH_VALUE = ("cart_added", "cart_abandoned", "order")
CARTS = ("cart_added", "cart_abandoned")
ACTIONS = ("site_visited", "product_viewed", "cart_added", "cart_abandoned", "cart_emptied", "order")


RARER = (
    "working day 09:00",
    "2 weeks Tue,Fri 18:00",
    "3 days 21:00",
    "month last 10:00",
    "month second,last Wed 12:00",
)


@st.composite
def schedules(draw: Draw, usual: tuple[str, ...]) -> Raw:
    """A schedule, recurring or on dates; usual: those that come often."""
    zone: Raw = {"zone": "company"} if chance(draw, 15) else {}
    if chance(draw, 20):
        dates = one(draw, (["2026-02-05", "2025-12-30"], ["02-06", "12-31", "2026-02-05"]))
        return {"on": dates, **zone} | ({"at": one(draw, CLOCKS)} if chance(draw, 60) else {})
    every: Raw = {"every": one(draw, (*usual, *RARER)), **zone}
    if chance(draw, 20):
        every |= one(draw, ({"from": "2026-02-05"}, {"until": "2026-02-09"}, {"from": "12-27", "until": "02-06"}))
    return every


@st.composite
def more_triggers(draw: Draw, kind: str) -> Raw:
    """Dates, counts, rows of a table, fields that change."""
    if kind == "date":
        date = one(
            draw, ("birthday", "birthday", "anniversary", "registered", "first_order", "last_order", "subscription_end")
        )
        offset: Raw = one(draw, ({}, {"after": "1d"}, {"after": "3d"}, {"after": "10d"}))
        if date in ("birthday", "anniversary", "subscription_end"):
            offset = one(draw, (offset, {"before": "1d"}, {"before": "7d"}))
        zone: Raw = {"zone": "company"} if chance(draw, 15) else {}
        return {"date": date, **offset, **zone} | ({"at": one(draw, CLOCKS)} if chance(draw, 70) else {})
    if kind == "count":
        return draw(counts())
    if kind == "changed":
        return {"field_changed": one(draw, ("orders", "rfm.segment", "rfm.f", "consent.email", "last_order.value"))}
    rows = draw(st.lists(st.tuples(*map(st.sampled_from, _TABLE)), min_size=1, max_size=40))
    lines = [f"{who},{day} {at},{amount},{plan}" for who, day, at, amount, plan in rows]
    trigger: Raw = {
        "external": {"table": "\n".join(["customer,time,amount,plan", *lines, "0,2026-02-01 00:00,1,gold"])}
    }
    if chance(draw, 40):
        trigger["if"] = one(draw, ("amount > 15", "plan == 'gold' or amount < 9", "orders >= 1", "known(amount)"))
    return trigger


_TABLE: tuple[tuple[Any, ...], ...] = (
    tuple(range(32)),
    ("2026-01-30", "2026-02-03", "2026-02-04", "2025-12-28", "2025-12-29"),
    ("00:00", "10:00", "10:00:30", "22:00", "23:59:59"),
    ("10", "20.5", "30", ""),
    ("gold", "silver", ""),
)
"""What the cells of a table are drawn from: customer, day, time, a number, a text."""


@st.composite
def counts(draw: Draw) -> Raw:
    """A count of events or of messages that nobody answered."""
    silences = ("email_unopened", "email_unclicked", "web_push_unopened", "sms_unclicked")
    trigger: Raw = {"count": one(draw, (2, 2, 3)), "of": one(draw, (*ACTIONS, "click", *silences, *silences))}
    if trigger["of"] in silences:
        trigger["answer_within"] = one(draw, ("1h", "6h", "1d"))
        trigger["in_a_row"] = chance(draw, 60)
    elif trigger["of"] in WITH_VALUE and chance(draw, 40):
        trigger["if"] = one(draw, ("value > 1500", "category == 'books'"))
    if trigger["of"] not in silences and chance(draw, 30):
        trigger["in_a_row"] = "days"
    elif chance(draw, 40):
        trigger["within"] = one(draw, ("1h", "1d", "3d"))
    if chance(draw, 40):
        trigger["without"] = some(draw, ("order", "site_visited", "click", "unsubscribed"), most=2)
    return trigger
