"""Limited places: who of those that ask for one in a settlement period gets it.

Requests compete by (rank, time, key).  What is settled, recorded and replayed is the *cut*, the last request of
each world that gets a place; everybody else follows from it without knowing of one another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_ALL, _NONE = np.iinfo(np.int64).max, np.iinfo(np.int64).min


def last_granted(
    world: Int64s, rank: Int64s, time: Int64s, key: luck.Keys, places: Int64s, takes: Int64s | None = None
) -> Int64s:
    """The cut: (worlds, 3) rank, time and key of the last request that gets a place.

    world, rank, time, key: (n,) of the requests; places: (worlds,); takes: (n,) places that each request takes, all of
    which it gets or none; None: one.  Nobody goes before who stands in front of him.  Where there are more places than
    the requests take the cut lies behind them all, where there are none before them all.
    """
    cut = np.where(places[:, None] > 0, _ALL, _NONE) * np.ones((1, 3), np.int64)
    if world.size == 0:
        return cut
    signed = key.view(np.int64)
    sequence = np.lexsort((signed, time, rank, world))
    whose = world.take(sequence)
    begins = np.searchsorted(whose, whose, side="left")
    total = np.arange(1, whose.size + 1) if takes is None else np.cumsum(takes.take(sequence))
    total = total - np.where(begins > 0, total.take(begins - 1), 0)  # up to and with each request of its world
    room = places.take(whose)
    short = np.unique(whose[total >= room])
    cut[short] = _NONE
    inside = (total <= room).nonzero()[0]
    last = inside[np.append(whose.take(inside)[1:] != whose.take(inside)[:-1], True)] if inside.size else inside
    last = sequence.take(last[np.isin(whose.take(last), short)])
    cut[world[last]] = np.stack([rank[last], time[last], signed[last]], axis=1)
    return cut


def granted(cut: Int64s, world: Int64s, rank: Int64s, time: Int64s, key: luck.Keys) -> Bools:
    """(n,) which requests lie up to the cut of their world."""
    signed = key.view(np.int64)
    last_rank, last_time, last_key = cut[world].T
    inside: Bools = (rank < last_rank) | (
        (rank == last_rank) & ((time < last_time) | ((time == last_time) & (signed <= last_key)))
    )
    return inside
