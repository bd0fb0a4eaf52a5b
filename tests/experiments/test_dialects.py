"""The same chains under every dialect: the table, one customer side by side, the page in the documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.contact_log import ContactLog
from experiments.dialects import OWN_POLICY, compare_dialects, overrides_of
from strategies.language import load_scenario
from strategies.language.dialects import dialects
from strategies.vocabulary import HOUR
from tests.experiments.told_runs import told_run

ROOT = Path(__file__).parents[2]
VENDORS = ROOT / "configs" / "scenarios" / "vendors.yaml"
PAGE = ROOT / "docs" / "explanation" / "dialects-table.md"
FIGURE = re.compile(r"([\d.\s]+)(?:\s%)?\s\(([\d.\s]+)\s…\s([\d.\s]+)\)")


@pytest.mark.parametrize("name", dialects())
def test_a_dialect_takes_the_place_of_the_scenarios_own_limits(name: str, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("x: 1\n")
    path = tmp_path / "s.yaml"
    head = "scenario: S\npopulation: p.yaml\nhorizon: 9d\nstart: 2026-02-02\n"
    own = 'contact_policy: {like: braze, caps: [{max: 9, per: day}], quiet_hours: {from: "22:00", to: "08:00"}}\n'
    path.write_text(head + own)
    policy = load_scenario(path, overrides_of(path, name)).policy
    path.write_text(head + f"contact_policy: {{like: {name}}}\n")
    alone = load_scenario(path).policy
    assert (policy.caps, policy.min_gap, policy.exempt) == (alone.caps, alone.min_gap, alone.exempt)
    assert policy.quiet_hours
    path.write_text(head)
    assert load_scenario(path, overrides_of(path, name)).policy == alone


def test_a_contact_is_asked_for_when_it_had_an_address_and_the_consent(tmp_path: Path) -> None:
    kept = ("cap", "main_chain", "condition", "budget", "preference", "send_window", "offer_expired", "sunset")
    left = ("no_address", "no_consent", "no_template", "control", "holdout")
    what = {"customer": 0, "time": HOUR, "chain": "c", "step": "steps[0]", "channel": "email", "message": "m"}
    log: list[dict[str, Any]] = [
        {**what, "contact": number, "event": "dropped", "reason": reason}
        for number, reason in enumerate((*kept, *left), start=1)
    ]
    log.append({**what, "contact": 99, "event": "sent"})
    scenario = "messages: {m: {purpose: promo}}\nchains: {c: {trigger: order, steps: [{send: {email: m}}]}}\n"
    table = compare_dialects([ContactLog.open(told_run(tmp_path, scenario, [{}], log))])
    (row,) = table.to_json()
    assert row["asked"]["value"] == 1_000 * (len(kept) + 1)
    assert row["sent"]["value"] == 1_000


@pytest.mark.slow
@pytest.mark.parametrize(("limits", "own"), [("like: klaviyo@2025", False), ("caps: [{max: 1, per: day}]", True)])
def test_the_scenarios_own_policy_has_a_row_unless_it_is_a_dialect(tmp_path: Path, limits: str, own: bool) -> None:
    shop = ROOT / "configs" / "populations" / "online_shop.yaml"
    text = VENDORS.read_text(encoding="utf-8").replace("like: klaviyo@2025", limits)
    (tmp_path / "mine.yaml").write_text(text.replace("../populations/online_shop.yaml", str(shop)), encoding="utf-8")
    size = ["--customers", "30", "--days", "14", "--replications", "2", "--jobs", "1", "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(app, ["dialects", str(tmp_path / "mine.yaml"), *size, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    names = [OWN_POLICY, *dialects()] if own else [*dialects()]
    assert [row["dialect"] for row in told["dialects"]] == names
    assert list(told["customer"]["timeline"]) == names


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("dialects")
    size = ["--customers", "150", "--days", "28", "--replications", "4", "--jobs", "1"]
    given = ["dialects", str(VENDORS), *size, "--out", str(folder / "run")]
    done = CliRunner().invoke(app, [*given, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    found["markdown"] = CliRunner().invoke(app, [*given, "--markdown"], catch_exceptions=False).stdout
    found["text"] = CliRunner().invoke(app, given, catch_exceptions=False).stdout
    return found


@pytest.mark.slow
def test_dialects_differ_as_the_vendors_do(found: dict[str, Any]) -> None:
    rows = {row["dialect"].partition("@")[0]: row for row in found["dialects"]}

    def figure(vendor: str, name: str) -> float:
        return float(rows[vendor][name]["value"])

    for skips in ("klaviyo", "braze", "iterable"):
        for waits in ("customerio", "mautic"):
            assert figure(skips, "dropped") > figure(waits, "dropped")
            assert figure(waits, "held") > 2 * figure(skips, "held")
            assert figure(waits, "hours") > 2 * figure(skips, "hours")
    assert [name for name in rows if figure(name, "ended") > 0] == ["customerio"]


@pytest.mark.slow
def test_one_customer_is_shown_under_all_of_them(found: dict[str, Any]) -> None:
    told = found["customer"]["timeline"]
    assert list(told) == list(dialects())
    assert len({json.dumps(moments) for moments in told.values()}) >= 3
    assert f"Customer {found['customer']['customer']}, replication" in found["text"]


def _figures(page: str) -> dict[str, list[tuple[float, float] | None]]:
    """Dialect → (low, high) of each figure, None for none."""
    rows = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in dialects():
            matches = [FIGURE.fullmatch(cell) for cell in cells[1:]]
            rows[cells[0]] = [(_number(m[2]), _number(m[3])) if m else None for m in matches]
    return rows


def _number(text: str) -> float:
    return float(re.sub(r"\s", "", text))


@pytest.mark.slow
def test_the_page_in_the_documentation_is_up_to_date(found: dict[str, Any]) -> None:
    """Figures may differ in luck, not beyond their intervals: the page has larger bases and two weeks more.

    Whoever changes the world renews the page by `make dialects`.  Only shares and ratios are compared, which
    do not grow with the horizon: what was sent, held and dropped of what was asked for.
    """
    page = PAGE.read_text(encoding="utf-8")
    mine, fresh = _figures(page), _figures(found["markdown"])
    assert list(mine) == list(fresh) == list(dialects())
    for name, figures in mine.items():
        for column in (2, 3, 6):  # sent, held, dropped, of asked
            there, here = figures[column], fresh[name][column]
            asked, fresh_asked = figures[1], fresh[name][1]
            assert there
            assert here
            assert asked
            assert fresh_asked
            assert there[0] / asked[1] <= here[1] / fresh_asked[0] + 0.03, (name, column)
            assert there[1] / asked[0] >= here[0] / fresh_asked[1] - 0.03, (name, column)
    rules = set(re.findall(r"\((\w+)(?:\.\w+)?\)", page.partition("\nCustomer ")[2]))
    known = {"quiet_hours"}
    for name in dialects():
        policy = load_scenario(VENDORS, (f"contact_policy.like={name}",)).policy
        known |= {cap.name for cap in policy.caps} | {gap.name for gap in policy.min_gap}
    assert rules
    assert rules <= known
