"""The auditor reads what the whole simulator logs: the real world instead of the toy one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from sim.population_file import load_population
from sim.result import NO_VALUE, BlockResult
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.vocabulary import CHANNELS, EVENTS, MONEY_UNIT, REASONS
from tests.audit.auditor import audit
from tests.audit.crowded import CROWDED
from tests.audit.facts import Customer, Row

CONFIGS = Path(__file__).parent.parent.parent / "configs"
BASES = 2


def _rows(result: BlockResult, arm: str) -> list[Row]:
    """The log of the first arm."""
    rows = []
    sites, names = result.sites, result.chain_names
    columns = ("world", "customer", "time", "event", "contact", "run", "site", "chain", "reason", "rule")
    for part in result.events:
        values = [getattr(part, name).tolist() for name in (*columns, "displaced_by", "value")]
        for world, customer, time, event, contact, run, site, chain, reason, rule, by, value in zip(
            *values, strict=True
        ):
            if world >= BASES:
                continue
            places = (sites.channel, sites.chain, sites.step, sites.message)
            channel, origin, step, message = (table[site] if site >= 0 else "" for table in places)
            rows.append(
                Row(
                    arm=arm,
                    replication=world,
                    customer=customer,
                    time=time,
                    event=EVENTS[event],
                    contact=contact,
                    run=run,
                    channel=channel,
                    chain=origin or (names[chain] if chain >= 0 else ""),
                    step=step,
                    message=message,
                    reason=REASONS[reason],
                    rule=result.rule_names[rule] if rule >= 0 else "",
                    displaced_by=names[by] if by >= 0 else "",
                    value=value / MONEY_UNIT if value != NO_VALUE else None,
                )
            )
    return rows


def _customers(result: BlockResult) -> list[Customer]:
    table = result.customers
    n = result.customers_per_world

    def channels(kind: str, index: int) -> frozenset[str]:
        return frozenset(name for name in CHANNELS if table[f"{kind}_{name}"][index])

    return [
        Customer(
            customer=index % n,
            replication=index // n,
            zone_hours=int(np.int64(table["zone_hours"][index])),
            control=bool(table["control"][index]),
            address=channels("address", index),
            consent=channels("consent", index),
            service_consent=channels("service_consent", index),
        )
        for index in range(BASES * n)
    ]


def _shipped(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = YAML(typ="safe").load(CONFIGS / "scenarios" / f"{name}.yaml")
    return raw | {"start": str(raw["start"])}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cart_rescue", "loud_discounts", *CROWDED])
def test_the_simulator_follows_the_scenario(name: str, tmp_path: Path) -> None:
    raw = CROWDED[name] if name in CROWDED else _shipped(name)
    # Customers without a past: the auditor knows only what the log tells.
    raw = raw | {"population": str(CONFIGS / "populations" / "online_shop.yaml"), "at_start": {"history": "0d"}}
    raw |= {"horizon": "30d", "tail": "10d"}
    file = tmp_path / "scenario.yaml"
    file.write_text(json.dumps(raw))
    scenario = load_scenario(file)
    plan = BlockPlan((scenario,), load_population(scenario.population), customers=250, seed=5, bases=(0, 1))
    result = simulate_block(plan)
    rows = _rows(result, scenario.name)
    assert sum(row.event == "sent" for row in rows) > 100
    assert audit(raw, rows, _customers(result)) == []
