"""Carts that a visit of a customer's story finds again: where they come from, which the event alone does not say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.not_entered import date

_BEGINS_VISIT = ("site_visited", "app_opened")
_HOLDS_CART = ("checkout_started", "cart_abandoned")
_TOLD_AGAIN = ("arrived", "doubled")


def with_found_carts(rows: Sequence[Mapping[str, Any]], local: Callable[[int], dt.datetime]) -> list[dict[str, Any]]:
    """The rows; of a cart that was not filled in its visit the first row says in ``aside`` where it comes from.

    A cart that is left keeps standing, so a later visit may find it and nothing is put into it.  local: seconds since
    the start → local time.
    """
    told: list[dict[str, Any]] = []
    filled_on: dict[str | None, int] = {}
    explained = True  # of a visit that was under way at the start nothing is known
    for row in rows:
        told.append(dict(row))
        event = row["event"]
        if row["reason"] in _TOLD_AGAIN:
            continue
        if event in _BEGINS_VISIT:
            explained = False
        elif event == "cart_added":
            filled_on[row["category"]] = row["time"]
            explained = True
        elif event in _HOLDS_CART and not explained:
            since = filled_on.get(row["category"])
            when = "before the run began" if since is None else f"on {date(local(since))}"
            told[-1]["aside"] = f"the cart was filled {when} and found again"
            explained = True
    return told
