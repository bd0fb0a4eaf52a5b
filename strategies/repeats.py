"""How often something came before: what tells repeated reports of one cause apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.luck import Keys

Int64s = NDArray[np.int64]

_AGAIN = luck.purpose("strategies.repeats.again")


class Repeats:
    """Numbers the comings of each of many keys.

    It keeps 8 bytes for every coming, in sorted arrays each at least twice as long as the next; so to ask costs a
    search in a few of them, and to add costs, on average, a few sorts of what was added.
    """

    def __init__(self) -> None:
        self._levels: list[Keys] = []

    def number(self, key: Keys) -> Int64s:
        """(n,) how often each of these keys (all different) came before; they have come now.

        >>> import numpy as np
        >>> repeats = Repeats()
        >>> [repeats.number(np.array(keys, np.uint64)).tolist() for keys in ([7], [9, 7], [7, 8])]
        [[0], [0, 1], [2, 0]]
        """
        ordinal = np.zeros(key.size, np.int64)
        name = key.copy()
        index = self._known(name).nonzero()[0]
        while index.size:
            ordinal[index] += 1
            name[index] = luck.same_child(key.take(index), _AGAIN, ordinal.take(index))
            index = index[self._known(name.take(index))]
        self._add(name)
        return ordinal

    def _known(self, name: Keys) -> NDArray[np.bool_]:
        known = np.zeros(name.size, bool)
        for level in self._levels:
            known |= level.take(level.searchsorted(name), mode="clip") == name
        return known

    def _add(self, name: Keys) -> None:
        while self._levels and self._levels[-1].size < 2 * name.size:
            name = np.concatenate([self._levels.pop(), name])
        if name.size:
            self._levels.append(np.sort(name))
