"""Hypothesis strategies for conditions and the columns they are asked over."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from strategies.conditions import (
    And,
    Arithmetic,
    Asked,
    Column,
    Compare,
    Expression,
    Field,
    In,
    Known,
    Literal_,
    Not,
    Or,
)

NUMBERS = ("orders", "last_order.value", "trigger.value")
AGES = ("last_order.age", "last_click.age")
TEXTS = ("profile.city", "profile.source")
TRUTHS = ("consent.email", "segment.vip", "answer.happened")
MESSAGES = ("", "nudge", "digest")
CALLS = ("sent", "delivered", "opened", "opened_by_person", "clicked")
WORDS = ("", "Москва", "it's", "a b", "Riga")

_numbers = st.sampled_from([-2.0, 0.0, 0.5, 1.0, 2.0, 3.0, 86_400.0])
_values = _numbers.map(Literal_)
_number_fields = st.sampled_from(NUMBERS).map(lambda path: Field(path, "number"))
_ages = st.sampled_from(AGES).map(lambda path: Field(path, "number"))
_durations = st.sampled_from([-60.0, 0.0, 45.0, 3_600.0, 7_776_000.0])
_texts = st.sampled_from(TEXTS).map(lambda path: Field(path, "text"))
_words = st.sampled_from(WORDS)
_orders = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
_equalities = st.sampled_from(["==", "!="])


def _arithmetic(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    built = st.builds(Arithmetic, st.sampled_from("+-*/"), inner, inner)
    return built.filter(lambda drawn: drawn.op != "/" or drawn.right != Literal_(0.0))


_amounts: st.SearchStrategy[Expression] = st.recursive(_values | _number_fields, _arithmetic, max_leaves=4)

_comparisons: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Compare, _orders, _amounts, _amounts),
    st.builds(Compare, _orders, _ages, _durations.map(Literal_)),
    st.builds(Compare, _orders, _durations.map(Literal_), _ages),
    st.builds(Compare, _equalities, _texts, _words.map(Literal_)),
    st.builds(Compare, _equalities, _texts, _texts),
    st.builds(In, _texts, st.lists(_words, min_size=1, max_size=3).map(tuple)),
    st.builds(In, _amounts, st.lists(_numbers, min_size=1, max_size=3).map(tuple)),
    st.builds(In, _ages, st.lists(_durations, min_size=1, max_size=3).map(tuple)),
)
_leaves: st.SearchStrategy[Expression] = st.one_of(
    _comparisons,
    st.sampled_from(TRUTHS).map(lambda path: Field(path, "bool")),
    st.builds(Asked, st.sampled_from(CALLS), st.sampled_from(MESSAGES)),
    st.builds(Known, _number_fields | _ages | _texts),
    st.booleans().map(Literal_),
)


def _joined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operands = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, inner), st.builds(And, operands), st.builds(Or, operands))


conditions: st.SearchStrategy[Expression] = st.recursive(_leaves, _joined, max_leaves=8)
"""Well-typed conditions."""


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, dict[str, Column]]:
    """A number of rows and a column for every field and call; some values are missing, some columns are whole."""
    rows = draw(st.integers(0, 6))

    def column(values: st.SearchStrategy[Any], kind: type, categories: tuple[str, ...] | None = None) -> Column:
        filled = np.array(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=kind)
        known = draw(st.none() | st.lists(st.booleans(), min_size=rows, max_size=rows))
        return Column(filled, None if known is None else np.array(known, dtype=bool), categories)

    columns = {path: column(_numbers | st.just(float("nan")), np.float64) for path in NUMBERS}
    columns |= {path: column(_durations, np.float64) for path in AGES}
    for path in TEXTS:
        names = tuple(draw(st.permutations(WORDS)))[:3]
        columns[path] = column(st.integers(0, 2), np.int64, names)
    columns |= {path: column(st.booleans(), np.bool_) for path in TRUTHS}
    columns |= {f"{call}({message})": column(st.booleans(), np.bool_) for call in CALLS for message in MESSAGES}
    return rows, columns
