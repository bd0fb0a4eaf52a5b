"""The customers of one arm among all stacked ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ArmCustomers:
    """Stacked customers from ``first`` to before ``last``."""

    first: int
    last: int

    @cached_property
    def _size(self) -> NDArray[np.uint64]:
        return np.array(self.last - self.first, np.uint64)

    def among(self, customer: Int64s) -> Bools:
        """(n,) which of the customers are the arm's."""
        own: Bools = (customer - self.first).view(np.uint64) < self._size  # what is negative is huge without a sign
        return own

    def positions(self, customer: Int64s) -> Int64s:
        """Positions in ``customer`` of the arm's.

        >>> import numpy as np
        >>> ArmCustomers(10, 20).positions(np.array([5, 10, 19, 20]))
        array([1, 2])
        """
        return self.among(customer).nonzero()[0]
