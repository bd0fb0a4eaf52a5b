"""Windows of counting: rolling seconds, local days, weeks from Monday or Sunday, months."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, Calendar
from strategies.contact_policy import Cap
from strategies.observed import NEVER

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


def window(cap: Cap, kth: Int64s, time: Int64s, zone: Int64s, calendar: Calendar) -> tuple[Bools, Int64s]:
    """(is the window full, when does it open again), given the time of the k-th last counted contact.

    kth: (n,) company time, NEVER for none; zone: (n,) seconds that the row's clock is ahead of the company's.
    """
    if cap.rolling is not None:
        return kth > time - cap.rolling, kth + cap.rolling
    assert cap.calendar is not None
    now = time + zone
    if cap.days > 1:
        first = now // DAY - (cap.days - 1)
        day = (kth + zone) // DAY
        return (kth != NEVER) & (day >= first), (day + cap.days) * DAY - zone
    shift = DAY if cap.calendar == "week" and cap.week_from == "sunday" else 0
    full = (kth != NEVER) & (kth + zone >= calendar.period_start(now + shift, cap.calendar) - shift)
    if not full.any():
        return full, kth
    return full, calendar.next_period_start(now + shift, cap.calendar) - shift - zone
