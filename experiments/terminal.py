"""A comparison on the terminal: the verdict and a compact table."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.assumed import population_words
from experiments.benchmarks import Zone
from experiments.comparison import Comparison
from experiments.figures import figure_text, p_text
from experiments.metrics import Unit
from experiments.overview import COLUMNS, WIDE_COLUMNS, Overview, head, overview, with_half_width
from experiments.rates import FEW_FIGURES, Rate, rate_table
from experiments.screen import Screen
from experiments.shown import unused
from experiments.targets import Targets
from experiments.titles import origins
from experiments.verdict import verdict

SHOWN = ("contribution", "contribution_horizon", "contribution_tail", "revenue", "orders", "marketing_cost",
         "points_owed", "romi", "sent", "open_rate", "click_rate", "unsubscribed", "taken_off", "complained",
         "fatigue", "inbox", "reachable_email", "truly_reachable_email")  # fmt: skip

MOST_ARMS = 8
"""Rates by channel of so many arms fit a wide screen; a narrow one has room for two."""

HEADS = ("Sent", "Delivered", "Opened", "Clicked", "Unsubscr.", "Complained")
"""Headings of :data:`experiments.rates.FEW_FIGURES`."""

STYLES: dict[Zone, str] = {"good": "green", "norm": "", "outside": "yellow", "alarm": "bold red"}

RATES_NOTE = (
    "Messages of the strategy in the horizon, with what came back later; good, norm, outside, alarm: what the source "
    "documents say of this channel; ?: the interval reaches into another zone. Opened: of a push that it was seen, of "
    "a messenger that it was read; a tap is a click."
)

TARGET_WIDTH, CELL_WIDTH = 29, 17
"""Columns that a target, and what became of it in one arm, should have."""

WIDE = 120
"""Columns of a screen from which on a figure and its interval stand on one line."""


def render(comparison: Comparison, console: Console | None = None) -> None:
    """Prints the verdict and the table; of several arms one line each, the long tables stand on the page.

    What holds of every run like this one is one line, which names where its sentences stand.
    """
    screen = console or Screen()
    said = verdict(comparison)
    several = len(comparison.arms) > 2
    screen.print(Text(said.headline, style="bold"))
    for origin in origins(comparison):
        screen.print(Text(origin.text(), style="dim"))
    if people := population_words(comparison.manifest):
        screen.print(Text(f"Population: {people}", style="dim"))
    for section in said.sections:
        if several and section.name == "chains":
            continue
        screen.print()
        screen.print(Text(section.title, style="bold cyan"))
        for sentence in section.short:
            line = Table.grid(padding=(0, 1))
            line.add_row("•", Text(sentence))
            screen.print(line)
        for part in target_tables(section.targets, screen.width) if section.targets else ():
            screen.print(part)
    screen.print()
    if several:
        found = overview(comparison, WIDE_COLUMNS if screen.width >= WIDE else COLUMNS)
        screen.print(overview_table(found))
        screen.print(Text(found.note))
    else:
        screen.print(table(comparison, screen.width >= WIDE))
    if several and (screen.width < WIDE or len(comparison.arms) > MOST_ARMS):
        screen.print("Rates by channel stand on the page.")
    elif rates := rates_by_channel(comparison, screen.width >= WIDE):
        screen.print()
        screen.print(rates)
        screen.print(Text(RATES_NOTE))


def target_tables(found: Targets, width: int) -> Iterator[Table]:
    """A row a target, in tables of as many arms as a screen of this width has room for; if narrow, of two lines."""
    at_once, lines = max((width - TARGET_WIDTH) // CELL_WIDTH, 1), width < WIDE
    for first in range(0, len(found.arms), at_once):
        part = slice(first, first + at_once)
        result = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
        result.add_column("Target", overflow="fold")
        for arm in found.arms[part]:
            result.add_column(arm, justify="right", overflow="fold")
        for line in found.lines:
            told = [[] if cell is None else [cell.short, cell.state] for cell in line.cells[part]]
            if any(told):
                cells = [("\n" if lines else " ").join(filter(None, each)) for each in told]
                what = f"{line.what}\n{line.target}" if lines else f"{line.what}: {line.target}"
                result.add_row(Text(what), *map(Text, cells))
        yield result


def overview_table(found: Overview) -> Table:
    """One line an arm."""
    result = Table(title=found.title, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    result.add_column(found.first, overflow="fold")
    for label, unit in found.heads:
        result.add_column(head(label, unit), justify="right")
    result.add_column("Verdict")
    units = [unit for _, unit in found.heads]
    for line in found.lines:
        cells = [with_half_width(figure, unit) for figure, unit in zip(line.figures, units, strict=True)]
        result.add_row(*(Text(cell) for cell in (line.name, *cells, line.word)))
    return result


def table(comparison: Comparison, wide: bool = True) -> Table:
    """Arms by metrics, each difference from the baseline beside; intervals in brackets, if not wide below."""
    percent = round(100 * comparison.level)
    result = Table(title=f"Per customer outside control, {percent} % intervals ({comparison.target})")
    if comparison.tail_days:
        result.caption = (
            "With tail: horizon and tail together. Rates: messages sent in the horizon on all channels together, "
            "without in-app ones, with what came back later."
        )
    result.add_column("Metric")
    for arm in comparison.arms:
        result.add_column(arm.arm, justify="right")
        if arm.arm != comparison.baseline:
            result.add_column(f"{arm.arm} − {comparison.baseline}", justify="right")
            result.add_column("p", justify="right")
    for name in SHOWN:
        metric = comparison.metrics.get(name)
        if metric is None or unused(comparison, name):
            continue
        if not any(arm.metrics[name].known for arm in comparison.arms if name in arm.metrics):
            continue
        cells = [metric.heading(comparison.tail_days)]
        beside = " (" if wide else "\n("
        for arm in comparison.arms:
            cells.append(figure_text(arm.metrics[name], metric.unit).replace(" (", beside))
            if arm.arm != comparison.baseline:
                row = comparison.find(arm.arm, comparison.baseline, name)
                cells.append(figure_text(row.estimate, metric.unit, True).replace(" (", beside) if row else "")
                cells.append(p_text(row.estimate.p) if row else "")
        result.add_row(*cells)
    return result


def rates_by_channel(comparison: Comparison, wide: bool = True) -> Table | None:
    """A line an arm under the name of each channel; each rate with its interval and what its norm says of it.

    wide: figure, interval and norm stand on one line, else below one another.  None where nothing was sent.
    """
    found = rate_table(comparison, "channel", FEW_FIGURES)
    if not found.groups:
        return None
    heads = dict(zip(FEW_FIGURES, HEADS, strict=True))
    title = f"By channel: sent per customer, rates in %, {round(100 * comparison.level)} % intervals"
    result = Table(title=title, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    result.add_column("Channel", overflow="fold")
    for metric in found.metrics:
        result.add_column(heads[metric.name], justify="right", overflow="fold")
    for group in found.groups:
        result.add_row(Text(group.name, style="bold"))
        for arm, rates in group.lines:
            cells = [_rate_text(rate, metric.unit, wide) for rate, metric in zip(rates, found.metrics, strict=True)]
            result.add_row(Text(arm), *cells)
    return result


def _rate_text(rate: Rate | None, unit: Unit, wide: bool) -> Text:
    """``29.9 ±3.4 norm?``"""
    if rate is None:
        return Text("")
    told = with_half_width(rate.figure, unit, difference=False).replace("\u00a0", "").replace("±", " ±")
    zone = f"{rate.zone}{'' if rate.sure else '?'}" if rate.zone else ""
    text = f"{told} {zone}".rstrip()
    text = text if wide else text.translate({ord(" "): "\n", ord("("): None, ord(")"): None})
    return Text(text, style=STYLES[rate.zone] if rate.zone else "")
