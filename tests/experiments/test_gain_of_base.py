"""The gain per customer, brought to the base that a scenario states."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.comparison import compare
from experiments.figures import figure_text, number
from experiments.gain_of_base import about_gain_of_base
from experiments.statistics import shifted
from experiments.tables import SILENT
from experiments.verdict import verdict
from tests.experiments.made_runs import made_tables


@pytest.mark.slow
@pytest.mark.parametrize("base", [0, 8_000])
def test_it_stands_among_the_money_where_a_base_is_stated(base: int) -> None:
    """A replication simulates 80 of 8 000 customers, so each simulated one outside control stands for a hundred."""
    made = made_tables(replications=3, customers=80)
    arms = [{**arm, "base": base} for arm in made.manifest["arms"]]
    comparison = compare(replace(made, manifest={**made.manifest, "customers": 80, "arms": arms}))
    money = next(section for section in verdict(comparison).sections if section.name == "money").sentences
    told = [sentence for sentence in money if "outside the control group of the base of" in sentence]
    assert len(told) == (2 if base else 0)
    gain = comparison.true_difference("loud", SILENT, "contribution")
    assert gain is not None
    if base:
        whole = figure_text(shifted(gain, 100.0 * comparison.customers, 0.0), "money", True)
        assert told[1].startswith(f"loud against silence, for the {number(100.0 * comparison.customers, 0)} customers")
        assert whole in told[1]
        assert told[1].endswith(", not decided.") != gain.decided
    assert list(about_gain_of_base(comparison, "loud", gain)) == told[1:]
