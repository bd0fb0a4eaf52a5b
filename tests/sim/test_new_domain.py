"""A new sender domain in the world: unknown at first, harmed by volumes that jump, carried by a warm-up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.kernel.calendar import DAY, HOUR
from sim.parameters import Parameters
from sim.population_file import load_population
from sim.reputation import DELIVERED, NOTICED, SENT
from sim.result import BlockResult
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.vocabulary import EVENT_CODE
from tests.sim.harness import SHOP, Scene


def settled(days: list[tuple[int, int]], new: bool = True) -> list[float]:
    """Inbox shares after days of (e-mails sent, noticed) to a base of 1,000."""
    world = Scene(customers=1_000, end=1, period=None).world
    if new:
        world.reputation.plan_new_domains({0: np.array([True])}, 0)
    shares = [float(world.inbox[0])]
    for day, (sent, noticed) in enumerate(days, start=1):
        for what, number in ((SENT, sent), (DELIVERED, sent), (NOTICED, noticed)):
            world.reputation.today[0, what] = number
        world.inbox[...] = world.reputation.settle(day * DAY)
        shares.append(float(world.inbox[0]))
    return shares


def test_a_domain_that_nobody_knows_reaches_fewer_inboxes_until_it_is_known() -> None:
    known, new = settled([(0, 0)], new=False), settled([(20, 5)] * 200)
    assert known[1] - new[0] == pytest.approx(Parameters().sender.new_loss)
    assert all(np.diff(new[20:]) > 0)
    assert known[1] - new[-1] < Parameters().sender.new_loss / 4


def test_a_volume_that_jumps_costs_inbox_share_and_is_forgiven() -> None:
    jump = settled([(800, 200), *[(0, 0)] * 60])
    smooth = settled([(12 * 2**day, 3 * 2**day) for day in range(7)])
    assert jump[1] < smooth[-1] - 0.2
    assert jump[-1] > jump[1] + 0.2


def test_a_known_domain_may_mail_everybody() -> None:
    assert settled([(800, 200)], new=False)[1] >= settled([(0, 0)], new=False)[1]


WEEKLY = """
scenario: Weekly news
population: {population}
horizon: 35d
start: 2026-02-02
at_start: {{history: 60d}}
channels: {{email: {{cost: 0.1}}}}
contact_policy: {{like: klaviyo@2025}}
messages: {{digest: {{purpose: promo, speaks_to: {{job: any}}}}}}
campaigns: {{weekly: {{every: "Tue 10:00", send: {{email: digest}}}}}}
"""
NEW = "changes: [{on: 2026-02-09, contact_policy: {like: braze@2025}, sender: {domain: new}}]\n"
WARM = "changes: [{on: 2026-02-09, contact_policy: {like: braze@2025}, sender: {domain: new, warmup: 21d}}]\n"


def plan(folder: Path, *texts: str, bucket: int | None = None, **more: object) -> BlockPlan:
    scenarios = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.yaml"
        path.write_text(WEEKLY.format(population=SHOP) + text)
        scenarios.append(load_scenario(path))
    return BlockPlan(tuple(scenarios), load_population(SHOP), 300, 5, (0, 1), bucket=bucket, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weekly")


@pytest.fixture(scope="module")
def together(folder: Path) -> BlockResult:
    """No change, a new domain at once, a new domain with a warm-up; two bases each, and the silent arm."""
    return simulate_block(plan(folder, "", NEW, WARM))


@pytest.mark.slow
def test_the_new_domain_loses_and_the_warm_up_loses_less(together: BlockResult) -> None:
    inbox = together.inbox.reshape(4, 2, -1)
    old, new, warm = inbox[0], inbox[1], inbox[2]
    assert (old[:, :6] == new[:, :6]).all()
    assert (new[:, 7:15] < old[:, 7:15] - 0.1).all()
    assert (warm[:, 9:15] > new[:, 9:15] + 0.05).all()


@pytest.mark.slow
def test_the_warm_up_holds_the_daily_volume(together: BlockResult) -> None:
    """E-mails of a day stay inside the plan, which the test works out by itself."""
    counts = together.counts
    per_day = np.zeros((2, 35), np.int64)
    mine = (counts["event"] == EVENT_CODE["sent"]) & (counts["world"] // 2 == 2)
    np.add.at(per_day, (counts["world"][mine] % 2, counts["day"][mine]), counts["count"][mine])
    plan_of_day = [300 * 0.01 ** (1 - day / 21) for day in range(21)]
    assert (per_day[:, 7:28] <= np.floor(np.maximum(plan_of_day, 1) + 1e-6)).all()
    assert per_day[:, 7:28].sum() > 0


@pytest.mark.slow
@pytest.mark.parametrize("bucket", [900, HOUR])
def test_the_bucket_changes_nothing(folder: Path, together: BlockResult, bucket: int) -> None:
    other = simulate_block(plan(folder, "", NEW, WARM, bucket=bucket))
    assert all((other.outcomes[name] == values).all() for name, values in together.outcomes.items())
    assert np.array_equal(other.inbox, together.inbox)


@pytest.mark.slow
def test_alone_or_stacked_is_the_same(folder: Path, together: BlockResult) -> None:
    alone = simulate_block(plan(folder, WARM))
    mine = slice(4 * 300, 6 * 300)
    assert all((values[: 2 * 300] == together.outcomes[name][mine]).all() for name, values in alone.outcomes.items())
    assert np.array_equal(alone.inbox[:2], together.inbox[4:6])


@pytest.mark.slow
def test_a_recorded_path_replays_the_change(folder: Path, together: BlockResult) -> None:
    again = simulate_block(plan(folder, "", NEW, WARM, replay=together.shared_path))
    assert all((again.outcomes[name] == values).all() for name, values in together.outcomes.items())
