"""What rows of other systems' files say of their customers, for conditions and parallel runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.chain_triggers import ExternalTrigger
from strategies.conditions import Column
from strategies.runs import NO_VALUE
from strategies.scenario import Chain
from strategies.vocabulary import MONEY_UNIT

Int64s = NDArray[np.int64]


class ExternalAttributes:
    """What the rows of the files say, by chain; an occurrence or a run has the row's place in its file as its value."""

    def __init__(self, chains: tuple[Chain, ...]) -> None:
        self._columns: dict[tuple[int, str], tuple[Int64s, tuple[str, ...] | None]] = {}
        """(chain, attribute) → (rows + 1,) values and the texts; the last place is that of no row."""
        for index, chain in enumerate(chains):
            if not isinstance(chain.trigger, ExternalTrigger):
                continue
            rows = chain.trigger.events.rows
            for number, column in enumerate(chain.trigger.events.columns):
                cells = [NO_VALUE if row.cells[number] is None else row.cells[number] for row in rows]
                self._columns[index, column.name] = np.array([*cells, NO_VALUE], np.int64), column.texts

    def values(self, chain: int, name: str, place: Int64s) -> Int64s:
        """(n,) numbers fixed-point ×10,000, or codes of texts; NO_VALUE where it is missing."""
        values, _ = self._columns[chain, name]
        return values.take(np.where(place == NO_VALUE, -1, place))

    def column(self, chain: int, name: str, place: Int64s) -> Column:
        """An attribute of rows as conditions read it."""
        values, texts = self.values(chain, name, place), self._columns[chain, name][1]
        known = values != NO_VALUE
        return Column(values / MONEY_UNIT, known) if texts is None else Column(values, known, texts)
