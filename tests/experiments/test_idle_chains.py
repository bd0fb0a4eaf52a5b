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
WHY = "its trigger came 6 times: 5 times 'enter' did not hold: consent.email, once 'enter' did not hold: orders == 0"


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
    assert (
        "of 1 no difference was seen for any customer, which is no proof that there is none (idle)" in before.headline
    )
    assert "no difference was seen" not in said.headline
    for one in (before, said):
        assert "1 make no difference in contribution that matters" in one.headline
    assert "; of 1 no run began (idle);" in said.headline
    assert f"idle: no run of it began, so nothing is known of what it would add: {WHY}." in said.text
    assert "idle changed nothing" in before.text
    assert "idle changed nothing" not in said.text
    assert ("idle", "no run") in [(line.name, line.word) for line in overview(idle).lines]


def test_a_campaign_whose_days_come_after_the_run_was_not_due(tmp_path: Path) -> None:
    campaign = 'campaigns: {early: {"on": 2026-02-10, at: "10:00", send: {email: m}}, late: {"on": 2026-04-10, '
    campaign += 'at: "10:00", send: {email: m}}}'
    folder = told_run(tmp_path, SCENARIO + campaign, [{}], [], [], refusals=())
    read = RunTables.read(folder)
    assert "late" not in [one.chain for one in idle_chains(read, ARM)]
    arms = [*read.manifest["arms"], {"arm": "without late"}]
    outcomes = pl.concat([read.outcomes.collect(), _without_late(read)]).lazy()
    one_by_one = replace(read, outcomes=outcomes, manifest={**read.manifest, "arms": arms})
    *_, late = idle_chains(one_by_one, ARM)
    assert late == Idle("late", due="its first day behind the 28 days of the run is 10 Apr 2026")
    found = with_differences(compared(), {**CHAINS, "without late": CHAINS["without idle"]})
    said = verdict(replace(found, arms=(replace(found.arms[0], idle=(late,)), *found.arms[1:])))
    assert "; 1 were not due within the run (late);" in said.headline
    assert "late was not due within the run, so nothing is known of what it would add: its first day" in said.text


def _without_late(read: RunTables) -> pl.DataFrame:
    rows = read.outcomes.collect()
    return rows.with_columns(pl.lit("without late").cast(rows.schema["arm"]).alias("arm"))


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
    assert "In loud no run of lone began, so it is in no figure: its trigger came once: once 'enter'" in text
    assert "In loud the trigger of rare never came, so that is in no figure." in text
    assert arms[1].to_json()["idle_chains"][0] == {"chain": "shut", "came": 6, "refused": dict(SHUT.refused)}
    assert "idle_chains" not in arms[0].to_json()
