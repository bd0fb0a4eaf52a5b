"""LANGUAGE, Splits, holdouts, control: sticky, independent of one another, nested."""

from __future__ import annotations

import numpy as np
import pytest

from tests.strategies.story import Person, tell
from tests.strategies.test_runs_of_chains import chain

CROWD = {f"c{i}": Person(number=i) for i in range(400)}
VISITS = [f"day 0 10:00 {name} site_visited" for name in CROWD]


def crowd(text: str, *visits: str) -> dict[str, list[str]]:
    """Texts of each customer's rows."""
    told = tell(text, [*VISITS, *visits], CROWD, days=4, bucket=86_400)
    rows: dict[str, list[str]] = {name: [] for name in CROWD}
    for row in told.rows:
        rows[row.customer].append(row.text)
    return rows


def who(rows: dict[str, list[str]], text: str) -> set[str]:
    return {name for name, texts in rows.items() if text in texts}


def split(name: str, share: str, chain_name: str = "c", more: str = "") -> str:
    arms = f"{{a: {{share: {share}, steps: [{{send: {{email: m}}}}]}}}}"
    return chain(more, f"{{split: {{name: {name}, arms: {arms}}}}}").replace("chains: {c:", f"chains: {{{chain_name}:")


@pytest.mark.slow
def test_a_split_is_sticky_and_its_share_about_right() -> None:
    chosen = who(crowd(split("x", "30%")), "sent email:m")
    assert 80 <= len(chosen) <= 160, "30 % of 400, four sigma"
    assert who(crowd(split("x", "30%", "renamed", "reenter: always,")), "sent email:m") == chosen


@pytest.mark.slow
def test_splits_are_nested() -> None:
    small, large = (who(crowd(split("x", share)), "sent email:m") for share in ("5%", "10%"))
    assert small < large


@pytest.mark.slow
def test_splits_holdouts_and_control_are_independent_of_one_another() -> None:
    groups = {
        "split x": who(crowd(split("x", "50%")), "sent email:m"),
        "split y": who(crowd(split("y", "50%")), "sent email:m"),
        "holdout x": who(crowd(chain("holdout: {share: 50%, name: x},")), "chain_entered c (holdout)"),
        "holdout control": who(crowd(chain("holdout: {share: 50%, name: control},")), "chain_entered c (holdout)"),
        "holdout": who(crowd(chain("holdout: 50%,")), "chain_entered c (holdout)"),
        "control": who(crowd(chain(top="control: {share: 50%}")), "chain_entered c (control)"),
    }
    names = list(groups)
    for i, one in enumerate(names):
        assert 140 <= len(groups[one]) <= 260, "six sigma"
        for other in names[i + 1 :]:
            # Both: binomial(400, 1/4), sigma 8.7; six sigma either side, fixed keys.
            assert 48 <= len(groups[one] & groups[other]) <= 152, f"{one}, {other}"


@pytest.mark.slow
def test_holdouts_are_nested_and_sticky_over_entries() -> None:
    small, large = (
        who(crowd(chain(f"holdout: {share}, reenter: always,")), "chain_entered c (holdout)") for share in ("5%", "10%")
    )
    assert small < large
    again = crowd(chain("holdout: 10%, reenter: always,"), *[f"day 3 10:00 {name} site_visited" for name in CROWD])
    for texts in again.values():
        assert len({text for text in texts if text.startswith("chain_entered")}) == 1


@pytest.mark.slow
def test_chains_with_the_same_trigger_move_nobody_into_or_out_of_a_holdout() -> None:
    text = chain("holdout: 30%,")
    other = "{trigger: site_visited, priority: 99, holdout: 50%, steps: [{send: {sms: n}}]}"
    alone = who(crowd(text), "chain_entered c (holdout)")
    for beside in (
        text.replace("{c:", f"{{a: {other}, c:"),
        text.replace("{c:", f"{{z: {other}, c:"),
        text.replace("{c:", f"{{a: {other.replace('99', '1')}, z: {other}, c:"),
    ):
        rows = crowd(beside)
        assert who(rows, "chain_entered c (holdout)") == alone
        held = who(rows, f"chain_entered {'a' if '{a:' in beside else 'z'} (holdout)")
        # Of 400 customers, binomial(400, 0.15), sigma 7.1; six sigma either side, fixed keys.
        assert 18 <= len(held & alone) <= 102, "each chain has a draw of its own"


@pytest.mark.slow
def test_a_chain_that_is_renamed_keeps_its_holdout_by_stating_the_old_name() -> None:
    text = chain("holdout: 30%,")
    chosen = who(crowd(text), "chain_entered c (holdout)")
    renamed = text.replace("{c:", "{renamed:")
    assert who(crowd(renamed), "chain_entered renamed (holdout)") != chosen
    stated = renamed.replace("holdout: 30%", "holdout: {share: 30%, name: c}")
    assert who(crowd(stated), "chain_entered renamed (holdout)") == chosen


@pytest.mark.slow
def test_chains_that_state_one_name_hold_out_the_same_customers() -> None:
    held = "holdout: {share: 30%, name: both}"
    text = chain(f"{held},").replace("{c:", f"{{d: {{trigger: searched, {held}, steps: [{{send: {{sms: n}}}}]}}, c:")
    rows = crowd(text, *[f"day 1 10:00 {name} searched" for name in CROWD])
    chosen = who(rows, "chain_entered c (holdout)")
    assert chosen
    assert who(rows, "chain_entered d (holdout)") == chosen


@pytest.mark.slow
def test_control_is_nested() -> None:
    small, large = (
        who(crowd(chain(top=f"control: {{share: {s}}}")), "chain_entered c (control)") for s in ("5%", "10%")
    )
    assert small < large


def test_holdouts_of_chains_on_different_segments_are_independent() -> None:
    text = """
segments: {a: {if: "known(last_visit.age)"}, b: {if: "orders == 0 and known(last_visit.age)"}}
messages: {m: {purpose: promo}}
chains:
  one: {trigger: {segment_entered: a}, holdout: 50%, steps: [{send: {email: m}}]}
  two: {trigger: {segment_entered: b}, holdout: 50%, steps: [{send: {sms: m}}]}
"""
    rows = crowd(text)
    both = who(rows, "chain_entered one (holdout)") & who(rows, "chain_entered two (holdout)")
    assert 48 <= len(both) <= 152
    assert who(
        crowd(text.replace("{a:", "{z:").replace("entered: a", "entered: z")), "chain_entered one (holdout)"
    ) == who(rows, "chain_entered one (holdout)"), "the segment's name does not matter"


@pytest.mark.slow
def test_the_shares_of_a_split_divide_the_customers() -> None:
    arms = "{a: {share: 30%, steps: [{send: {email: m}}]}, b: {share: 30%, steps: [{send: {sms: m}}]}, c: {share: 40%}}"
    rows = crowd(chain("", f"{{split: {{name: x, arms: {arms}}}}}, {{send: {{vk: n}}}}"))
    a, b, behind = (who(rows, f"sent {text}") for text in ("email:m", "sms:m", "vk:n"))
    assert not a & b
    assert behind == set(CROWD)
    assert np.allclose([len(a), len(b)], 120, atol=40)
