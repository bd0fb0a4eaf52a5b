"""The order of the files of a comparison says which arm is the baseline, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.comparison import Comparison, compare
from experiments.plan import Settings, make_plan
from experiments.runfolder import new_manifest
from experiments.runner import run_plan
from experiments.silence import about_silence
from experiments.tables import SILENT
from experiments.verdict import verdict
from strategies.brief import Brief, Kpi, Target
from strategies.loyalty_rules import Loyalty, PointsRules
from strategies.scenario import Scenario
from tests.experiments.made_runs import made_tables
from tests.experiments.test_groups_of_arms import TABLES, rows
from tests.sim.blocks import scenario
from tests.sim.test_silence import with_confirmation

SETTINGS = Settings(customers=60, replications=3, latent=True, log="all")


def programme(**changes: object) -> Scenario:
    """Confirms orders and expects something against silence."""
    expected = Target(1.0)
    brief = Brief(kpis=(Kpi("contribution", expected, against_silence=True), Kpi("romi", expected)))
    made = with_confirmation(scenario("cart_rescue", days=12, tail=4, history=30))
    return replace(made, brief=brief, **changes)  # type: ignore[arg-type]


def arms() -> dict[str, Scenario]:
    """Without points, with points, and one whose mails cost more, so that its confirmations are no longer alike."""
    plain = programme()
    email = replace(plain.channels["email"], cost=plain.channels["email"].cost + 5_000)
    return {
        "plain": plain,
        "points": programme(loyalty=Loyalty(PointsRules(0.2))),
        "dear": programme(channels={**plain.channels, "email": email}),
    }


def run(folder: Path, *names: str) -> Comparison:
    """A comparison of these arms in this order; the first is the baseline."""
    scenarios = arms()
    run_plan(make_plan([scenarios[name] for name in names], names, SETTINGS), folder)
    return compare(folder)


@pytest.mark.slow
def test_arms_in_another_order_are_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one = run(tmp_path / "one", "plain", "points", "dear")
    other = run(tmp_path / "other", "dear", "points", "plain")
    for name in (*TABLES, "events", "refusals"):
        assert rows(tmp_path / "other", name).equals(rows(tmp_path / "one", name)), name
    for arm in arms():
        mine, theirs = (next(a for a in found.arms if a.arm == arm) for found in (one, other))
        assert mine.metrics == theirs.metrics
        assert mine.brief == theirs.brief
        told = [
            [row for row in found.differences if (row.arm, row.baseline) == (arm, SILENT)] for found in (one, other)
        ]
        assert len(told[0]) > 10
        assert told[0] == told[1]
        assert one.disturbance[arm] == other.disturbance[arm]
    assert one.silent == other.silent
    assert list(about_silence(one)) == list(about_silence(other))
    text = verdict(one).text
    assert "In silence there is no loyalty programme, since the arms do not have the same one" in text
    assert "Silence lacks after_order: the arms differ in them" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "sentences"),
    [
        (("plain", "plain"), ["Silence sends the exempt transactional messages of after_order, which all arms have"]),
        (("points",), ["In silence there is the loyalty programme too: what", "Silence sends the exempt"]),
        (("points", "points"), ["In silence there is the loyalty programme too, since all arms", "Silence sends the"]),
        (("plain", "dear"), ["Silence lacks after_order"]),
    ],
)
def test_what_silence_is_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], sentences: list[str]
) -> None:
    scenarios = [arms()[name] for name in names]
    plan = make_plan(scenarios, [f"{name}-{n}" for n, name in enumerate(names)], SETTINGS)
    manifest = new_manifest(plan, "probe").as_json()
    made = made_tables(replications=2, customers=40)
    told = list(about_silence(compare(replace(made, manifest={**made.manifest, **manifest}))))
    assert told[0].startswith("Silence means no marketing at all within the horizon")
    assert len(told) == 1 + len(sentences)
    for sentence, begin in zip(told[1:], sentences, strict=True):
        assert sentence.startswith(begin)
