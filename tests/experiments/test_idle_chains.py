"""Chains that no run of began: told as such, not as chains that make no difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from experiments.idle_chains import Idle, idle_chains
from experiments.overview import overview
from experiments.tables import RunTables
from experiments.verdict import verdict
from tests.experiments.told_runs import ARM, told_run
from tests.experiments.weighed import CHAINS, compared, plain, with_differences

SCENARIO = """
messages: {m: {purpose: promo}}
chains:
  began: {trigger: order, steps: [{send: {email: m}}]}
  shut: {trigger: registered, enter: "orders == 0 and consent.email", steps: [{send: {email: m}}]}
  rare: {trigger: referred, steps: [{send: {email: m}}]}
"""
REFUSALS = (
    (0, 0, "shut", "enter", 1, 2, 0, 9),
    (0, 1, "shut", "enter", 0, 1, 0, 0),
    (0, 1, "shut", "enter", 1, 3, 0, 9),
    (0, 2, "shut", "enter", 1, 100, 0, 9),
    (0, 0, "began", "reenter", 0, 5, 0, 9),
)
SHUT = Idle("shut", 6, (("'enter' did not hold: consent.email", 5), ("'enter' did not hold: orders == 0", 1)))
WHY = "its trigger came 6 times, and 5 times 'enter' did not hold: consent.email"


def tables(folder: Path, refusals: tuple[tuple[int, int, str, str, int, int, int, int], ...] | None) -> RunTables:
    """Customer 2 is in the control group; one run of ``began`` began outside of it, one of ``rare`` in it."""
    steps = [(0, chain, "steps[0]", 0) for chain in ("began", "shut", "rare")]
    people = [{}, {}, {"control": True}]
    read = RunTables.read(told_run(folder, SCENARIO, people, [], steps, refusals=refusals))
    counts = read.aggregates.collect().clear()
    entries = [
        {
            **dict.fromkeys(counts.columns),
            "arm": ARM,
            "control": held,
            "event": "chain_entered",
            "chain": chain,
            "count": 1,
            "replication": 0,
        }
        for held, chain in ((False, "began"), (True, "rare"))
    ]
    return replace(read, aggregates=pl.DataFrame(entries, counts.schema).lazy())


def test_chains_without_a_run_outside_the_control_group_are_idle(tmp_path: Path) -> None:
    assert idle_chains(tables(tmp_path, REFUSALS), ARM) == (SHUT, Idle("rare"))


def test_a_folder_without_refusals_does_not_tell(tmp_path: Path) -> None:
    assert idle_chains(tables(tmp_path, None), ARM) == ()
    assert idle_chains(replace(tables(tmp_path / "other", REFUSALS), folder=None), ARM) == ()


def test_an_idle_chain_is_no_chain_that_makes_no_difference() -> None:
    found = with_differences(compared(), CHAINS)
    idle = replace(found, arms=(replace(found.arms[0], idle=(replace(SHUT, chain="idle"),)), *found.arms[1:]))
    before, said = verdict(found), verdict(idle)
    assert "2 make no difference in contribution that matters" in before.headline
    assert "1 make no difference in contribution that matters" in said.headline
    assert "; of 1 no run began (idle);" in said.headline
    assert f"idle: no run of it began, so nothing is known of what it would add: {WHY}." in said.text
    assert "idle changed nothing" in before.text
    assert "idle changed nothing" not in said.text
    assert ("idle", "no run") in [(line.name, line.word) for line in overview(idle).lines]


def test_of_other_arms_idle_chains_stand_among_the_doubts() -> None:
    found = compared()
    arms = (
        found.arms[0],
        replace(
            found.arms[1],
            idle=(SHUT, Idle("rare"), replace(SHUT, chain="lone", came=1, refused=((SHUT.refused[0][0], 1),))),
        ),
    )
    text = plain(verdict(replace(found, arms=arms)).text)
    assert f"In loud no run of shut began, so it is in no figure: {WHY}." in text
    assert "In loud no run of lone began, so it is in no figure: its trigger came once, and once" in text
    assert "In loud the trigger of rare never came, so that is in no figure." in text
    assert arms[1].to_json()["idle_chains"][0] == {"chain": "shut", "came": 6, "refused": dict(SHUT.refused)}
    assert "idle_chains" not in arms[0].to_json()
