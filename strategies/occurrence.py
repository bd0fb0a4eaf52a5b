"""What happens to customers, as one value: an event of the map or a moment, with customers, times, keys, attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel.luck import Keys

Int64s = NDArray[np.int64]


NO_EVENT = -1
"""Stands for the code of an event where there is none."""


@dataclass(slots=True)
class Occurrence:
    """One event of different customers, or a moment that starts chains.  All arrays (n,).  Nobody changes one.

    event: its code, NO_EVENT for a moment; customer: stacked index; time: seconds; key: of each occurrence.
    category: code of its text attributes, value: its number, fixed-point ×10,000
    (:class:`strategies.vocabulary.Attribute`); None: it has none.
    """

    event: int
    customer: Int64s
    time: Int64s
    key: Keys
    category: Int64s | None = None
    value: Int64s | None = None

    @property
    def size(self) -> int:
        """Number of customers."""
        return int(self.customer.size)

    def with_key(self, key: Keys) -> Occurrence:
        """The same with keys of its own.  key: (n,)."""
        return Occurrence(self.event, self.customer, self.time, key, self.category, self.value)

    def take(self, index: Int64s) -> Occurrence:
        """The customers at ``index``.

        >>> import numpy as np
        >>> two = Occurrence(3, np.array([7, 9]), np.array([60, 90]), np.array([1, 2], np.uint64), np.array([0, 4]))
        >>> two.take(np.array([1])).category
        array([4])
        """
        return Occurrence(
            self.event,
            self.customer.take(index),
            self.time.take(index),
            self.key.take(index),
            None if self.category is None else self.category.take(index),
            None if self.value is None else self.value.take(index),
        )
