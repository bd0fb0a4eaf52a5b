"""What the policy's answers are as columns: open contacts are decided once, and held no longer than they may be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from strategies.decisions import DROP, HOLD, SEND, Decisions, Requests
from strategies.runs import NO_TIME
from strategies.vocabulary import MINUTE, REASON_CODE

NOW, AT_MOST = 100 * MINUTE, 30 * MINUTE
CAP, LATE = REASON_CODE["cap"], REASON_CODE["held_too_long"]
WAITS = st.tuples(st.none() | st.integers(0, 2 * AT_MOST), st.integers(1, 100 * MINUTE), st.integers(1, 90))
"""(seconds since the contact was first held, until when it is to wait from now on, minutes until it expires)."""


def decisions(held_for: list[int | None], expires: list[int]) -> Decisions:
    """Nothing decided yet about contacts asked for now; those held before were first held so many seconds ago."""
    n = len(held_for)
    since = np.array([NO_TIME if ago is None else NOW - ago for ago in held_for], np.int64)
    nothing, now = np.zeros(n, np.int64), np.full(n, NOW)
    requests = Requests(np.arange(n), now, nothing, nothing, now, since, np.zeros(n, bool))
    return Decisions(requests, np.array(expires, np.int64))


@given(st.lists(WAITS, max_size=6), st.data())
def test_a_hold_ends_at_the_first_of_its_end_its_longest_wait_and_the_expiry(
    waits: list[tuple[int | None, int, int]], data: st.DataObject
) -> None:
    """Told of some positions among others, where those that waited too long stand beside those that did not."""
    made = decisions([ago for ago, _, _ in waits], [NOW + minutes * MINUTE for _, _, minutes in waits])
    some = sorted(data.draw(st.sets(st.sampled_from(range(len(waits)))))) if waits else []
    until = np.array([NOW + waits[place][1] for place in some], np.int64)
    made.hold(np.array(some, np.int64), "cap", 3, "wait", until, AT_MOST)
    for place, (ago, ahead, minutes) in enumerate(waits):
        found = (made.verdict[place], made.reason[place], made.rule[place], made.open[place])
        left = AT_MOST - (ago or 0)
        if place not in some:
            assert found == (SEND, 0, -1, True)
        elif left <= 0:
            assert found == (DROP, LATE, 3, False)
        else:
            end = -(-min(ahead, left) // MINUTE) * MINUTE
            assert found == (HOLD, CAP, 3, False)
            assert made.until[place] == NOW + min(end, minutes * MINUTE)


def test_what_is_decided_stays_decided() -> None:
    made = decisions([None, None, None], [NOW + 60 * MINUTE] * 3)
    made.drop(np.array([True, False, False]), "condition")
    made.block(np.ones(3, bool), "gap", 1, "drop", np.full(3, NOW + MINUTE))
    made.block(np.ones(3, bool), "cap", 2, "wait", np.full(3, NOW + MINUTE))
    assert made.verdict.tolist() == [DROP] * 3
    assert made.reason.tolist() == [REASON_CODE["condition"], REASON_CODE["gap"], REASON_CODE["gap"]]
    assert made.rule.tolist() == [-1, 1, 1]
