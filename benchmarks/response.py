"""What relevance, delay and frequency do to answers: facts that no number of the model was set to.

    python -m benchmarks.response [--customers 4000] [--replications 4] [--parameters '{response: {click_fit: 2.6}}']

Prints a Markdown table of ratios over customers like those of the default shop, under e-mail alone:

* the same weekly letter with goods of the category looked at last, or liked best, against none (60 days): clicks and
  claimed orders per letter;
* one letter about one category: visits that it adds in 14 days, among those who like the category best against the
  others;
* a cart letter after 20 minutes, an hour, a day: claimed orders per letter, 20 minutes as 1 (60 days);
* one, three and six letters a week: clicks per letter, one as 1 (60 days).

Claims are those of the reports (last tracked click, three days).  Intervals: jackknife over replications, 95 %.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.claims import last_click
from experiments.plan import Settings, make_plan
from experiments.ratios import jackknife_relative
from experiments.runner import run_plan
from experiments.statistics import LEVEL, Estimate
from experiments.tables import SILENT, RunTables
from sim.population_file import load_population
from strategies.language import load_scenario

SHOP = Path(__file__).resolve().parent.parent / "configs" / "populations" / "online_shop.yaml"
NO_CHANGE = "parameters: {}"
HEAD = """\
scenario: Response
population: shop.yaml
horizon: {days}d
start: 2026-02-02
at_start: {{history: 365d, under: neutral, backlog: skip}}
channels: {{email: {{}}}}
"""
DAYS = ("Tue", "Fri", "Mon", "Wed", "Thu", "Sat")
WHO = ("replication", "customer")

Floats = NDArray[np.float64]
Rate = tuple[Floats, Floats]
"""Numerators and denominators by replication."""


def letter(attributes: str) -> str:
    """A message ``m`` for whichever job the reader has."""
    return f"messages: {{m: {{purpose: promo, topic: m, speaks_to: {{job: any}}{attributes}}}}}\n"


def weekly(times: int) -> str:
    """Campaigns that send it so often a week."""
    rows = (f'  c{n}: {{every: "{day} 10:00", to: "consent.email", send: {{email: m}}}}\n' for n, day in
            enumerate(DAYS[:times]))  # fmt: skip
    return "campaigns:\n" + "".join(rows)


def once(category: str) -> str:
    """One letter about one category in 30 days."""
    cap = "contact_policy: {caps: [{max: 1, per: 30d, then: drop}]}\n"
    return cap + f"messages: {{m: {{purpose: promo, topic: m, speaks_to: {{job: {category}}}}}}}\n" + weekly(1)


def cart(wait: str) -> str:
    """A letter with the cart's contents so long after it was left."""
    steps = f"[{{wait: {wait}}}, {{send: {{email: m}}}}]"
    chain = f"{{trigger: cart_abandoned, reenter: {{after: 7d}}, exit_on: [order, cart_emptied], steps: {steps}}}"
    return letter(", personal: [cart_items], fallback: bestsellers") + f"chains: {{cart: {chain}}}\n"


class Answers:
    """What customers did in the arms of one run."""

    def __init__(self, folder: Path, arms: Mapping[str, str], days: int, settings: Settings) -> None:
        files = [folder / f"{name}.yaml" for name in arms]
        for file, text in zip(files, arms.values(), strict=True):
            file.write_text(HEAD.format(days=days) + text, encoding="utf-8")
        home = folder / f"run-{'-'.join(arms)}"
        run_plan(make_plan([load_scenario(file) for file in files], list(arms), settings), home)
        tables = RunTables.read(home)
        assert tables.events is not None
        self.events = tables.events.with_columns(pl.col("arm", "event").cast(pl.String))
        self.replications = range(settings.replications)
        self.claims = last_click(tables.events, tables.outcomes, self.replications)
        self.latent = pl.read_parquet(home / "customers_latent.parquet").with_columns(
            pl.col("favourite_category").cast(pl.String)
        )

    def count(self, arm: str, event: str) -> Floats:
        """Events of an arm by replication."""
        mine = self.events.filter((pl.col("arm") == arm) & (pl.col("event") == event)).select("replication").collect()
        return self._by_replication(mine)

    def clicks(self, arm: str) -> Rate:
        """Clicks per letter."""
        return self.count(arm, "click"), self.count(arm, "delivered")

    def orders(self, arm: str) -> Rate:
        """Claimed orders per letter."""
        return self.claims.total("orders", arm), self.count(arm, "delivered")

    def added_visits(self, arms: Sequence[str], best: bool) -> Rate:
        """Visits that letters about a category add to those who like it best (or to the others), per customer."""
        top, bottom = np.zeros(len(self.replications)), np.zeros(len(self.replications))
        for category in arms:
            is_best = pl.col("favourite_category") == category
            group = self.latent.filter(is_best if best else ~is_best).select(WHO)
            bottom += self._by_replication(group)
            for arm, sign in ((category, 1.0), (SILENT, -1.0)):
                visits = self.events.filter((pl.col("arm") == arm) & (pl.col("event") == "site_visited"))
                top += sign * self._by_replication(visits.select(WHO).join(group.lazy(), on=WHO, how="semi").collect())
        return top, bottom

    def _by_replication(self, rows: pl.DataFrame) -> Floats:
        return np.bincount(rows["replication"].to_numpy(), minlength=len(self.replications)).astype(np.float64)


def report(customers: int, replications: int, parameters: str) -> None:
    """Simulate and print."""
    settings = Settings(customers, replications, log="all", latent=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        text = SHOP.read_text(encoding="utf-8")
        assert NO_CHANGE in text
        shop = folder / "shop.yaml"
        shop.write_text(text.replace(NO_CHANGE, f"parameters: {parameters}"), encoding="utf-8")
        print(f"{replications} × {customers:,} customers, parameters {parameters}\n\n| ratio | value |\n| --- | --- |")
        shown = letter(", personal: [favourite_category], fallback: bestsellers")
        relevance = Answers(folder, {"plain": letter("") + weekly(1), "shown": shown + weekly(1)}, 60, settings)
        _line("goods of interest shown: clicks", relevance.clicks("shown"), relevance.clicks("plain"))
        _line("goods of interest shown: claimed orders", relevance.orders("shown"), relevance.orders("plain"))
        categories = load_population(shop).categories
        about = Answers(folder, {name: once(name) for name in categories}, 14, settings)
        best, others = (about.added_visits(categories, best) for best in (True, False))
        _line("about one category: visits added, best liked : others", best, others)
        delays = Answers(folder, {f"after_{wait}": cart(wait) for wait in ("20m", "1h", "1d")}, 60, settings)
        for wait in ("1h", "1d"):
            _line(
                f"cart letter after {wait}: claimed orders", delays.orders(f"after_{wait}"), delays.orders("after_20m")
            )
        often = Answers(folder, {f"often_{n}": letter("") + weekly(n) for n in (1, 3, 6)}, 60, settings)
        for times in (3, 6):
            _line(f"{times} letters a week: clicks per letter", often.clicks(f"often_{times}"), often.clicks("often_1"))


def _line(what: str, ours: Rate, theirs: Rate) -> None:
    times: Estimate = jackknife_relative(ours, theirs, LEVEL)
    shown = "–" if times.value is None else f"{1 + times.value:.2f}"
    interval = "" if times.low is None or times.high is None else f" ({1 + times.low:.2f} … {1 + times.high:.2f})"
    print(f"| {what} | {shown}{interval} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=4_000)
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--parameters", default="{}", help="changes of the model's numbers, as in a population file")
    given = parser.parse_args()
    report(given.customers, given.replications, given.parameters)
