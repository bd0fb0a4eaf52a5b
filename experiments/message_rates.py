"""Rates of single e-mails by kind beside what others published.

::

    crmsim run reference --tail 0 --replications 8 --log all --out runs/rates
    python -m experiments.message_rates runs/rates > experiments/message_rates.json
    python -m experiments.message_rates > docs/explanation/message-rates-table.md

The one table ``message_rates.json`` is what the page of the docs shows and what reports warn of
(:mod:`experiments.message_gaps`).

Like is compared with like: rates per delivered e-mail, each open and click of an e-mail counted once, privacy
proxies among the opens.  An order belongs to the customer's last e-mail, push or message that was opened or clicked
at most five days before (``ordered``), or to the last click at most three days before (``ordered_of_clicks``): a
claim as the publishers make it, with what would have come by itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.claims import TOLD_AGAIN, WINDOW
from experiments.message_norms import RATES, Measured, Norm, beside, kinds, norms, scenario_name, sources
from experiments.runfolder import Manifest, RunFolderError, open_complete
from experiments.shares import plain_share
from experiments.statistics import Estimate
from strategies.vocabulary import DAY

Floats = NDArray[np.float64]
Counts = Mapping[tuple[str, str], Floats]
"""(kind, event) → how often by replication, (R,)."""

CREDIT = 5 * DAY
"""How long the publishers credit an order to an e-mail that was opened or clicked."""

_CONTACT = ("delivered", "opened", "click", "unsubscribed", "complained")
_RUN = ("chain_entered", "goal_reached")
_WHO = ("replication", "customer")

HEAD = """\
# Rates of e-mails by kind

Made by `make rates`: {customers:,} customers × {replications} replications of `{scenario}`, {days} days, seed {seed}.
[Rates of triggered e-mails](message-rates.md) says what is compared and why. *target*: the model's numbers are set so
that the rate lies in the published range; *check*: never used to set a number; *exempt*: shown, not judged. Intervals:
95 %, over replications. Grades: B a platform's own study, C a secondary page. n: the model's denominator.

"""

# -------------------------------------------------------------------- what the model does


def measured_of(folder: Path) -> Measured:
    """The rates of a run of the reference scenario.  Raises RunFolderError as :func:`measured` does."""
    told = open_complete(folder)
    return Measured(told.customers, told.replications, told.days, told.seed, measured(folder))


def measured(folder: Path) -> dict[tuple[str, str], tuple[Estimate, float]]:
    """(kind, rate) → the rate of a run's first arm with its interval, and its denominator.

    Raises RunFolderError where the run has no full event log.
    """
    manifest = open_complete(folder)
    if manifest.log != "all":
        raise RunFolderError(f"{folder} ran with --log {manifest.log}; expected all, for the orders")
    counts = _counts(_events(folder, manifest), manifest.replications)
    result = {}
    for norm in norms():
        above, below, _ = RATES[norm.rate]
        top, bottom = counts[norm.kind, above], counts[norm.kind, below]
        result[norm.kind, norm.rate] = (plain_share(top, bottom), float(bottom.sum()))
    return result


def _events(folder: Path, manifest: Manifest) -> pl.DataFrame:
    """What the counts need of the log: customers outside the control group, in order of time."""
    reason = pl.col("reason").cast(pl.String).fill_null("")
    wanted = pl.col("event").cast(pl.String).is_in([*_CONTACT, *_RUN, "order"])
    again = reason.is_in([*TOLD_AGAIN, "reopened"])
    outside = pl.scan_parquet(folder / "customers.parquet").filter(~pl.col("control")).select(_WHO)
    return (
        pl.scan_parquet(sorted((folder / "events").glob("part-*.parquet")))
        .filter((pl.col("arm").cast(pl.String) == manifest.arms[0].arm) & wanted & ~again)
        .filter(pl.col("time") < manifest.days * DAY)
        .with_columns(pl.col("event", "channel", "chain").cast(pl.String))
        .select(*_WHO, "time", "event", "channel", "chain", "contact")
        .join(outside, on=list(_WHO), how="semi")
        .sort("time", *_WHO)
        .collect()
    )


def _counts(events: pl.DataFrame, replications: int) -> Counts:
    orders = events.filter(pl.col("event") == "order").select(*_WHO, "time")
    touches = events.filter(pl.col("event").is_in(["opened", "click"]) & pl.col("contact").is_not_null())
    clicks = touches.filter(pl.col("event") == "click")
    rows = pl.concat(
        [
            events.select("replication", "event", "channel", "chain"),
            _credited(orders, touches, CREDIT, "touched_order"),
            _credited(orders, clicks, WINDOW, "clicked_order"),
        ]
    ).filter((pl.col("channel") == "email") | pl.col("event").is_in(_RUN))
    result: dict[tuple[str, str], Floats] = {}
    digests = kinds()["digest"] or ()
    for kind, chains in kinds().items():
        mine = rows.filter(~pl.col("chain").is_in(digests) if chains is None else pl.col("chain").is_in(chains))
        for event in {part for above, below, _ in RATES.values() for part in (above, below)}:
            found = mine.filter(pl.col("event") == event)["replication"].to_numpy()
            result[kind, event] = np.bincount(found, minlength=replications).astype(np.float64)
    return result


def _credited(orders: pl.DataFrame, touches: pl.DataFrame, window: int, event: str) -> pl.DataFrame:
    """Orders that belong to the customer's last touch within ``window`` seconds."""
    last = touches.select(*_WHO, "time", "channel", "chain")
    joined = orders.join_asof(
        last, on="time", by=list(_WHO), strategy="backward", tolerance=window, check_sortedness=False
    )
    credited = joined.filter(pl.col("channel").is_not_null())
    return credited.select("replication", pl.lit(event).alias("event"), "channel", "chain")


# -------------------------------------------------------------------- the page


def page(found: Measured) -> str:
    """The whole page as Markdown."""
    head = HEAD.format(
        customers=found.customers,
        replications=found.replications,
        scenario=scenario_name(),
        days=found.days,
        seed=found.seed,
    )
    columns = ("e-mail", "rate", "role", "published (grade)", "model", "n", "verdict")
    table = f"| {' | '.join(columns)} |\n| {' | '.join(['---'] * len(columns))} |\n"
    table += "".join(_row(norm, *found.rates[norm.kind, norm.rate]) for norm in norms())
    told = [f"- *{norm.kind}, {RATES[norm.rate][2]}*: {norm.because}." for norm in norms() if norm.because]
    listed = [f"- `{name}` ({source['grade']}): {_with_link(source)}" for name, source in sources().items()]
    return head + table + "\nExempt, because\n\n" + "\n".join(told) + "\n\nSources\n\n" + "\n".join(listed) + "\n"


def row_start(norm: Norm) -> str:
    """What a row of the table says before the model speaks."""
    return "| " + " | ".join((norm.kind, RATES[norm.rate][2], norm.role, _values(norm))) + " | "


def _values(norm: Norm) -> str:
    return ", ".join(
        f"{'–'.join(map(_percent, values))} {name} ({sources()[name]['grade']})"
        for name, values in norm.published.items()
    )


def _row(norm: Norm, figure: Estimate, count: float) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        model, verdict = "–", "nothing seen"
    else:
        model = f"{_percent(figure.value)} ({_percent(figure.low)} … {_percent(figure.high)})"
        verdict = _verdict(norm, figure.value, figure.low, figure.high)
    return f"{row_start(norm)}{model} | {count:,.0f} | {verdict} |\n"


def _verdict(norm: Norm, value: float, low: float, high: float) -> str:
    """Inside the published range, or how far beside its nearest end, and whether the whole interval lies there."""
    if norm.role == "exempt":
        return "–"
    if norm.low <= value <= norm.high:
        return "inside"
    where = beside(norm, value)
    return where if norm.certainly_beside(low, high) else f"{where}, not for certain"


def _percent(share: float) -> str:
    """A share in per cent, with two significant digits or more.

    >>> _percent(0.2291), _percent(0.0831), _percent(0.00024), _percent(0.0)
    ('22.9 %', '8.3 %', '0.024 %', '0 %')
    """
    if share == 0.0:
        return "0 %"
    digits = 1 if share >= 0.01 else 2 if share >= 0.001 else 3
    return f"{share * 100:.{digits}f} %"


def _with_link(source: Mapping[str, str]) -> str:
    return f"[{source['text']}]({source['url']})" if "url" in source else source["text"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints what a run measured as JSON, or the page of what was measured last."""
    parser = argparse.ArgumentParser(prog="python -m experiments.message_rates", description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", help=f"folder of a run of {scenario_name()} with --log all")
    given = parser.parse_args(arguments)
    try:
        print(measured_of(given.run).to_json() if given.run else page(Measured.shipped()), end="")
    except RunFolderError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
