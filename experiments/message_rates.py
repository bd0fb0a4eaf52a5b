"""Rates of single e-mails by kind beside what others published: ``docs/explanation/message-rates-table.md``.

::

    crmsim run reference --tail 0 --replications 8 --log all --out runs/rates
    python -m experiments.message_rates runs/rates > docs/explanation/message-rates-table.md

Like is compared with like: rates per delivered e-mail, each open and click of an e-mail counted once, privacy
proxies among the opens.  An order belongs to the customer's last e-mail, push or message that was opened or clicked
at most five days before (``ordered``), or to the last click at most three days before (``ordered_of_clicks``): a
claim as the publishers make it, with what would have come by itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from ruamel.yaml import YAML

from experiments.claims import TOLD_AGAIN, WINDOW
from experiments.runfolder import Manifest, RunFolderError, open_complete
from experiments.shares import plain_share
from experiments.statistics import Estimate
from strategies.vocabulary import DAY

Floats = NDArray[np.float64]
Role = Literal["target", "check", "exempt"]
Counts = Mapping[tuple[str, str], Floats]
"""(kind, event) → how often by replication, (R,)."""

ANY_CHAIN = "any_chain"
CREDIT = 5 * DAY
"""How long the publishers credit an order to an e-mail that was opened or clicked."""

RATES: Mapping[str, tuple[str, str, str]] = {
    "opened": ("opened", "delivered", "opened of delivered"),
    "clicked": ("click", "delivered", "clicked of delivered"),
    "click_to_open": ("click", "opened", "clicked of opened"),
    "ordered": ("touched_order", "delivered", "orders of delivered"),
    "ordered_of_clicks": ("clicked_order", "click", "orders of clicks"),
    "unsubscribed": ("unsubscribed", "delivered", "unsubscribed of delivered"),
    "complained": ("complained", "delivered", "complained of delivered"),
    "goal_reached": ("goal_reached", "chain_entered", "goal reached of entered"),
}
"""Rate → numerator, denominator, words."""

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


@dataclass(frozen=True)
class Norm:
    """What others published of one rate of one kind of e-mail; values by source, each one number or a range."""

    kind: str
    rate: str
    role: Role
    published: Mapping[str, tuple[float, ...]]
    because: str = ""

    @property
    def low(self) -> float:
        """The smallest published value."""
        return min(value for values in self.published.values() for value in values)

    @property
    def high(self) -> float:
        """The largest published value."""
        return max(value for values in self.published.values() for value in values)

    def times(self, value: float) -> float:
        """How many times the nearest published value a rate is; 1 within the range.

        >>> norm = Norm("digest", "clicked", "target", {"textbook": (0.02, 0.05)})
        >>> norm.times(0.03), round(norm.times(0.01), 2), round(norm.times(0.10), 2)
        (1.0, 0.5, 2.0)
        """
        nearest = min(max(value, self.low), self.high)
        return value / nearest if nearest > 0.0 else 1.0


@cache
def _file() -> Mapping[str, Any]:
    text = resources.files("experiments").joinpath("message_norms.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def scenario_name() -> str:
    """Name of the shipped scenario whose e-mails are compared."""
    return str(_file()["scenario"])


def sources() -> Mapping[str, Mapping[str, str]]:
    """Source → grade, text and, where there is one, url."""
    return {name: dict(source) for name, source in _file()["sources"].items()}


def kinds() -> Mapping[str, tuple[str, ...] | None]:
    """Kind → its chains or campaigns in the scenario; None: all chains."""
    return {name: None if chains is None else tuple(chains) for name, chains in _file()["kinds"].items()}


def norms() -> tuple[Norm, ...]:
    """All rows, in the order of the file."""
    return tuple(
        Norm(kind, rate, row["role"], dict(_published(row)), str(row.get("because", "")))
        for kind, rates in _file()["rates"].items()
        for rate, row in rates.items()
    )


def _published(row: Mapping[str, Any]) -> Iterator[tuple[str, tuple[float, ...]]]:
    for source, value in row.items():
        if source not in ("role", "because"):
            yield source, tuple(map(float, value if isinstance(value, list) else [value]))


# -------------------------------------------------------------------- what the model does


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


def page(folder: Path) -> str:
    """The whole page as Markdown."""
    manifest = open_complete(folder)
    found = measured(folder)
    head = HEAD.format(
        customers=manifest.customers,
        replications=manifest.replications,
        scenario=scenario_name(),
        days=manifest.days,
        seed=manifest.seed,
    )
    columns = ("e-mail", "rate", "role", "published (grade)", "model", "n", "verdict")
    table = f"| {' | '.join(columns)} |\n| {' | '.join(['---'] * len(columns))} |\n"
    table += "".join(_row(norm, *found[norm.kind, norm.rate]) for norm in norms())
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
    where = f"{norm.times(value):.2f} × the {'least' if value < norm.low else 'most'} published"
    certain = high < norm.low or low > norm.high
    return where if certain else f"{where}, not for certain"


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
    """Prints the page of a run folder."""
    parser = argparse.ArgumentParser(prog="python -m experiments.message_rates", description=__doc__)
    parser.add_argument("run", type=Path, help=f"folder of a run of {scenario_name()} with --log all")
    given = parser.parse_args(arguments)
    try:
        print(page(given.run), end="")
    except RunFolderError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
