"""What was sent is counted by what its personal blocks lacked, with a log and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sim.result import BlockResult
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.vocabulary import EVENT_CODE, REASONS
from tests.sim.blocks import CONFIGS, log, shop

SENT = EVENT_CODE["sent"]
SCENARIO = """
scenario: Digests
population: {population}
horizon: 8d
tail: 0d
start: 2026-02-02
at_start: {{history: 0d, backlog: skip}}
channels: {{email: {{cost: 0.1}}}}
messages:
  marked: {{purpose: promo, personal: [viewed_items]}}
  named: {{purpose: promo, personal: [viewed_items], fallback: bestsellers}}
  plain: {{purpose: promo}}
campaigns:
  a: {{every: "day 10:00", send: {{email: marked}}}}
  b: {{every: "day 12:00", send: {{email: named}}}}
  c: {{every: "day 14:00", send: {{email: plain}}}}
control: {{share: 20%, exempt: [transactional]}}
"""


def simulated(folder: Path, kept: str) -> BlockResult:
    file = folder / "digests.yaml"
    file.write_text(SCENARIO.format(population=CONFIGS / "populations" / "online_shop.yaml"))
    arm = load_scenario(file)
    return simulate_block(BlockPlan((arm,), shop(), customers=120, seed=3, bases=(0, 1), log=kept))


def sent_by_reason(frame: pl.DataFrame, result: BlockResult) -> dict[tuple[str, str], int]:
    """(message, reason) → messages sent.  frame: site, reason, count."""
    sums = frame.group_by("site", "reason").agg(pl.col("count").sum())
    return {(result.sites.message[site], REASONS[reason]): count for site, reason, count in sums.iter_rows()}


@pytest.mark.slow
def test_counts_tell_what_the_log_tells_and_need_no_log(tmp_path: Path) -> None:
    told, silent = simulated(tmp_path, "all"), simulated(tmp_path, "none")
    logged = log(told).filter(pl.col("event") == SENT).with_columns(count=pl.lit(1))
    by_log = sent_by_reason(logged, told)
    counts = pl.DataFrame(told.counts).filter(pl.col("event") == SENT)
    assert sent_by_reason(counts, told) == by_log
    assert set(by_log) == {
        ("marked", ""),
        ("marked", "broken"),
        ("named", ""),
        ("named", "fallback"),
        ("plain", ""),
    }
    for name, column in told.counts.items():
        assert np.array_equal(column, silent.counts[name]), name
    others = pl.DataFrame(told.counts).filter(pl.col("event") != SENT)
    assert others["reason"].to_list() == [0] * others.height
