"""Windows of counting: rolling seconds, local days, weeks from Monday or Sunday, months."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, NEVER, Calendar
from sim.kernel.short import some
from strategies.contact_policy import Cap

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


def window(cap: Cap, kth: Int64s, time: Int64s, zone: Int64s, calendar: Calendar) -> tuple[Bools, Int64s]:
    """(is the window full, when does it open again), given the time of the k-th last counted contact.

    kth: (n,) company time, NEVER for none; zone: (n,) seconds that the row's clock is ahead of the company's.
    """
    if cap.rolling is not None:
        return kth > time - cap.rolling, kth + cap.rolling
    full = (kth != NEVER) & (kth >= begins(cap, time, zone, calendar))
    if not some(full):
        return full, kth
    if cap.days > 1:
        return full, ((kth + zone) // DAY + cap.days) * DAY - zone
    assert cap.calendar is not None
    shift = _shift(cap)
    return full, calendar.next_period_start(time + zone + shift, cap.calendar) - shift - zone


_LONGEST = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY}


def longest(cap: Cap) -> int:
    """Seconds of the longest window that a cap may ask for."""
    if cap.rolling is not None:
        return cap.rolling
    assert cap.calendar is not None
    return max(cap.days * DAY, _LONGEST[cap.calendar])


def begins(cap: Cap, time: Int64s, zone: Int64s, calendar: Calendar) -> Int64s:
    """(n,) company time of the first second of the window that ends at ``time``."""
    if cap.rolling is not None:
        return time - cap.rolling + 1
    if cap.days > 1:
        return ((time + zone) // DAY - (cap.days - 1)) * DAY - zone
    assert cap.calendar is not None
    shift = _shift(cap)
    return calendar.period_start(time + zone + shift, cap.calendar) - shift - zone


def _shift(cap: Cap) -> int:
    """How much earlier than Monday the row's weeks begin, in seconds."""
    return DAY if cap.calendar == "week" and cap.week_from == "sunday" else 0
