"""Fields of the customer's card, static segments and actions: files of customers, and back to YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from strategies.action_steps import CallWebhook, PauseChain, StartChain, StopChain
from strategies.language import load_scenario
from strategies.language.card import format_members
from strategies.language.dump import scenario_to_yaml
from strategies.language.load import without_chain
from strategies.step_tree import steps_within
from tests.strategies.language.small import SMALL, load, problems_of

SEGMENTS = """\
segments:
  blacklist: {file: blacklist.csv}
  pilots: {members: "5, 7-9"}
  promised: {static: true, about: called back}
"""
CHAINS = """\
fields: {calls: 0, promised: false, stage: {one_of: [new, won], default: new}, score: {type: number, about: points}}
chains:
  actions:
    trigger: started
    steps:
      - set: {calls: 1.5, stage: won, promised: true}
      - add_to: promised
      - remove_from: pilots
      - unsubscribe: email
      - unsubscribe: all
      - webhook: lead
      - webhook: {name: crm, with: [orders, field.stage, segment.vip, profile.city]}
      - choose: [{if: "field.calls > 1", steps: [{start: cart}, {pause: {chain: cart, for: 3d}}]}]
      - split: {name: s, arms: {a: {share: 100%, steps: [{stop: cart}]}}}
"""
ACTIONS = SMALL.replace("segments:\n", SEGMENTS).replace("chains:\n", CHAINS)


def test_actions_dump_to_what_loads_as_an_equal_scenario_without_the_file_of_customers(tmp_path: Path) -> None:
    scenario = load(tmp_path, ACTIONS)
    text = scenario_to_yaml(scenario)
    assert 'blacklist:\n    members: "3, 12"' in text
    (tmp_path / "blacklist.csv").unlink()
    again = tmp_path / "again.yaml"
    again.write_text(text)
    loaded = load_scenario(again)
    assert loaded.chains == scenario.chains
    assert loaded.fields == scenario.fields
    assert loaded.segments == scenario.segments


def test_fields_of_a_webhook_have_their_types(tmp_path: Path) -> None:
    chain = next(chain for chain in load(tmp_path, ACTIONS).chains if chain.name == "actions")
    fields = [step.fields for step in chain.steps if isinstance(step, CallWebhook)]
    assert fields == [
        (),
        (("orders", "number"), ("field.stage", "text"), ("segment.vip", "bool"), ("profile.city", "text")),
    ]


def test_a_chain_switched_off_is_started_by_nobody(tmp_path: Path) -> None:
    chains = without_chain(load(tmp_path, ACTIONS), "cart").chains
    steps = [step for chain in chains for step in steps_within(chain.steps)]
    assert len(steps) > 5
    assert not any(isinstance(step, StartChain | PauseChain | StopChain) for step in steps)


def test_members_are_written_as_ranges() -> None:
    assert format_members((0, 1, 2, 5, 7, 8)) == "0-2, 5, 7-8"


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", [":1:1: found an empty file, expected a column 'customer'"]),
        ("id,name\n1,anna\n", [":1:1: found id, name, expected a column 'customer'"]),
        ("customer\n1\nx\n1\n-2\n", [
            ":3:1: found 'x', expected the number of a customer",
            ":4:1: found customer 1 twice, expected each once",
            ":5:1: found '-2', expected the number of a customer",
        ]),
        ("name,customer\nanna\n", [":2:1: found nothing, expected the number of a customer"]),
    ],
)  # fmt: skip
def test_a_file_of_customers_is_told_with_file_and_line(tmp_path: Path, content: str, problems: list[str]) -> None:
    (tmp_path / "list.csv").write_text(content)
    text = SMALL.replace("segments:\n", "segments:\n  black: {file: list.csv}\n")
    assert problems_of(tmp_path, text) == [f"{tmp_path / 'list.csv'}{problem}" for problem in problems]


def test_a_chain_that_nobody_starts_is_noticed(tmp_path: Path) -> None:
    notices = load(tmp_path, ACTIONS).notices
    assert [notice.text for notice in notices] == [
        "chains.actions: no chain starts 'actions'; it will never run",
    ]


def test_more_texts_of_a_field_than_have_a_code_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strategies.language.card.MAX_NAMES", 2)
    (problem,) = problems_of(tmp_path, SMALL + "fields: {stage: {one_of: [new, won, lost]}}\n")
    assert problem.endswith("fields.stage.one_of: found 3 texts, expected at most 2")
