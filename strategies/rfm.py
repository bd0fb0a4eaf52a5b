"""RFM scores: recency, frequency, monetary value over a period, renewed on a rhythm.

Quantile edges depend on the whole base, so they are shared state of a world, settled at each
refresh; each customer's scores follow from the edges and hold until the next refresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.shared import SharedState
from strategies.conditions import Asked, Column, Field
from strategies.evaluate import evaluate
from strategies.limits import CELL
from strategies.observed import UNKNOWN_RFM
from strategies.segments import RfmSettings
from strategies.vocabulary import DAY, EVENT_CODE, MONEY_UNIT, RFM_CELLS

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
_CELL = {name: code for code, name in enumerate(RFM_CELLS)}


class RfmScores:
    """RFM of one arm's customers.

    A customer without an order in the period has no scores (0, unknown to conditions) and stands in
    the cell ``other``.
    """

    def __init__(self, engine: Engine, settings: RfmSettings) -> None:
        self.engine = engine
        self.settings = settings
        self._edges = np.zeros((engine.worlds, 3, settings.levels - 1))
        self._measures: tuple[Floats, Floats, Floats] | None = None

    def declare(self, shared: SharedState, first: int) -> None:
        """Declare the edges (worlds, 3, levels - 1) as shared state with the refresh as its period."""
        name = f"rfm:{self.engine.arm}"
        self._edges = shared.declare(name, self.settings.refresh, self._edges, self._settle, first, self._score)

    def _settle(self, time: int) -> Floats:
        engine, levels = self.engine, self.settings.levels
        self._measures = self._measure(time)
        edges = np.zeros_like(self._edges)
        if self.settings.edges != "quantile":
            edges[:] = np.array(self.settings.edges, np.float64)
            return edges
        shares = np.arange(1, levels) / levels
        counted = self._measures[1].reshape(engine.worlds, -1) > 0
        for dimension, measure in enumerate(self._measures):
            by_world = measure.reshape(engine.worlds, -1)
            for world in range(engine.worlds):
                values = by_world[world][counted[world]]
                if values.size:
                    edges[world, dimension] = np.quantile(values, shares, method="inverted_cdf")
        return edges

    def _measure(self, time: int) -> tuple[Floats, Floats, Floats]:
        """Days since the last order, orders and revenue in the period, (customers,) each."""
        engine = self.engine
        mine = slice(engine.first_customer, engine.first_customer + engine.customers)
        last = engine.observed.last_of(EVENT_CODE["order"])[mine].astype(np.float64)
        recency = np.where(last == NEVER, np.inf, (time - last) / DAY)
        customer, when, value = engine.observed.book.arrays()
        inside = (when > time - self.settings.period) & (when <= time)
        inside &= (customer >= mine.start) & (customer < mine.stop)
        local = customer[inside] - engine.first_customer
        frequency = np.bincount(local, minlength=engine.customers).astype(np.float64)
        # Money is whole numbers below 2^53, so these float sums are exact in any order.
        monetary = np.bincount(local, value[inside].astype(np.float64), engine.customers) / MONEY_UNIT
        return recency, frequency, monetary

    def _score(self, time: int) -> None:
        """Scores 1 … levels (``best`` at the good end) and named cells of all customers."""
        assert self._measures is not None
        engine, levels = self.engine, self.settings.levels
        recency, frequency, monetary = self._measures
        world = np.repeat(np.arange(engine.worlds), engine.per_world)
        high = []
        for dimension, measure in enumerate((recency, frequency, monetary)):
            edges = self._edges[world, dimension]
            above = (measure[:, None] > edges).sum(axis=1)
            good = levels - 1 - above if dimension == 0 else above
            high.append(np.where(frequency > 0, good + 1, 0))
        mine = slice(engine.first_customer, engine.first_customer + engine.customers)
        scores = np.stack(high)
        if not self.settings.cells:
            engine.observed.rfm_cell[mine] = rfm_cells(scores, frequency, levels)
        if self.settings.best != levels:
            scores = np.where(scores > 0, levels + 1 - scores, 0)
        engine.observed.rfm[:, mine] = scores
        if self.settings.cells:
            engine.observed.rfm_cell[mine] = self._own_cells(scores, frequency)

    def _own_cells(self, scores: Int64s, orders: Floats) -> NDArray[np.int8]:
        """Codes of the scenario's own cells; the first whose condition holds counts."""
        known = scores[0] > 0
        score = weighted_score(scores, self.settings.weights)
        columns = {name: Column(values.astype(np.float64), known) for name, values in zip("rfm", scores, strict=True)}
        columns |= {"score": Column(score, known), "orders": Column(orders, known)}
        cells = np.full(orders.size, UNKNOWN_RFM, CELL)
        for code, (_, condition) in reversed(list(enumerate(self.settings.cells))):
            cells[evaluate(condition, lambda asked: columns[_path(asked)], orders.size)] = code
        return cells


def _path(asked: Field | Asked) -> str:
    assert isinstance(asked, Field), "cells ask for scores only"
    return asked.path


def cell_names(settings: RfmSettings | None) -> tuple[str, ...]:
    """Names of the cells by code; the last one, ``other``, is what none of them claims."""
    if settings is None or not settings.cells:
        return RFM_CELLS
    return (*(name for name, _ in settings.cells), "other")


def weighted_score(scores: Int64s, weights: tuple[float, float, float]) -> Floats:
    """(n,) weighted mean of the scores (3, n)."""
    total: Floats = scores[0] * weights[0] + scores[1] * weights[1] + scores[2] * weights[2]
    return total / sum(weights)


def rfm_cells(scores: Int64s, orders: Floats, levels: int) -> NDArray[np.int8]:
    """Named cells of 003 §7.6 from scores (3, n) with ``levels`` best; the first that fits counts.

    High are the best scores that fit into two fifths of the scale, at least one (of 5 levels two, of 3 or 4 one); low
    as many at the other end; medium what lies between.  New: one order, R high; champions: all high; loyal and
    small orders: R and F high, M medium or low; at risk: F and M high, R low; big spenders: R medium, F low, M high;
    hibernating: R and F low; UNKNOWN_RFM for ``other``.
    """
    ends = max(levels * 2 // 5, 1)
    high, low = scores > levels - ends, (scores <= ends) & (scores > 0)
    (r, f, m), (r_low, f_low, m_low) = high, low
    rules = (
        ("new", r & (orders == 1)),
        ("champions", r & f & m),
        ("loyal", r & f & ~m_low),
        ("small_orders", r & f),
        ("at_risk", r_low & f & m),
        ("big_spenders", ~r & ~r_low & f_low & m),
        ("hibernating", r_low & f_low),
    )
    cells = np.full(scores.shape[1], UNKNOWN_RFM, CELL)
    for name, fits in reversed(rules):
        cells[fits & (scores[0] > 0)] = _CELL[name]
    return cells
