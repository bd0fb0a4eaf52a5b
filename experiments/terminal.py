"""A comparison on the terminal: the verdict and a compact table."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.comparison import Comparison
from experiments.figures import figure_text, p_text
from experiments.verdict import verdict

SHOWN = ("contribution", "contribution_horizon", "contribution_tail", "revenue", "orders", "marketing_cost", "romi",
         "sent", "open_rate", "click_rate", "unsubscribed", "complained", "fatigue", "inbox",
         "reachable_email")  # fmt: skip


def render(comparison: Comparison, console: Console | None = None) -> None:
    """Prints the verdict and the table."""
    screen = console or Console()
    said = verdict(comparison)
    screen.print(Text(said.headline, style="bold"))
    for section in said.sections:
        screen.print()
        screen.print(Text(section.title, style="bold cyan"))
        for sentence in section.sentences:
            line = Table.grid(padding=(0, 1))
            line.add_row("•", Text(sentence))
            screen.print(line)
    screen.print()
    screen.print(table(comparison))


def table(comparison: Comparison) -> Table:
    """Arms by metrics, each difference from the baseline beside; intervals in brackets."""
    percent = round(100 * comparison.level)
    result = Table(title=f"Per customer outside control, {percent} % intervals ({comparison.target})")
    result.add_column("Metric")
    for arm in comparison.arms:
        result.add_column(arm.arm, justify="right")
        if arm.arm != comparison.baseline:
            result.add_column(f"{arm.arm} − {comparison.baseline}", justify="right")
            result.add_column("p", justify="right")
    for name in SHOWN:
        metric = comparison.metrics.get(name)
        if metric is None or not any(arm.metrics[name].known for arm in comparison.arms if name in arm.metrics):
            continue
        cells = [metric.label]
        for arm in comparison.arms:
            cells.append(figure_text(arm.metrics[name], metric.unit))
            if arm.arm != comparison.baseline:
                row = comparison.find(arm.arm, comparison.baseline, name)
                cells.append(figure_text(row.estimate, metric.unit, True) if row else "")
                cells.append(p_text(row.estimate.p) if row else "")
        result.add_row(*cells)
    return result
