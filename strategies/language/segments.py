"""Segments of a scenario: by condition, by deeds; how often their members are found anew."""

from __future__ import annotations

from typing import Literal

from strategies.conditions import Field, walk
from strategies.language.card import own_fields
from strategies.language.fields import ConditionScope
from strategies.language.happenings import DURING, HAPPENING
from strategies.language.reader import TEXT, Choice, Reader, Value, whole
from strategies.language.records import Keys, Record
from strategies.language.static_segments import static_segment
from strategies.language.units import POSITIVE_DAYS, POSITIVE_DURATION, SHARE
from strategies.language.words import EVENT_TYPE, condition
from strategies.segments import ALWAYS, NOTHING, Deed, Prediction, Predictions, Segment
from strategies.vocabulary import DAY

SAME: Reader[Literal["", "category"]] = Choice(("category",))
TIMES = whole(at_least=1, at_most=100)
PREDICTED = ("order_in", "churn_risk")
DEED_KEYS = ("times", "within", "during", "same", "but_not", "for")


def _deed(keys: Keys) -> Deed | None:
    """``{did: product_viewed, times: 2, within: 7d, same: category, but_not: order, for: 3d}``."""
    did = keys.get("did", HAPPENING, NOTHING, "what the customer did: an event, or a list of which each counts")
    times = keys.get("times", TIMES, 1, "how often")
    within = keys.get("within", POSITIVE_DURATION, None, "in which time")
    during = keys.get("during", DURING, ALWAYS, "on which days")
    same = keys.get("same", SAME, "", "all of them about one category")
    but_not = keys.get("but_not", HAPPENING, NOTHING, "what has not come since the last of them")
    quiet = keys.get("for", POSITIVE_DURATION, 0, "how long that has not come")
    path = keys.value.path
    if not keys.has("did"):
        for name in DEED_KEYS:
            if keys.has(name):
                keys.complain(name, f"{path}: found '{name}' without 'did', expected {{did: event, within: 7d}}")
        return None
    if not keys.has("during"):
        keys.need_also("within", POSITIVE_DURATION.expected)
    if keys.has("for") and not keys.has("but_not"):
        keys.complain("for", f"{path}: found 'for' without 'but_not', expected both or none")
    for event in did.events:
        if same and "category" not in EVENT_TYPE[event].attributes:
            keys.complain("same", f"{path}.same: found category, but '{event}' has none")
        if event in but_not.events and but_not.condition is None:
            keys.complain("but_not", f"{path}.but_not: found '{event}', which 'did' asks for")
    return Deed(did, within, times, same, but_not, quiet, during)


def _between(keys: Keys) -> tuple[float, float]:
    """``at_least`` and ``at_most``, at least one of them."""
    low = keys.get("at_least", SHARE, 0.0, "smallest chance")
    high = keys.get("at_most", SHARE, 1.0, "largest chance")
    if low > high:
        keys.complain("at_least", f"{keys.value.path}: found at_least above at_most, expected the smaller first")
    return low, high


def _churn_risk(keys: Keys) -> tuple[float, float]:
    bounds = _between(keys)
    if not keys.has("at_most"):
        keys.need_also("at_least", SHARE.expected)
    return bounds


CHURN_RISK = Record("churn_risk", _churn_risk, "a mapping such as {at_least: 60%}")


def _predict(keys: Keys) -> Prediction | None:
    """``{order_in: 7d, at_least: 20%}`` or ``{churn_risk: {at_least: 60%}}``."""
    kind = keys.one_of(PREDICTED, "one prediction")
    order_in = keys.get("order_in", POSITIVE_DURATION, None, "an order within this time")
    risk = keys.get(
        "churn_risk",
        CHURN_RISK,
        None,
        "the customer has been lost",
    )
    low, high = _between(keys)
    if kind == "order_in":
        if not keys.has("at_most"):
            keys.need_also("at_least", SHARE.expected)
        return Prediction(order_in, low, high) if order_in else None
    for name in ("at_least", "at_most"):
        if kind and keys.has(name):
            keys.complain(name, f"{keys.value.path}: found '{name}' beside churn_risk, expected it inside")
    return Prediction(None, *risk) if risk else None


def _predictions(keys: Keys) -> Predictions:
    return Predictions(
        model=keys.get("model", MODEL, "mbg_nbd", "mbg_nbd: who bought once may be lost too; bg_nbd: nobody before"),
        refit=keys.get("refit", POSITIVE_DAYS, 30 * DAY, "how often the model is fitted anew"),
    )


MODEL: Reader[Literal["bg_nbd", "mbg_nbd"]] = Choice(("bg_nbd", "mbg_nbd"), "model")
PREDICTIONS: Reader[Predictions] = Record("predictions", _predictions)


def _segment(keys: Keys) -> Segment | None:
    names = keys.value.reading.names
    scope = ConditionScope(
        "a segment", segments=names.get("segment", ()), rfm=bool(names.get("rfm")), fields=own_fields(names)
    )
    who_reader = condition(scope)
    who = keys.get("if", who_reader, None, "who belongs to the segment")
    did = _deed(keys)
    predict = keys.get("predict", Record("predict", _predict), None, "a chance predicted from the customer's orders")
    refresh = keys.get("refresh", POSITIVE_DAYS, None, "how often its members are found anew; else at every question")
    about = keys.get("about", TEXT, "", "the segment in words")
    static = static_segment(keys, about)
    if static is not None:
        return static
    if not any(keys.has(name) for name in ("did", "predict", *DEED_KEYS)):
        keys.need_also("if", who_reader.expected)
        if who is None:
            return None
    return Segment(keys.value.path.rpartition(".")[2], who, about, did, predict, refresh)


SEGMENT: Reader[Segment] = Record("segment", _segment, 'a mapping such as {if: "orders >= 1"} or {static: true}')


def in_order_of_need(value: Value, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Segments such that each stands behind those that its condition asks for; complains about circles."""
    waiting = {segment.name: segment for segment in segments}
    needs = {name: _asked_segments(segment) & waiting.keys() for name, segment in waiting.items()}
    ordered: list[Segment] = []
    while waiting:
        ready = [name for name in waiting if not needs[name] & waiting.keys()]
        if not ready:
            first = next(iter(waiting))
            mark = value.node.entries[first][0]
            value.complain(f"segments: found a circle, {' and '.join(waiting)} ask for one another", mark)
            return segments
        ordered += [waiting.pop(name) for name in ready]
    return tuple(ordered)


def _asked_segments(segment: Segment) -> set[str]:
    if segment.condition is None:
        return set()
    paths = [part.path for part in walk(segment.condition) if isinstance(part, Field)]
    return {path.removeprefix("segment.") for path in paths if path.startswith("segment.")}
