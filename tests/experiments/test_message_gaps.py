"""What is known of the model's letters stands in the report of a run whose chains send such letters."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.comparison import compare
from experiments.message_gaps import about_gaps, gaps_of, known_gaps, letters
from experiments.message_norms import Measured, kinds, norms, occasions, scenario_name, told_beyond
from experiments.runfolder import read_manifest
from experiments.runner import run_plan
from experiments.shipped import shipped_scenarios
from experiments.statistics import Estimate
from experiments.verdict import verdict
from strategies.language import load_scenario
from tests.experiments import fake_world
from tests.experiments.made_runs import made_tables
from tests.strategies.language.small import SMALL, load

CHAINS = """
messages: {hello: {purpose: promo, topic: birthday}, news: {purpose: promo}}
chains:
  named_by_its_topic: {trigger: cart_emptied, steps: [{send: {email: hello}}]}
  with_a_date: {trigger: {date: birthday, at: "10:00"}, steps: [{send: {first_of: [sms, email], message: news}}]}
  no_letter: {trigger: {date: birthday, at: "11:00"}, steps: [{send: {sms: hello}}]}
  came:
    trigger: {any: [subscribed, registered]}
    steps: [{wait: 1h}, {cascade: [{sms: news, wait: 1h}, {email: news}]}]
  slept: {trigger: {inactive: 60d, of: order}, steps: [{send: {email: news}}]}
  rests: {trigger: {inactive: 14d, of: order}, steps: [{send: {email: news}}]}
  something_else: {trigger: favourite_added, steps: [{send: {email: news}}]}
"""


def measured(**changes: Estimate) -> Measured:
    """All rates as the least published; of birthday letters what ``changes`` says."""
    rates = {(norm.kind, norm.rate): (Estimate(norm.low, norm.low, norm.low), 100.0) for norm in norms()}
    rates.update({("birthday", rate): (figure, 100.0) for rate, figure in changes.items()})
    return Measured(100, 2, 90, 1, rates)


def test_chains_are_known_by_occasion_topic_or_name(tmp_path: Path) -> None:
    assert letters(load(tmp_path, SMALL.partition("messages:")[0] + CHAINS)) == {
        "birthday": ["named_by_its_topic", "with_a_date"],
        "welcome": ["came"],
        "win_back": ["slept"],
    }


def test_the_chains_of_the_reference_are_of_their_kinds() -> None:
    found = letters(load_scenario(shipped_scenarios()[scenario_name()]))
    assert found == {kind: list(chains) for kind, chains in kinds().items() if chains and kind != "digest"}
    assert set(found) == set(occasions())


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (Estimate(0.0310, 0.025, 0.036), True),
        (Estimate(0.0310, 0.010, 0.080), False),  # the interval reaches the published value
        (Estimate(0.0600, 0.055, 0.065), False),  # certain, and not far
        (Estimate(0.1200, 0.110, 0.130), True),
    ],
)
def test_only_what_lies_far_beside_for_certain_is_told(figure: Estimate, told: bool) -> None:
    """The one published value is 0.0774, the factor 1.5."""
    found = gaps_of(measured(clicked=figure), 1.5)
    assert ("birthday" in found) == told
    assert set(found) <= {"birthday"}
    if told:
        side = "3.10 %, 0.40 × the least" if figure.value == 0.031 else "12.0 %, 1.55 × the most"
        (words,) = map(str, found["birthday"])
        assert words.replace("\u00a0", " ") == f"clicked of delivered {side} published (omnisend_2021, C)"


def test_every_known_gap_is_far_and_certain() -> None:
    for kind, found in known_gaps().items():
        for gap in found:
            figure, _ = Measured.shipped().rates[kind, gap.norm.rate]
            times = gap.norm.times(gap.value)
            assert max(times, 1.0 / times) > told_beyond()
            assert figure.value == gap.value


def test_a_report_tells_of_the_kinds_that_its_arms_send() -> None:
    kind = next(iter(known_gaps()))
    tables = made_tables(replications=2, customers=30)
    arms = [dict(arm, letters={kind: ["mine"], "unknown": ["x"]}) for arm in tables.manifest["arms"]]
    said = verdict(compare(replace(tables, manifest={**tables.manifest, "arms": arms})))
    doubts = next(section for section in said.sections if section.name == "doubts").sentences
    [told] = [sentence for sentence in doubts if "fare otherwise in the model than published" in sentence]
    assert f": {kind.replace('_', ' ')} (mine) {known_gaps()[kind][0]}" in told
    assert "those of the shipped scenario reference over 90 days" in told
    assert "not of this run" in told
    assert "unknown" not in told
    assert list(about_gaps([{"letters": {"digest": ["tuesday"]}}, {}])) == []
    assert "fare otherwise" not in verdict(compare(tables)).text


def test_the_manifest_notes_the_letters(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path)
    run_plan(plan, tmp_path / "out", simulate=fake_world.simulate)
    noted = [arm.letters for arm in read_manifest(tmp_path / "out").arms]
    assert noted == [letters(arm.scenario) for arm in plan.arms]
    assert dataclasses.asdict(read_manifest(tmp_path / "out"))["arms"][0]["letters"] == noted[0]
