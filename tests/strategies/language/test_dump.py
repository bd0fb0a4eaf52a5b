"""Resolved scenarios as YAML: complete, canonical, loadable."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from strategies.language import resolve_to_yaml, scenario_to_yaml
from strategies.language.emit import to_yaml
from strategies.language.nodes import parse_tree
from strategies.scenario import Scenario
from tests.strategies.language.small import CHAIN, END, POLICY, SEGMENT, SMALL, STEP, changed, load
from tests.strategies.language.test_load import CHAIN_KEYS, EXAMPLE, OFFERS, STEPS, TRIGGERS


def without_places(scenario: Scenario) -> Scenario:
    """The scenario without file names and notices, which speak of lines."""
    return replace(scenario, file="", notices=())


def assert_survives(folder: Path, text: str) -> None:
    """Writing and reading gives an equal scenario, writing it again the same text."""
    scenario = load(folder, text)
    written = scenario_to_yaml(scenario)
    again = load(folder, written)
    assert without_places(again) == without_places(scenario)
    assert scenario_to_yaml(again) == written


VARIANTS = [
    *(changed(STEP, f"      - {text}\n") for text in STEPS),
    *(changed("trigger: cart_abandoned", f"trigger: {text}") for text in TRIGGERS),
    *(changed(CHAIN, f"    {text}\n") for text in CHAIN_KEYS),
    *(changed("{gift: 300, cost: 120}", text) for text in OFFERS),
    changed("Test", '"on"'),
    changed("Test", '"a: b # c \\" \\\\ \\u2028 \\x07 \U0001f600"'),
    changed("digest: {purpose: promo", "digest: {purpose: service, variant: -0.25, tone: warm, deliver_by: 90m"),
    changed(SEGMENT, SEGMENT + '  b: {if: "segment.c or profile.city == \\"it\'s\\""}\n  c: {if: "not known(rfm.m)"}\n'),  # noqa: E501
    changed("rfm: {}", "rfm: {levels: 3, best: 1, edges: {recency: [30, 90], frequency: [1, 2.5], monetary: [1, 9]}}"),
    changed(POLICY, POLICY + "    - {name: cart_cap, max: 1, per: 90m, topic: cart, chain: cart, segment: vip}\n"),
    changed(POLICY, POLICY + "    - {by: profile.city, max: {Riga: 1, else: 2}, per: month, zone: company}\n"),
    changed(POLICY, POLICY + "  one_main_chain: {segment: vip}\n"),
    changed(POLICY, POLICY + "  one_main_chain: {others: drop, free: []}\n  min_gap: {any: 2h, then: drop}\n"),
    changed(POLICY, POLICY + "  exempt: {service: {obeys: [], counts: true}}\n  budget: {max: 0.0001, per: week}\n"),
    changed(POLICY, POLICY + "  pause_after: {order: 2d, click: 1h, purposes: promo, then: drop}\n"),
    changed(
        POLICY,
        POLICY + "  pause_after: {also: [{event: order, if: value > 9, for: 2d}, {segment_left: vip, for: 1h}]}\n",
    ),
    changed(
        POLICY,
        POLICY
        + "  pause_after:\n    - {order: 2d, until: click, segment: vip, channel: sms}\n"
        + "    - {name: calm, also: {segment_left: vip, for: 1h}, purposes: service, for_at_most: 3d}\n",
    ),
    changed(POLICY, POLICY + "  pause_after: []\n"),
    changed(
        POLICY,
        POLICY
        + "  budget:\n    - {max: 500, per: week}\n"
        + "    - {name: texts, max: 9.5, per: month, channel: [sms], purposes: promo}\n"
        + "    - {max: 7, per: week, team: team, topic: cart, chain: cart, message: nudge}\n",
    )
    + "teams: {team: {people: 1}}\n",
    changed(POLICY, POLICY + "  budget: []\n"),
    changed(CHAIN, "    exit_on: [order, {segment_left: vip}]\n    reenter: {after: 1d, at_most: 3, per: month}\n"),
    changed(CHAIN, "    goal: {event: order, if: value > 9, window: 7d}\n"),
    changed(CHAIN, "    goal: {any: [click, {event: order, if: value > 9}, {segment_left: vip}], window: 7d}\n"),
    changed(STEP, "      - wait: {until: [click, {segment_entered: vip}], name: answer, at_most: 2d}\n"),
    changed(
        STEP,
        "      - cascade: [{email: nudge, wait: 1d, next_unless: [click, {event: order, if: value > 9}, "
        "{segment_left: vip}, segment.vip, 'clicked(nudge)']}, {sms: digest}]\n",
    ),
    changed(SEGMENT, SEGMENT + '  b: {did: order, during: {from: "11-20", to: "01-10"}}\n'),
    changed(STEP, "      - give: {coupon: gift}\n").replace("consent.email", "consent.email and not coupon.gift", 1),
    changed(STEP, '      - within: {from: "10:00", to: "11:00", zone: company}\n'),
    *(
        changed(STEP, f"      - task: {{to: team, do: {task}, within: 1d}}\n") + "teams: {team: {people: 2, cost: 3}}\n"
        for task in (
            "call, about: nudge",
            "work, name: check",
            "work, name: 'no', minutes: 7.5, cost: 0, purpose: promo",
        )
    ),
    changed('every: "Tue 10:00"', 'every: "2 weeks Tue 10:00", from: 03-01, until: 05-31, zone: company'),
    changed("trigger: cart_abandoned", "trigger: {on: [2026-03-08, 04-01], zone: company}"),
    changed(POLICY, POLICY + "  sunset: [{channel: sms, none_of: visit, for: 1w}, {channel: email, none_of: click, for: 1d}]\n"),  # noqa: E501
    changed(STEP, "      - split: {name: s, arms: {no_one: {share: 33.3%, steps: []}, rest: {share: 0.1}}}\n"),
    changed("scenario: Test\n", "scenario: Test\nbrief: {goal: Sell, owner: '1', budget: 0, kpis: [{metric: romi, at_least: 1.5}, {metric: goal_rate, chain: cart, at_least: 2.5%, at_most: 1}, {metric: orders, against: silence, at_most: -2}]}\n"),  # noqa: E501
    changed(END, END + "loyalty: {points: {earn: 5%}}\n"),
    changed(END, END + "loyalty: {tiers: {a: {from: 0.5}, b: {from: 7}}, spent_in: 90d, refresh: 1d}\n"),
    changed(END, END + "loyalty: {points: {earn: 1.5%, active_after: 90m, expire_after: 1w, expiring: 2d, worth: 0.5, pay_up_to: 100%}, tiers: {a: {from: 5, earn: 2%}}}\n"),  # noqa: E501
    changed(END, END + "data_faults: {lost: {click: 5%}, late: {order: {share: 1%, by: 6h}}, doubled: {order: 2%}, "
            "two_ids: {customers: 8%, unseen: 40%}}\n"),
    changed(END, END + "changes: [{on: 2026-02-09, in_app_slot: {show_for: 1d, in_all: 1 per 2d, winner: oldest}}]\n"),
    changed("trigger: cart_abandoned", 'trigger: {event: support_closed, if: "waited > 2d and waited / 1h < 90"}'),
    changed('"orders >= 3"', '"last_order.age - 1d > 2 * 30d and orders * 10% < 3"'),
    changed(END, END + "rules: [{at_most: {messages: 0}, within: 1d}]\nplatform_cost: 0.5\ntail: 30d\n"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("text", VARIANTS, ids=range(len(VARIANTS)))
def test_a_scenario_survives_writing_and_reading(tmp_path: Path, text: str) -> None:
    assert_survives(tmp_path, text)


def test_the_reference_scenario_survives_writing_and_reading(tmp_path: Path) -> None:
    assert_survives(tmp_path, EXAMPLE.read_text().replace("../populations/online_shop.yaml", "shop.yaml"))


def test_attributes_stand_without_trigger_where_files_write_them_so(tmp_path: Path) -> None:
    text = SMALL.replace("trigger: cart_abandoned", "trigger: {event: cart_abandoned, if: trigger.value > 1}")
    text = text.replace(
        "goal: {event: order,", "exit_on: {event: order, if: not value > 2}\n    goal: {event: order, if: value > 3,"
    )
    text = text.replace(POLICY, POLICY + "  pause_after: {also: {event: order, if: 'value in [4]', for: 2d}}\n")
    text = text.replace('{if: "orders >= 3"}', "{did: {event: order, if: value * 5 > 1 and known(value)}, within: 7d}")
    text = text.replace('if: "clicked(nudge)"', "if: trigger.value > 6")
    written = scenario_to_yaml(load(tmp_path, text))
    conditions = re.findall(r"if: \"(.*(?:value).*)\"", written)
    in_signals = {"not (value > 2)", "value > 3", "value in [4]"}
    assert {*conditions} == {"value > 1", *in_signals, "((value * 5) > 1) and known(value)", "trigger.value > 6"}
    assert_survives(tmp_path, text)


def test_overrides_are_part_of_the_resolved_scenario(tmp_path: Path) -> None:
    load(tmp_path, SMALL)
    text = resolve_to_yaml(tmp_path / "s.yaml", ["contact_policy.caps[0].max=3"])
    assert load(tmp_path, text).policy.caps[0].maximum == 3


def test_the_population_may_be_named_without_its_folder(tmp_path: Path) -> None:
    text = scenario_to_yaml(load(tmp_path, SMALL), population="population.yaml")
    assert "\npopulation: population.yaml\n" in text
    assert str(tmp_path) not in text


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    text = scenario_to_yaml(load(tmp_path, SMALL))
    assert text.startswith(
        f'scenario: Test\npopulation: "{(tmp_path / "shop.yaml").resolve()}"\nhorizon: 90d\ntail: 0d\n'
    )
    assert "  caps:\n    - max: 2\n      per: day\n      zone: customer\n      counts: sent\n      then: wait\n" in text


@pytest.mark.parametrize(
    "word", ["yes", "No", "ON", "off", "null", "~", "true", "1", "1e3", "", " a", "a: b", "- a", "#", "é"]
)
def test_texts_stay_texts(word: str) -> None:
    root, problems = parse_tree(to_yaml({"a": word}), "a.yaml")
    node = root.entries["a"][1]
    assert (node.kind, node.value, problems) == ("text", word, [])
