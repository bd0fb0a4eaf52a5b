"""Chains that set off one another in one second: as many as are carried out within one another, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from strategies.language.circles import MAX_IN_A_ROW
from tests.strategies.language.small import SMALL, problems_of
from tests.strategies.story import tell

FRAME = SMALL[: SMALL.index("messages:")]
MESSAGES = "messages: {hello: {purpose: promo}}\n"
GOAL = "goal: {event: order, window: 7d}"
LAST = "steps: [{send: {email: hello}}]}\n"


def started(length: int, before: str = "") -> str:
    """The first chain starts the second, and so on; the last one writes."""
    chains = "".join(
        f"  c{number}: {{trigger: {'started' if number else 'cart_abandoned'}, {GOAL}, steps: "
        f"[{before}{{start: c{number + 1}}}]}}\n"
        for number in range(length - 1)
    )
    return f"chains:\n{chains}  c{length - 1}: {{trigger: started, {GOAL}, {LAST}"


def changed(length: int) -> str:
    """The first chain changes the field that starts the second, and so on."""
    fields = "".join(f"  f{number}: {{type: flag, default: false}}\n" for number in range(1, length))
    first = f"  c0: {{trigger: cart_abandoned, {GOAL}, steps: [{{set: {{f1: true}}}}]}}\n"
    chains = "".join(
        f"  c{number}: {{trigger: {{field_changed: field.f{number}}}, {GOAL}, steps: "
        f"[{{set: {{f{number + 1}: true}}}}]}}\n"
        for number in range(1, length - 1)
    )
    last = f"  c{length - 1}: {{trigger: {{field_changed: field.f{length - 1}}}, {GOAL}, {LAST}"
    return f"fields:\n{fields}chains:\n{first}{chains}{last}"


@pytest.mark.slow
@pytest.mark.parametrize("row", [started, changed])
def test_the_longest_row_allowed_is_carried_out(row: Callable[[int], str]) -> None:
    story = tell(MESSAGES + row(MAX_IN_A_ROW), "day 0 10:00 anna cart_abandoned 500")
    assert len(story.lines("chain_entered")) == MAX_IN_A_ROW
    assert len(story.sent) == 1


@pytest.mark.slow
@pytest.mark.parametrize("length", [MAX_IN_A_ROW + 1, 300])
def test_a_longer_row_is_refused(tmp_path: Path, length: int) -> None:
    (problem,) = problems_of(tmp_path, FRAME + MESSAGES + started(length))
    assert problem.endswith(
        f"chains: found {length} chains that set off one another without a wait (c0 → c1 → …), "
        "expected at most 40, or a step such as {wait: 1h} in between"
    )


@pytest.mark.slow
def test_waits_part_a_long_row(tmp_path: Path) -> None:
    assert problems_of(tmp_path, FRAME + MESSAGES + started(3 * MAX_IN_A_ROW, "{wait: 1h}, ")) == []
