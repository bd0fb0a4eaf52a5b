"""The days of a run and those that its file states: in their proportion is taken what is meant for the file's days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.metrics import Metric
from strategies.brief import Kpi


@dataclass(frozen=True)
class Periods:
    """Days of horizon and tail: of the run, and of its file."""

    run: tuple[int, int]
    stated: tuple[int, int]

    @classmethod
    def of(cls, run: tuple[int, int], entry: Mapping[str, Any]) -> Periods | None:
        """From the manifest's entry of an arm; None where the run has the days of the file.

        Folders of earlier versions tell the file's horizon in the arm's brief.
        """
        if stated := entry.get("stated_days"):
            return cls(run, (int(stated[0]), int(stated[1])))
        if part := entry.get("brief", {}).get("budget_part"):
            return cls(run, (int(part[1]), run[1]))
        return None

    def of_target(self, kpi: Kpi, metric: Metric) -> tuple[int, int] | None:
        """Days of the run and of the file in whose proportion a target is taken; None where it stays as it is.

        What the strategy does (messages, costs, losses, any difference from silence) grows with the days of the
        horizon; what customers do anyway grows with those of the tail too.

        >>> from experiments.metrics import catalogue
        >>> periods, orders = Periods((28, 90), (90, 90)), catalogue()["orders"]
        >>> periods.of_target(Kpi("orders"), orders), periods.of_target(Kpi("orders", against_silence=True), orders)
        ((118, 180), (28, 90))
        >>> periods.of_target(Kpi("romi"), catalogue()["romi"])
        """
        if not metric.cumulative:
            return None
        everywhere = metric.period == "whole" and metric.goes_on and not kpi.against_silence
        run, stated = (
            sum(days) if everywhere else days[1] if metric.period == "tail" else days[0]
            for days in (self.run, self.stated)
        )
        return (run, stated) if run != stated and stated else None
