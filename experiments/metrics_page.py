"""The page ``docs/reference/metrics.md``: every figure that a brief may name, told by the catalogue itself.

::

    python -m experiments.metrics_page > docs/reference/metrics.md
"""

from __future__ import annotations

from experiments.metrics import CHAIN_CONVERSION, CONVERSION_CLAIM, INCREMENTAL_ROMI, OF_MESSAGES, Metric, catalogue

HEAD = """\
# Figures

Made from the program itself: `python -m experiments.metrics_page > docs/reference/metrics.md`. These are the figures
of reports, by the names that `metric` takes in the [`brief`](scenario.md) of a scenario and that stand in the JSON of
`crmsim compare`. All speak of the customers outside the control group.

Rates that name no part speak of the messages that were sent to the customer: what waits in the in-app slot for a visit
is told with `channel: in_app`. A chain or message that does both is told by what it sends, one that stands in the slot
alone by the slot.

"""

TAIL = """
## How sure they are

- Intervals of levels and differences are Student's over replications; with one replication they come from the spread
  between customers.
- What cannot be negative (costs, points owed, counts, shares) has an interval that ends within its bounds: where the
  half width of Student's is more than half of the figure, a score interval stands instead, lopsided as chance is near
  a bound. Revenue and contribution can be negative, since goods come back.
- Rare events are not told more surely than their number allows. Of fewer than 20 events, and with two replications
  always, the interval of a share, a rate or a number per customer is at least as wide as the one from the counts alone:
  the exact binomial (Clopper and Pearson) or Poisson, of messages with one or two replications widened by the design
  effect of those that go to the same customer;
  Wilson's from 20 events on. A difference of shares or numbers per customer in which the paired customers differ fewer
  than 20 times is at least as wide as those customers alone say, and decided only where McNemar's exact test decides;
  with two replications it is never narrower than from the spread between customers. A difference of rates of messages,
  whose pairing is not kept, is of fewer than 20 events in one arm (or two replications) at least as wide as of
  independent counts. Where an interval had to be widened so, there is no relative difference (*too few events*).
- Money that hangs on few orders is not either. Where the orders of fewer than 20 customers differ between two arms, a
  difference of contribution (with or without marketing cost) or revenue is at least as wide as these customers alone
  say, and as orders that could have differed and were not seen to: gamma limits of weighted Poisson counts (Fay and
  Feuer), for what was not seen with the size of an order of the baseline (root mean square). Where nobody's orders
  differ that is ± 3.69 orders by the number of customers, whatever little the messages cost. So are returns on it.
- A return (ROMI) is a ratio of sums. Its interval is Fieller's, which excludes zero exactly where the interval of the
  gain does: *ROMI is certainly above 0 %* and *contribution against silence is certainly above 0* are one statement. If
  the cost may even be next to nothing, as with two or three replications and mostly discounts, that interval has
  *no upper end* (`high` is null and `reason` says why; *no lower end* of a return that is certain to be negative),
  and where it is not certain either whether marketing brings or costs money, or silence has a cost of its own, there
  is no figure. The difference of two returns (jackknife over replications) is told while the standard error of either
  cost is at most a tenth of it.
- Of several arms, intervals are those of each arm alone. Which arm is ahead of the baseline, and which difference of
  contribution matters or does not (`--least`, a share of the baseline's contribution or an amount), is said only where
  it holds for all arms together: each of the two by Holm's correction over the arms.
- *none seen* stands where a difference is zero for every customer of the run: `value` is 0 without `low` and `high`,
  and `reason` says how rare customers who would show one may be (by the exact binomial without an event, the rule of
  three). A share of customers can differ by no more than that, so it keeps an interval. *exactly* stands only where
  nothing is left to luck: the same strategy compared with itself, a fixed cost.
"""

UNITS = {
    "money": "currency units per customer",
    "number": "number per customer",
    "share": "share",
    "index": "index",
    "return": "ratio (1 is 100%)",
}

OF_PARTS = {
    **{metric.name: "chain, channel, message" for metric in OF_MESSAGES},
    CHAIN_CONVERSION.name: "chain (always)",
    CONVERSION_CLAIM.name: "channel",
}
"""Figures that are told of a part of a strategy → the parts; the others speak of the whole."""


def metrics_page() -> str:
    """The whole page as Markdown."""
    head = ("figure", "unit", "period", "also of one", "meaning")
    rows = [_row(metric) for metric in catalogue(1).values() if metric.name != INCREMENTAL_ROMI.name]
    lines = (head, ("---",) * len(head), *rows)
    return (
        HEAD
        + "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
        + TAIL
    )


def _row(metric: Metric) -> tuple[str, ...]:
    part = OF_PARTS.get(metric.name, "–")
    return f"`{metric.name}`", UNITS[metric.unit], metric.period_words(1), part, metric.what


if __name__ == "__main__":
    print(metrics_page(), end="")
