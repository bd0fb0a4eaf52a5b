"""Making personal messages costs money: each contact from the budget, all of it in marketing cost and ROMI."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from experiments.commands import Changes
from experiments.comparison import ArmResult, Comparison, compare
from experiments.plan import Settings, make_plan
from experiments.runfolder import new_manifest
from experiments.runner import run_plan
from strategies.language import load_scenario
from tests.sim.blocks import CONFIGS
from tests.strategies.story import tell

BUDGETED = """
channels: {{email: {{cost: 1}}}}
contact_policy: {{budget: {{max: 4, per: month}}}}
production_cost: {{level_1: {{each: 1}}, level_3: {{fixed: 1000, each: 3}}}}
messages: {{m: {{purpose: promo{level}}}}}
campaigns: {{daily: {{every: "day 10:00", send: {{email: m}}}}}}
"""


@pytest.mark.parametrize(
    ("level", "days"),
    [
        ("", 4),  # 1 a day: the fourth day's makes 4, and the fifth day is stopped
        (", personal: name, fallback: you", 2),  # 1 and 1 for making it
        (
            ", personal: [name, cart_items], fallback: you",
            1,
        ),  # 1 and 3; what is paid once for all is no contact's price
        (", level: 3", 1),
    ],
)
def test_making_each_message_is_spent_from_the_budget(level: str, days: int) -> None:
    told = tell(BUDGETED.format(level=level), days=7)
    assert [line.removesuffix(" (fallback)") for line in told.sent] == [
        f"day {day} 10:00 email:m" for day in range(days)
    ]
    assert told.lines("dropped")[0] == f"day {days} 10:00 dropped email:m (budget)"


ARM = """
scenario: A mail a day
population: {population}
horizon: 12d
tail: 3d
start: 2026-02-02
at_start: {{history: 0d}}
channels: {{email: {{cost: 0.1}}}}
production_cost: {{level_5: {{fixed: 60, each: 0.5}}}}
messages: {{m: {{purpose: promo, topic: news{level}}}, unused: {{purpose: promo{level}}}}}
campaigns: {{daily: {{every: "day 10:00", to: "consent.email", send: {{email: m}}}}}}
control: {{share: 20%}}
"""
FIXED, EACH, CHANNEL = 2 * 60.0, 0.5, 0.1
"""Currency units: once for both messages of the level, for each contact, of the channel."""
CUSTOMERS, REPLICATIONS = 300, 3


@pytest.mark.parametrize(("days", "part"), [(4, 1 / 3), (12, 1.0), (24, 1.0)])
def test_a_run_of_fewer_days_bears_its_part_of_what_is_paid_once(tmp_path: Path, days: int, part: float) -> None:
    """As of the budget: a test of four days is not charged with the whole of what twelve days of mail need once."""
    population = CONFIGS / "populations" / "online_shop.yaml"
    brief = "brief: {budget: 1200}\n"
    (tmp_path / "dear.yaml").write_text(brief + ARM.format(level=", level: 5", population=population))
    scenario = Changes((), (f"horizon={days}d",), None).load(tmp_path / "dear.yaml")
    plan = make_plan([scenario], ["dear"], Settings(customers=10, replications=2))
    (arm,) = new_manifest(plan, "").arms
    assert arm.production_cost == pytest.approx(FIXED * part)
    assert arm.brief["budget"] == 1200 * days // 12
    assert arm.stated_days == (None if days == 12 else (12, 3))
    stated = make_plan([load_scenario(tmp_path / "dear.yaml")], ["dear"], Settings(customers=10, replications=2))
    assert (plan.hash() == stated.hash()) == (days == 12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two arms that differ in nothing but the stated level of their messages."""
    home = tmp_path_factory.mktemp("production")
    files = {}
    for name, level in (("plain", ""), ("dear", ", level: 5")):
        files[name] = home / f"{name}.yaml"
        population = CONFIGS / "populations" / "online_shop.yaml"
        files[name].write_text(ARM.format(level=level, population=population))
    settings = Settings(customers=CUSTOMERS, replications=REPLICATIONS, seed=3)
    plan = make_plan([load_scenario(file) for file in files.values()], list(files), settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        run_plan(plan, home / "run")
    return home / "run"


@pytest.fixture(scope="module")
def comparison(folder: Path) -> Comparison:
    return compare(folder)


def sums(folder: Path, arm: str) -> dict[str, float]:
    """What those outside the control group did and cost together, over all replications."""
    outcomes = pl.read_parquet(folder / "outcomes.parquet").filter((pl.col("arm") == arm) & ~pl.col("control"))
    columns = ("sent", "orders", "contact_cost", "offer_cost", "contribution")
    return {"customers": outcomes.height, **{name: float(outcomes[name].sum()) for name in columns}}


def per_base(arm: ArmResult, metric: str, comparison: Comparison) -> float:
    value = arm.metrics[metric].value
    assert value is not None
    return value * comparison.customers


@pytest.mark.slow
def test_marketing_cost_holds_each_message_and_what_is_paid_once(folder: Path, comparison: Comparison) -> None:
    plain, dear = sums(folder, "plain"), sums(folder, "dear")
    assert plain["sent"] > 500
    assert (dear["sent"], dear["orders"]) == (plain["sent"], plain["orders"])
    assert plain["contact_cost"] == pytest.approx(CHANNEL * plain["sent"])
    assert dear["contact_cost"] == pytest.approx((CHANNEL + EACH) * dear["sent"])
    assert plain["contribution"] - dear["contribution"] == pytest.approx(EACH * dear["sent"])
    # Every replication is a base of its own, and each pays once; the figures are means over replications.
    outcomes = pl.read_parquet(folder / "outcomes.parquet").filter((pl.col("arm") == "dear") & ~pl.col("control"))
    by_base = outcomes.group_by("replication").agg(pl.len(), pl.col("sent").sum())
    one, other = comparison.arms
    for arm, each, fixed in ((one, CHANNEL, 0.0), (other, CHANNEL + EACH, FIXED)):
        due = ((each * by_base["sent"] + fixed) / by_base["len"]).mean()
        assert arm.metrics["marketing_cost"].value == pytest.approx(due)
    before = [
        per_base(arm, "contribution", comparison) + per_base(arm, "marketing_cost", comparison) for arm in (one, other)
    ]
    assert before[0] == pytest.approx(before[1])


@pytest.mark.slow
def test_romi_is_divided_by_what_the_messages_cost_to_make(folder: Path, comparison: Comparison) -> None:
    found = {name: sums(folder, name) for name in ("plain", "dear", "silent")}
    before = {
        name: total["contribution"] + total["contact_cost"] + total["offer_cost"] for name, total in found.items()
    }
    gain = before["plain"] - before["silent"]
    assert before["dear"] == pytest.approx(before["plain"])
    plain, dear = comparison.arms
    cost = CHANNEL * found["plain"]["sent"]
    assert plain.metrics["romi"].value == pytest.approx((gain - cost) / cost)
    dearer = (CHANNEL + EACH) * found["plain"]["sent"] + REPLICATIONS * FIXED
    assert dear.metrics["romi"].value == pytest.approx((gain - dearer) / dearer)
