"""Behind the headline: whether what it speaks of pays at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.comparison import Comparison
from experiments.statistics import Estimate, estimate
from experiments.tables import SILENT
from experiments.verdict import verdict
from tests.experiments.weighed import CHAINS, compared, plain, with_differences

PAYS, LOSES, OPEN = estimate(9.0, 1.0), estimate(-9.0, 1.0), estimate(1.0, 2.0)


def against_silence(gains: dict[str, Estimate], figures: dict[str, Estimate] | None = None) -> Comparison:
    """``calm`` and arms that differ from it by ``figures``, with these gains against silence."""
    found = with_differences(compared(), figures or {"loud": estimate(5.0, 1.0)})
    row = compared().find("calm", SILENT, "contribution")
    assert row is not None
    rows = tuple(replace(row, arm=arm, estimate=gain) for arm, gain in gains.items())
    return replace(found, differences=(*found.differences, *rows))


@pytest.mark.parametrize(
    ("calm", "loud", "told"),
    [
        (LOSES, LOSES, " But both lose against sending nothing: calm −9.0 ₽ (−11.0 … −7.0), loud −9.0 ₽"),
        (OPEN, OPEN, " Neither is known to earn more than sending nothing: calm +1.0 ₽ (−2.9 … +4.9), loud +1.0"),
        (LOSES, OPEN, " (−2.9 … +4.9) per customer; for certain these lose: calm."),
        (OPEN, PAYS, ""),
        (PAYS, PAYS, ""),
    ],
)
def test_a_winner_that_loses_is_told_so(calm: Estimate, loud: Estimate, told: str) -> None:
    said = plain(verdict(against_silence({"calm": calm, "loud": loud})).headline)
    assert said.startswith("loud earns more than calm: +5.0 ₽")
    assert told in said
    assert ("sending nothing" in said) == bool(told)


def test_it_is_told_too_where_nothing_is_decided() -> None:
    said = plain(verdict(against_silence({"calm": OPEN, "loud": OPEN}, {"loud": estimate(1.0, 2.0)})).headline)
    assert said.startswith("It is not decided whether loud or calm earns more")
    assert "Neither is known to earn more than sending nothing" in said


def test_of_several_arms_and_of_chains() -> None:
    three = {"a": estimate(3.0, 0.2), "b": estimate(0.0, 3.0)}
    said = plain(verdict(against_silence({"calm": LOSES, "a": LOSES, "b": LOSES}, three)).headline)
    assert said.endswith(" But all arms lose against sending nothing.")
    said = plain(verdict(against_silence({"calm": LOSES, "a": OPEN, "b": OPEN}, three)).headline)
    assert said.endswith(" No arm is known to earn more than sending nothing; for certain these lose: calm.")
    said = plain(verdict(against_silence({"calm": OPEN, **dict.fromkeys(CHAINS, LOSES)}, CHAINS)).headline)
    assert said.endswith(
        " Whether calm as a whole earns more than sending nothing is not known: +1.0 ₽ (−2.9 … +4.9) per customer."
    )
    said = plain(verdict(against_silence({"calm": LOSES, **dict.fromkeys(CHAINS, LOSES)}, CHAINS)).headline)
    assert said.endswith(" As a whole calm loses against sending nothing: −9.0 ₽ (−11.0 … −7.0) per customer.")


def test_without_a_silent_arm_nothing_is_said_of_it() -> None:
    assert "sending nothing" not in verdict(with_differences(compared(), {"loud": estimate(5.0, 1.0)})).headline
