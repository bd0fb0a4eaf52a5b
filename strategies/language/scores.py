"""RFM: how scores are cut and weighed, and which cells have a name."""

from __future__ import annotations

from typing import Literal

from strategies.conditions import Expression, Field, walk
from strategies.language.fields import ConditionScope, FieldInfo
from strategies.language.reader import Checked, Choice, Either, ListOf, Reader, Value, number, whole
from strategies.language.records import Keys, MapOf, Record
from strategies.language.units import NAME, POSITIVE_DAYS
from strategies.language.words import condition
from strategies.limits import MAX_CELLS
from strategies.segments import RfmSettings
from strategies.vocabulary import DAY

CELL_FIELDS = ("r", "f", "m", "score", "orders")
"""What a cell may ask: the scores as ``best`` turns them, their weighted mean, orders of the period."""
_CELL_SCOPE = ConditionScope(
    "a cell of rfm", fields={name: FieldInfo(name, "number", "score of a customer") for name in CELL_FIELDS}
)

Edges = Literal["quantile"] | tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]
QUANTILE: Reader[Literal["quantile"]] = Choice(("quantile",))
LEVELS = whole(at_least=3, at_most=5)
LEVEL_NUMBER = whole(at_least=1, at_most=5)
WEIGHT = number(at_least=0, at_most=1000)


def _edges(keys: Keys) -> Edges:
    edge_list = ListOf(number(at_least=0), at_least=1)
    edges = (
        keys.need("recency", edge_list, (), "days"),
        keys.need("frequency", edge_list, (), "orders"),
        keys.need("monetary", edge_list, (), "currency units"),
    )
    for name, values in zip(("recency", "frequency", "monetary"), edges, strict=True):
        if list(values) != sorted(set(values)):
            keys.complain(name, f"{keys.value.path}.{name}: found edges out of order, expected them to rise")
    return edges


EDGES: Reader[Edges] = Either(QUANTILE, Record("edges", _edges))


def _weights(keys: Keys) -> tuple[float, float, float]:
    weights = (
        keys.get("r", WEIGHT, 1.0, "recency"),
        keys.get("f", WEIGHT, 1.0, "frequency"),
        keys.get("m", WEIGHT, 1.0, "money"),
    )
    if sum(weights) == 0:
        keys.value.complain(f"{keys.value.path}: found weights that are all 0, expected one above")
    return weights


def _cell(value: Value, condition: Expression) -> Expression | None:
    """Cells divide customers by their scores alone."""
    foreign = [part.path for part in walk(condition) if isinstance(part, Field) and part.path not in CELL_FIELDS]
    if foreign:
        value.complain(f"{value.where}: found '{foreign[0]}', expected only: {', '.join(CELL_FIELDS)}")
        return None
    return condition


def _not_too_many(value: Value, cells: dict[str, Expression]) -> dict[str, Expression] | None:
    if len(cells) <= MAX_CELLS:
        return cells
    value.complain(f"{value.where}: found {len(cells)} cells, expected at most {MAX_CELLS}")
    return None


def _rfm(keys: Keys) -> RfmSettings:
    levels = keys.get("levels", LEVELS, 5, "scores per dimension")
    best = keys.get("best", LEVEL_NUMBER, levels, "which score is the best: 1 or the highest")
    if best not in (1, levels):
        keys.complain("best", f"{keys.value.path}.best: found {best}, expected 1 or {levels}")
    edges = keys.get("edges", EDGES, "quantile", "how the scores are cut")
    if edges != "quantile" and any(len(cut) != levels - 1 for cut in edges):
        text = f"{keys.value.path}.edges: found lists of other lengths, expected {levels - 1} edges for {levels} levels"
        keys.complain("edges", text)
    return RfmSettings(
        period=keys.get("period", POSITIVE_DAYS, 365 * DAY, "how far back orders count"),
        levels=levels,
        best=best,
        edges=edges,
        refresh=keys.get("refresh", POSITIVE_DAYS, 30 * DAY, "how often the scores are made anew"),
        weights=keys.get("weights", Record("weights", _weights), (1.0, 1.0, 1.0), "of r, f and m in rfm.score"),
        cells=tuple(keys.get("cells", CELLS, {}, "named cells in place of the usual ones").items()),
    )


_CELLS: Reader[dict[str, Expression]] = MapOf(Checked(condition(_CELL_SCOPE), _cell), NAME)
CELLS: Reader[dict[str, Expression]] = Checked(_CELLS, _not_too_many)
RFM: Reader[RfmSettings] = Record("rfm", _rfm)
