"""Segments as the auditor reads them: conditions, deeds in exact times, members that stay until a refresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from tests.audit.conditions import Lookup, holds
from tests.audit.predictions import chance, clock
from tests.audit.reading import Paper, share
from tests.audit.schedules import in_season
from tests.audit.words import DAY, Raw, listed, seconds


class Memberships:
    """One customer's segments.  deeds: (time, event, category) of everything that was observed, in order.

    zone: seconds that the customer's clock is ahead.
    """

    def __init__(self, paper: Paper, fits: list[list[float]], registered: int | None, zone: int) -> None:
        self.zone = zone
        self.segments = paper.segments
        self.paper = paper
        self.fits = fits
        self.registered = registered
        self.deeds: list[tuple[int, str, str]] = []
        self.told: list[dict[str, Any]] = []
        """Attributes of each of the deeds."""
        self.kept: dict[str, bool] = {}

    def learn(self, event: str, time: int, category: str, attributes: dict[str, Any]) -> None:
        """Something was observed."""
        if event == "registered":
            self.registered = time
        self.deeds.append((time, event, category))
        self.told.append(attributes)

    def contains(self, name: str, time: int, lookup: Lookup) -> bool:
        """Whether the customer counts as a member."""
        return self.kept[name] if name in self.kept else self.found(name, time, lookup)

    def found(self, name: str, time: int, lookup: Lookup) -> bool:
        """Whether the definition holds now."""
        raw = self.segments[name]
        return (
            holds(raw.get("if"), lookup)
            and ("did" not in raw or self._did(raw, time))
            and ("predict" not in raw or self._predicted(raw["predict"], time))
        )

    def refresh(self, time: int, lookup: Lookup) -> None:
        """At a company midnight the segments of that rhythm find their members anew, those they ask for first."""
        due = [name for name, raw in self.segments.items() if "refresh" in raw and time % seconds(raw["refresh"]) == 0]
        for name in due:
            self.kept.pop(name, None)
        self.kept |= {name: self.found(name, time, lookup) for name in due}

    def _predicted(self, raw: Raw, time: int) -> bool:
        days = sorted({when // DAY for when, event, _ in self.deeds if event == "order"})
        refit = time // seconds(self.paper.predictions.get("refit", "30d"))
        if not days or not self.fits[refit][0]:
            return False
        model = self.paper.predictions.get("model", "mbg_nbd")
        bounds = raw.get("churn_risk", raw)
        horizon = seconds(raw["order_in"]) / DAY if "order_in" in raw else None
        begin, counted = clock(days, self.registered, self.paper.records)
        found = chance(self.fits[refit], begin, counted, time // DAY, horizon, model)
        return share(bounds.get("at_least", 0.0)) <= found <= share(bounds.get("at_most", 1.0))

    def _did(self, raw: Raw, time: int) -> bool:
        by_category = raw.get("same") == "category"
        lines: dict[str, list[int]] = {}
        for when, category in self._times(raw["did"], raw.get("during", {})):
            if category or not by_category:
                lines.setdefault(category if by_category else "", []).append(when)
        last_refused = max((when for when, _ in self._times(raw.get("but_not"), {})), default=None)
        quiet, times = seconds(raw.get("for", "0s")), raw.get("times", 1)
        for line in lines.values():
            if len(line) < times:
                continue
            first, last = line[-times], line[-1]
            in_time = time - last >= quiet and ("within" not in raw or time - first < seconds(raw["within"]) + quiet)
            if in_time and (last_refused is None or last_refused < last):
                return True
        return False

    def _times(self, raw: Any, during: Raw) -> Iterator[tuple[int, str]]:
        """(time, category) of what counts as the happening ``raw`` on the days ``during``."""
        asked = raw if isinstance(raw, dict) else {"any": listed(raw)}
        wanted = listed(asked.get("any", asked.get("event")))
        for (when, event, category), told in zip(self.deeds, self.told, strict=True):
            day = self.paper.start + dt.timedelta(days=(when + self.zone) // DAY)
            in_days = in_season(str(during.get("from", "")), str(during.get("to", "")), day)
            if (
                event in wanted
                and in_days
                and holds(asked.get("if"), lambda path, told=told: told.get(path.removeprefix("trigger.")))
            ):
                yield when, category
