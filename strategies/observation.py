"""What is observed of customers, as one value: an event of the map with its customers, times, keys and attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel.luck import Keys

Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Observation:
    """One event of different customers.  All arrays (n,).

    event: its code; customer: stacked index; time: seconds; key: of each occurrence.  category: code of its text
    attributes, value: its number, fixed-point ×10,000 (:class:`strategies.vocabulary.Attribute`); None: it has none.
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

    def take(self, index: Int64s) -> Observation:
        """The customers at ``index``.

        >>> import numpy as np
        >>> two = Observation(3, np.array([7, 9]), np.array([60, 90]), np.array([1, 2], np.uint64), np.array([0, 4]))
        >>> two.take(np.array([1])).category
        array([4])
        """
        return Observation(
            self.event,
            self.customer.take(index),
            self.time.take(index),
            self.key.take(index),
            None if self.category is None else self.category.take(index),
            None if self.value is None else self.value.take(index),
        )
