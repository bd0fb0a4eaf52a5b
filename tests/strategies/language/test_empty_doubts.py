"""Conditions that nobody can meet are told; those that somebody may are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_doubts import USED, told

VIP = "segments.vip.if"
DAILY = "that is more than an order on each of the 455 days of the past and the run"
OLDER = "the past and the run have 455d, and what came before is not known"


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("orders > 1000", DAILY),
        ("orders >= 456", DAILY),
        ("orders > 455", ""),
        ("1000 < orders or orders == 0", ""),
        ("not orders > 1000", ""),
        ("last_order.age > 500d", OLDER),
        ("last_order.age > 454d", ""),
        ("last_order.value > 1000000", ""),
    ],
)
def test_segments_that_nobody_is_in(tmp_path: Path, condition: str, why: str) -> None:
    text = (
        USED[: USED.index("  vip:")]
        + f'  vip: {{if: "{condition}"}}\n'
        + USED[USED.index("  vip:") :].partition("\n")[2]
    )
    found = [text for _, text in told(tmp_path, text) if " holds for nobody" in text]
    rest = "expected a smaller number; crmsim reach tells how many meet the others"
    expected = f"{VIP}: '{condition}' holds for nobody: {why}; {rest}"
    assert found == ([expected] if why else [])


def test_those_who_enter_and_get_a_campaign_are_asked_for_too(tmp_path: Path) -> None:
    text = USED.replace('"consent.email and not segment.vip"', '"orders > 1000 and not segment.vip"')
    found = [text.partition(":")[0] for _, text in told(tmp_path, text) if " holds for nobody" in text]
    assert found == ["chains.cart.enter"]
