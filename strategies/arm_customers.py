"""The customers of one arm among all stacked ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ArmCustomers:
    """Stacked customers from ``first`` to before ``last``."""

    first: int
    last: int

    def among(self, customer: Int64s) -> Bools:
        """(n,) which of the customers are the arm's."""
        return (customer >= self.first) & (customer < self.last)

    def positions(self, customer: Int64s) -> Int64s:
        """Positions in ``customer`` of the arm's.

        >>> import numpy as np
        >>> ArmCustomers(10, 20).positions(np.array([5, 10, 19, 20]))
        array([1, 2])
        """
        return self.among(customer).nonzero()[0]
