"""The attribution rule on hand-made logs."""

import numpy as np
import polars as pl
import pytest

from experiments.claims import WINDOW, last_click

OUTCOMES = pl.DataFrame(
    {"arm": ["a"] * 3, "replication": [0] * 3, "customer": [1, 2, 3], "control": [False, False, True]}
).lazy()


def log(*rows: tuple[int | str | float | None, ...]) -> pl.LazyFrame:
    """Rows of customer, time, event, channel, value, and a reason where there is one."""
    return pl.DataFrame(
        [("a", 0, who, time, event, channel, f"by_{channel}" if channel else None, value, reason)
         for who, time, event, channel, value, reason in ((*row, None)[:6] for row in rows)],
        schema={"arm": pl.String, "replication": pl.Int32, "customer": pl.Int64, "time": pl.Int64, "event": pl.String,
                "channel": pl.String, "chain": pl.String, "value": pl.Float64, "reason": pl.String},
        orient="row",
    ).lazy()  # fmt: skip


def claimed(events: pl.LazyFrame) -> list[tuple[int, str, float, float]]:
    table = last_click(events, OUTCOMES, [0]).table
    return table.select("customer", "channel", "orders", "revenue").rows()


def test_an_order_belongs_to_the_last_click() -> None:
    events = log((1, 10, "click", "email", None), (1, 20, "click", "sms", None), (1, 30, "order", None, 5.0))
    assert claimed(events) == [(1, "sms", 1.0, 5.0)]


def test_the_window_includes_its_end_and_nothing_after() -> None:
    events = log((1, 0, "click", "email", None), (1, WINDOW, "order", None, 5.0), (1, WINDOW + 1, "order", None, 7.0))
    assert claimed(events) == [(1, "email", 1.0, 5.0)]


def test_an_order_that_the_company_heard_of_twice_counts_once() -> None:
    events = log(
        (1, 10, "click", "email", None),
        (1, 20, "order", None, 5.0, "late"),
        (1, 25, "order", None, 5.0, "arrived"),
        (1, 26, "order", None, 5.0, "doubled"),
    )
    assert claimed(events) == [(1, "email", 1.0, 5.0)]


def test_orders_before_the_click_or_without_one_are_not_claimed() -> None:
    events = log((1, 5, "order", None, 5.0), (1, 10, "click", "email", None), (2, 20, "order", None, 5.0))
    assert claimed(events) == []


def test_control_customers_are_left_out() -> None:
    assert claimed(log((3, 0, "click", "email", None), (3, 1, "order", None, 5.0))) == []


def test_other_customers_clicks_do_not_count() -> None:
    assert claimed(log((2, 0, "click", "email", None), (1, 1, "order", None, 5.0))) == []


def test_sums_and_samples() -> None:
    events = log(
        (1, 0, "click", "email", None), (1, 1, "order", None, 4.0), (1, 2, "order", None, 6.0),
        (2, 0, "click", "sms", None), (2, 1, "order", None, 5.0),
    )  # fmt: skip
    claims = last_click(events, OUTCOMES, [0, 1])
    np.testing.assert_array_equal(claims.total("revenue", "a"), [15.0, 0.0])
    np.testing.assert_array_equal(claims.total("orders", "a", "email"), [2.0, 0.0])
    first, empty = claims.samples("revenue", "a", [4.0, 4.0])
    values = np.array([10.0, 5.0, 0.0, 0.0])
    assert (first.mean, first.variance) == (pytest.approx(values.mean()), pytest.approx(values.var(ddof=1)))
    assert (empty.mean, empty.variance) == (0.0, 0.0)
