"""The shipped migration: nothing differs before its day, other rules hold from then on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.population_file import load_population
from sim.result import BlockResult
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.vocabulary import DAY, EVENT_CODE, REASON_CODE

FOLDER = Path(__file__).parents[2] / "configs" / "scenarios"
NIGHT = 42 * DAY
SHORTER = ("horizon=56d", "at_start={history: 60d}", "control={share: 0%}")


@pytest.fixture(scope="module")
def result() -> BlockResult:
    """Staying, moving; one base of 300 customers."""
    stays = load_scenario(FOLDER / "vendors.yaml", SHORTER)
    moves = load_scenario(FOLDER / "migration.yaml", SHORTER)
    plan = BlockPlan((stays, moves), load_population(Path(stays.population)), 300, 3, (0,), log="contacts")
    return simulate_block(plan)


def rows(result: BlockResult, world: int, event: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(customer, time, rule, reason) of the world's rows of an event."""
    parts = [part for part in result.events if part.time.size]
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("world", "event")]
    mine = (columns[0] == world) & (columns[1] == EVENT_CODE[event])
    names = ("customer", "time", "rule", "reason")
    return tuple(np.concatenate([getattr(part, name) for part in parts])[mine] for name in names)  # type: ignore[return-value]


@pytest.mark.slow
def test_until_that_night_nothing_differs(result: BlockResult) -> None:
    for event in ("sent", "dropped", "held", "opened", "click", "chain_entered"):
        stays, moves = (np.array(rows(result, world, event)[:2]) for world in (0, 1))
        early = [table[:, table[1] < NIGHT] for table in (stays, moves)]
        ordered = [table[:, np.lexsort(table)] for table in early]
        assert np.array_equal(*ordered), event
        assert event == "chain_entered" or ordered[0].size


@pytest.mark.slow
def test_from_that_night_on_the_other_vendors_rules_hold(result: BlockResult) -> None:
    _, time, rule, reason = rows(result, 1, "dropped")
    names = np.array([result.rule_names[code] if code >= 0 else "" for code in rule])
    limited = np.isin(reason, [REASON_CODE["cap"], REASON_CODE["gap"]])
    assert {name.partition(".")[0] for name in names[limited & (time < NIGHT)]} <= {
        "smart_sending_email",
        "smart_sending_sms",
        "smart_sending_push",
    }
    after = set(names[limited & (time >= NIGHT)])
    assert after
    assert after <= {"email_day", "email_week", "push_day", "sms_week", "promo_week"}


@pytest.mark.slow
def test_the_warm_up_holds_marketing_back_and_nothing_else(result: BlockResult) -> None:
    _, time, rule, reason = rows(result, 1, "held")
    planned = reason == REASON_CODE["warmup"]
    assert planned.sum() > 100
    assert time[planned].min() >= NIGHT
    assert {result.rule_names[code] for code in rule[planned]} == {"sender.warmup"}
    assert not (rows(result, 0, "held")[3] == REASON_CODE["warmup"]).any()


@pytest.mark.slow
def test_the_new_domain_hits_the_arm_that_moves_only(result: BlockResult) -> None:
    stays, moves = result.inbox[0], result.inbox[1]
    assert np.array_equal(stays[:41], moves[:41])
    assert (moves[43:50] < stays[43:50]).all()
