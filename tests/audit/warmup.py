"""The plan of a warm-up as the auditor reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.audit.base import Row
from tests.audit.reading import Paper, share
from tests.audit.words import DAY, seconds


def plan_of_day(paper: Paper, time: int) -> int | None:
    """E-mails that the plan allows on the day of a time; None where no warm-up is on."""
    started = [(begin, sender) for begin, sender in paper.senders if begin <= time]
    if not started or "warmup" not in started[-1][1]:
        return None
    begin, sender = started[-1]
    day, days = (time - begin) // DAY, seconds(sender["warmup"]) / DAY
    if day >= days:
        return None
    return max(int(paper.base_size * share(sender.get("first_day", "1%")) ** (1 - day / days) + 1e-6), 1)


def beyond_the_plan(paper: Paper, rows: Iterable[Row]) -> Iterator[tuple[int, str]]:
    """(time, words) wherever more promo and content e-mails went out at once than the plan of the day had left.

    Places are given on whole hours, of what was sent since midnight.
    """
    if not paper.senders:
        return
    moments: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row.event == "sent" and row.channel == "email":
            moments[row.time].append(paper.messages[row.message].purpose)
    day, before = -1, 0
    for time, purposes in sorted(moments.items()):
        if time // DAY != day:
            day, before = time // DAY, 0
        plan = plan_of_day(paper, time)
        bound = sum(purpose in ("promo", "content") for purpose in purposes)
        if plan is not None and bound > max(plan - before, 0):
            yield time, f"{bound} e-mails at once, where the plan of the day left {max(plan - before, 0)}"
        before += len(purposes)
