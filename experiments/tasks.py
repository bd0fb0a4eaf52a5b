"""Tasks that chains give to teams, and what became of them, for every command about contacts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from experiments.bounded import within_bounds
from experiments.contact_log import UNREACHABLE, ContactLog
from experiments.ledger import estimate_of_mean
from experiments.listing import Cell, Column, Listing
from experiments.reach import why_not
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL, Estimate, over_replications, without_p
from strategies.action_steps import TASKS, GiveWork
from strategies.step_tree import steps_within
from strategies.vocabulary import HOUR

_COLUMNS = (
    Column("", "Task"),
    Column("chain", ""),
    Column("step", ""),
    Column("message", ""),
    Column("work", ""),
    Column("team", ""),
    Column("asked", "Asked for", "number"),
    Column("reachable", "Reachable", "share"),
    Column("called", "Called, or done", "share"),
    Column("answered", "Answered", "share"),
    Column("hours", "Hours until then", "number"),
    Column("why_not", "Mostly not"),
)
_NOTE = (
    "Reachable: there is a number, and the consent that a call needs; other work needs neither, and nobody answers it. "
    "Caps and gaps count messages, not tasks."
)
MEANT_FOR_NOBODY = ("control", "holdout")


def tasks(log: ContactLog, level: float = LEVEL) -> Listing:
    """Listing ``tasks``: every task that chains give a team, customers outside the control group, in the horizon."""
    rows = list(_rows(log, level))
    title = "Tasks that teams are asked to do, a mean per 1,000 customers"
    return Listing("tasks", title, _COLUMNS, rows, _NOTE, optional=True)


def with_tasks(log: ContactLog, listings: list[Listing], level: float = LEVEL) -> list[Listing]:
    """The listings, and behind them ``tasks``; without teams the listing is empty."""
    return [*listings, tasks(log, level)]


def _rows(log: ContactLog, level: float) -> Iterator[list[Cell]]:
    people = log.by_replication(log.customers)
    for chain in log.scenario.chains:
        for step in steps_within(chain.steps):
            if not isinstance(step, TASKS):
                continue
            here = (pl.col("chain") == chain.name) & (pl.col("step") == step.path)
            mine = log.tasks.filter(here & ~pl.col("reason").is_in(MEANT_FOR_NOBODY).fill_null(False))
            total = log.by_replication(mine)
            unreachable = log.by_replication(mine, pl.col("reason").is_in(UNREACHABLE).fill_null(False))
            called = log.by_replication(mine, pl.col("called"))
            not_called = mine.filter(~pl.col("called")).with_columns(pl.col("reason").fill_null("still waiting"))
            message, work = ("", step.name) if isinstance(step, GiveWork) else (step.message, "")
            yield [
                f"{chain.name} {step.path}: {step.team} " + (work or f"about {message}"),
                chain.name,
                step.path,
                message,
                work,
                step.team,
                rate(total, people / 1_000.0, level),
                None if work else plain_share(total - unreachable, total, level),
                plain_share(called, total, level),
                None if work else plain_share(log.by_replication(mine, pl.col("answered")), called, level),
                _hours(log, mine, level),
                why_not(log, not_called, people, level),
            ]


def _hours(log: ContactLog, mine: pl.DataFrame, level: float) -> Estimate | None:
    """Mean time until a task is carried out, in hours; None where none was."""
    made = mine.filter(pl.col("called"))
    if made.is_empty():
        return None
    hours = np.sort((made["called_at"] - made["asked"]).to_numpy() / HOUR)
    within = estimate_of_mean(hours, level)
    count = log.by_replication(made)
    if log.replications < 2 or not count.all():
        return within
    sums = log.by_replication(made, (pl.col("called_at") - pl.col("asked")) / HOUR)
    figure = without_p(over_replications(sums / count, level, within))
    return within_bounds(figure)
