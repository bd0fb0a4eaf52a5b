"""The page ``docs/reference/metrics.md``: every figure that a brief may name, told by the catalogue itself.

::

    python -m experiments.metrics_page > docs/reference/metrics.md
"""

from __future__ import annotations

from experiments.metrics import CHAIN_CONVERSION, CONVERSION_CLAIM, INCREMENTAL_ROMI, RATES, Metric, catalogue

HEAD = """\
# Figures

Made from the program itself: `python -m experiments.metrics_page > docs/reference/metrics.md`. These are the figures
of reports, by the names that `metric` takes in the [`brief`](scenario.md) of a scenario and that stand in the JSON of
`crmsim compare`. All speak of the customers outside the control group.

"""

UNITS = {
    "money": "currency units per customer",
    "number": "number per customer",
    "share": "share",
    "index": "index",
    "return": "ratio (1 is 100%)",
}

OF_PARTS = {
    **{metric.name: "chain, channel, message" for metric in RATES},
    CHAIN_CONVERSION.name: "chain (always)",
    CONVERSION_CLAIM.name: "channel",
}
"""Figures that are told of a part of a strategy → the parts; the others speak of the whole."""


def metrics_page() -> str:
    """The whole page as Markdown."""
    head = ("figure", "unit", "period", "also of one", "meaning")
    rows = [_row(metric) for metric in catalogue(1).values() if metric.name != INCREMENTAL_ROMI.name]
    lines = (head, ("---",) * len(head), *rows)
    return HEAD + "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _row(metric: Metric) -> tuple[str, ...]:
    part = OF_PARTS.get(metric.name, "–")
    return f"`{metric.name}`", UNITS[metric.unit], metric.period_words(1), part, metric.what


if __name__ == "__main__":
    print(metrics_page(), end="")
