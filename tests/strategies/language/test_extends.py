"""Files that build on others: what comes out, where it came from, and what is said when they do not fit."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from strategies.chain_steps import Send, Wait
from strategies.chain_triggers import EventTrigger, InactivityTrigger
from strategies.in_app_rules import InAppSlot
from strategies.language import InputError, Problem, ScenarioError, compose, load_scenario, scenario_to_yaml
from strategies.language.nodes import Node, read_tree
from strategies.language.origins import place_of, resolved
from strategies.language.problems import Mark
from strategies.scenario import Scenario
from strategies.vocabulary import DAY
from tests.strategies.language.small import SMALL

PARTS = """\
messages:
  hello: {purpose: content, topic: welcome}
chains:
  welcome: {trigger: subscribed, steps: [{send: {email: hello}}]}
"""


def write(folder: Path, **files: str) -> Path:
    """The files of a folder, ``own`` being the one that is loaded; ``base`` is the small scenario."""
    (folder / "shop.yaml").write_text("people: 1\n")
    for name, text in {"base": SMALL, **files}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / "own.yaml"


def load(folder: Path, **files: str) -> Scenario:
    return load_scenario(write(folder, **files))


def problems(folder: Path, **files: str) -> list[str]:
    """Every problem as ``file:line:column: text``, files by their names."""
    with pytest.raises(ScenarioError) as raised:
        load(folder, **files)
    return [str(problem).replace(f"{folder}/", "") for problem in raised.value.problems]


# ---------------------------------------------------------------------- extends


def test_a_file_that_only_extends_is_its_base(tmp_path: Path) -> None:
    own = load(tmp_path, own="extends: base.yaml\n")
    assert scenario_to_yaml(own) == scenario_to_yaml(load_scenario(tmp_path / "base.yaml"))


def test_rows_of_pauses_and_budgets_are_changed_by_name_or_position(tmp_path: Path) -> None:
    rows = """extends: base.yaml
contact_policy:
  pause_after: [{order: 2d}, {name: calm, complained: 30d}]
  budget: [{max: 500, per: month}, {name: texts, channel: sms, max: 50, per: week}]
"""
    changed = """extends: rows.yaml
contact_policy:
  pause_after: {"[0]": off, calm: {complained: 10d, until: order}, append: {click: 1h}}
  budget: {texts: {max: 20}}
"""
    policy = load(tmp_path, rows=rows, own=changed).policy
    assert [(row.name, row.events) for row in policy.pause_after] == [
        ("calm", (("complained", 10 * DAY),)),
        ("pause_after[1]", (("click", 3_600),)),
    ]
    assert policy.pause_after[0].until == ("order",)
    assert [(row.name, row.maximum // 10_000) for row in policy.budget] == [("budget[0]", 500), ("texts", 20)]


def test_mappings_are_overridden_key_by_key(tmp_path: Path) -> None:
    own = load(tmp_path, own="extends: base.yaml\nscenario: Mine\nchains: {cart: {priority: 90, goal: {window: 3d}}}\n")
    cart = own.chains[0]
    assert (own.name, cart.priority, cart.name) == ("Mine", 90, "cart")
    assert cart.goal is not None
    assert (cart.goal.events, cart.goal.window) == ({"order"}, 3 * 86_400)
    assert own.messages[0].name == "digest"


def test_a_list_is_replaced_as_a_whole(tmp_path: Path) -> None:
    own = load(tmp_path, own="extends: base.yaml\nchains: {cart: {steps: [{wait: 2h}]}}\n")
    assert own.chains[0].steps == (Wait(7_200),)


def test_items_of_a_list_are_overridden_by_position_or_name_and_appended(tmp_path: Path) -> None:
    caps = "    - {max: 2, per: day}\n    - {name: weekly, max: 9, per: week}\n    - {max: 30, per: month}\n"
    base = SMALL.replace("    - {max: 2, per: day}\n", caps)
    text = 'extends: base.yaml\ncontact_policy: {caps: {"[0]": {max: 1}, weekly: {max: 4}, "[2]": off, append: {max: 7, per: 7d}}}\n'  # noqa: E501
    own = load(tmp_path, base=base, own=text)
    assert [(cap.maximum, cap.calendar) for cap in own.policy.caps] == [(1, "day"), (4, "week"), (7, None)]


def test_another_form_replaces_the_inherited_one(tmp_path: Path) -> None:
    text = """\
extends: base.yaml
offers: {gift: {percent: 10%}}
chains: {cart: {trigger: {inactive: 30d, of: order}, steps: {"[1]": {send: {sms: nudge}}}}}
"""
    base = SMALL.replace("trigger: cart_abandoned", 'trigger: {event: order, if: "value > 5"}')
    own = load(tmp_path, base=base, own=text)
    assert own.offers[0].kind == "percent"
    assert own.chains[0].trigger == InactivityTrigger(30 * 86_400, ("order",))
    send = own.chains[0].steps[1]
    assert isinstance(send, Send)
    assert send.channels == ("sms",)


def test_another_kind_of_schedule_leaves_the_rest_of_a_campaign(tmp_path: Path) -> None:
    base = load(tmp_path, own="extends: base.yaml\n").campaigns[0]
    dated = load(tmp_path, own='extends: base.yaml\ncampaigns: {tuesday: {on: 2026-02-20, at: "11:00"}}\n').campaigns[0]
    assert dated.schedule.dates == (dt.date(2026, 2, 20),)
    assert dataclasses.replace(dated, schedule=base.schedule) == base
    files = {"middle": 'extends: base.yaml\ncampaigns: {tuesday: {on: 2026-02-20, at: "11:00", zone: company}}\n'}
    for taking in ("", "on: off, "):
        own = f'extends: middle.yaml\ncampaigns: {{tuesday: {{{taking}every: "Mon 09:00"}}}}\n'
        weekly = load(tmp_path, **files, own=own).campaigns[0]
        assert (weekly.schedule.weekdays, weekly.schedule.dates, weekly.schedule.zone) == ((0,), (), "company")
        assert dataclasses.replace(weekly, schedule=base.schedule) == base


ON, AT, EVERY = ("on", "2026-02-20"), ("at", '"11:00"'), ("every", '"Mon 09:00"')
SEASON = (("from", '"03-01"'), ("until", '"05-31"'))


@pytest.mark.parametrize("keys", [(ON,), (ON, AT), (AT, ON), (*SEASON, ON), (ON, AT, EVERY), (ON, EVERY, *SEASON)])
def test_overrides_do_what_files_that_build_on_one_another_do(
    tmp_path: Path, keys: tuple[tuple[str, str], ...]
) -> None:
    files, below = {}, "base"
    for number, (key, value) in enumerate(keys, start=1):
        name = "own" if number == len(keys) else f"step{number}"
        files[name] = f"extends: {below}.yaml\ncampaigns: {{tuesday: {{{key}: {value}}}}}\n"
        below = name
    path = write(tmp_path, **files)
    settings = [f"campaigns.tuesday.{key}={value}" for key, value in keys]
    assert load_scenario(path.with_name("base.yaml"), settings).campaigns == load_scenario(path).campaigns


def test_an_override_speaks_another_form_anew(tmp_path: Path) -> None:
    base = SMALL.replace("trigger: cart_abandoned", 'trigger: {event: order, if: "value > 5"}')
    path = write(tmp_path, own=base)
    settings = [
        "chains.cart.trigger.inactive=30d",
        "chains.cart.trigger.of=order",
        "chains.cart.steps[1].send.sms=nudge",
    ]
    cart = load_scenario(path, settings).chains[0]
    assert cart.trigger == InactivityTrigger(30 * 86_400, ("order",))
    assert isinstance(cart.steps[1], Send)
    assert cart.steps[1].channels == ("sms",)
    same = load_scenario(path, ["chains.cart.trigger.event=cart_abandoned"]).chains[0].trigger
    assert isinstance(same, EventTrigger)
    assert same.condition is not None


def test_an_override_gives_keys_to_what_stands_there_in_a_word(tmp_path: Path) -> None:
    path = write(tmp_path, own=SMALL)
    settings = ["chains.cart.trigger.inactive=30d", "chains.cart.trigger.of=order"]
    assert load_scenario(path, settings).chains[0].trigger == InactivityTrigger(30 * 86_400, ("order",))
    with pytest.raises(InputError, match="found no mapping at horizon"):
        load_scenario(path, ["horizon.days=3"])


def test_the_same_form_is_merged(tmp_path: Path) -> None:
    base = SMALL.replace("trigger: cart_abandoned", 'trigger: {event: order, if: "value > 5"}')
    trigger = load(tmp_path, base=base, own="extends: base.yaml\nchains: {cart: {trigger: {event: cart_abandoned}}}\n")
    cart = trigger.chains[0].trigger
    assert isinstance(cart, EventTrigger)
    assert cart.events == ("cart_abandoned",)
    assert cart.condition is not None


def test_off_takes_an_inherited_key_away(tmp_path: Path) -> None:
    own = load(tmp_path, own="extends: base.yaml\ncampaigns: {tuesday: off}\nchains: {cart: {goal: off}}\nrfm: off\n")
    assert (own.campaigns, own.chains[0].goal, own.rfm) == ((), None, None)


def test_without_leaves_parts_of_the_base_out(tmp_path: Path) -> None:
    text = "extends: {file: base.yaml, without: [campaigns, chains.cart.goal]}\n"
    own = load(tmp_path, own=text)
    assert (own.campaigns, own.chains[0].goal) == ((), None)


def test_a_chain_of_bases(tmp_path: Path) -> None:
    middle = "extends: base.yaml\nscenario: Middle\nhorizon: 60d\n"
    own = load(tmp_path, middle=middle, own="extends: middle.yaml\nscenario: Own\n")
    assert (own.name, own.horizon // 86_400, own.start.isoformat()) == ("Own", 60, "2026-02-02")


def test_paths_start_from_the_file_in_which_they_stand(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "own.yaml").write_text("extends: ../base.yaml\n")
    assert load_scenario(tmp_path / "deep" / "own.yaml").population == str(tmp_path / "shop.yaml")


def test_a_changed_base_changes_the_resolved_configuration(tmp_path: Path) -> None:
    before = scenario_to_yaml(load(tmp_path, own="extends: base.yaml\n"))
    after = scenario_to_yaml(load(tmp_path, own="extends: base.yaml\n", base=SMALL.replace("max: 2", "max: 3")))
    assert before != after


def test_a_resolved_scenario_needs_its_base_no_more(tmp_path: Path) -> None:
    text = scenario_to_yaml(load(tmp_path, own="extends: base.yaml\nscenario: Mine\n"), "shop.yaml")
    (tmp_path / "base.yaml").unlink()
    (tmp_path / "own.yaml").write_text(text)
    assert scenario_to_yaml(load_scenario(tmp_path / "own.yaml"), "shop.yaml") == text


# ---------------------------------------------------------------------- include


def test_included_things_belong_to_the_scenario(tmp_path: Path) -> None:
    own = load(tmp_path, parts=PARTS, own=SMALL + "include: parts.yaml\n")
    assert [chain.name for chain in own.chains] == ["welcome", "cart"]
    assert "hello" in [message.name for message in own.messages]


def test_the_frame_of_a_run_is_not_included_but_may_be_taken(tmp_path: Path) -> None:
    parts = SMALL.replace("90d", "30d").replace("Test", "Part")
    without_start = SMALL.replace("start: 2026-02-02\n", "")
    text = without_start + "include: [{file: parts.yaml, take: [start]}, parts.yaml]\n"
    own = load(tmp_path, parts=parts, own=text)
    assert (own.name, own.horizon // 86_400, own.start.isoformat()) == ("Test", 90, "2026-02-02")


def test_the_slot_of_in_app_messages_is_part_of_the_frame(tmp_path: Path) -> None:
    parts = SMALL.replace("Test", "Part") + "in_app_slot: {show_for: 9d}\n"
    own = load(tmp_path, parts=parts, own=SMALL + "include: parts.yaml\n")
    assert own.in_app_slot == InAppSlot()
    based = load(tmp_path, base=parts, own="extends: base.yaml\n")
    assert based.in_app_slot == InAppSlot(show_for=9 * 86_400)


def test_own_keys_are_written_over_included_ones_and_these_over_the_base(tmp_path: Path) -> None:
    parts = "messages: {digest: {topic: parts, purpose: content}}\n"
    text = "extends: base.yaml\ninclude: parts.yaml\nmessages: {digest: {topic: own}}\n"
    digest = load(tmp_path, parts=parts, own=text).messages[0]
    assert (digest.topic, digest.purpose) == ("own", "content")


def test_take_takes_nothing_else(tmp_path: Path) -> None:
    text = SMALL + "include: {file: parts.yaml, take: messages.hello}\n"
    own = load(tmp_path, parts=PARTS, own=text)
    assert [chain.name for chain in own.chains] == ["cart"]
    assert "hello" in [message.name for message in own.messages]


def test_two_included_files_may_share_what_is_the_same(tmp_path: Path) -> None:
    one, two = PARTS + "channels: {email: {}}\n", PARTS.replace("welcome:", "hello_again:")
    own = load(tmp_path, one=one, two=two, own=SMALL + "include: [one.yaml, two.yaml]\n")
    assert len(own.chains) == 3


def test_two_included_files_that_differ_need_a_decision(tmp_path: Path) -> None:
    two = PARTS.replace("content", "promo")
    own = SMALL + "include: [one.yaml, two.yaml]\n"
    assert problems(tmp_path, one=PARTS, two=two, own=own) == [
        "two.yaml:2:20: messages.hello.purpose: found 'promo' here and 'content' in one.yaml:2, expected the same in "
        "all included files, or this key in the file that includes them (this file is used by own.yaml:35)"
    ]
    decided = own.replace("messages:", "messages:\n  hello: {purpose: promo}")
    assert load(tmp_path, one=PARTS, two=two, own=decided).messages[0].purpose == "promo"


# ---------------------------------------------------------------------- origins


def test_every_key_of_the_resolved_scenario_names_its_origin(tmp_path: Path) -> None:
    text = "extends: base.yaml\nscenario: Mine\nchains:\n  cart:\n    priority: 90\n    exit_on: order\n"
    found = resolved(write(tmp_path, own=text), ["contact_policy.caps[0].max=7"])
    lines = {
        row["path"]: (row["value"], row["file"] and Path(row["file"]).name, row["line"]) for row in found.to_json()
    }
    assert lines["scenario"] == ("Mine", "own.yaml", 2)
    assert lines["horizon"] == ("90d", "base.yaml", 3)
    assert lines["chains.cart.priority"] == (90, "own.yaml", 5)
    assert lines["chains.cart.exit_on[0]"] == ("order", "own.yaml", 6)
    assert lines["chains.cart.steps[1].send.email"] == ("nudge", "base.yaml", 26)
    assert lines["contact_policy.caps[0].zone"] == ("customer", None, None)
    assert lines["contact_policy.caps[0].max"] == (7, "--set contact_policy.caps[0].max=7", 1)


def test_a_key_has_a_place_in_whichever_file_it_was_written(tmp_path: Path) -> None:
    path = write(tmp_path, own="extends: base.yaml\nmessages: {nudge: {topic: own}}\n")
    assert place_of(path, "messages", "digest") == Mark(str(tmp_path / "base.yaml"), 17, 3)
    assert place_of(path, "messages", "nudge") == Mark(str(path), 2, 12)
    assert place_of(path, "messages", "none") == Mark(str(path), 1, 1)


def test_the_resolved_text_with_origins_loads(tmp_path: Path) -> None:
    path = write(tmp_path, own="extends: base.yaml\nscenario: Mine\n")
    text = resolved(path).to_text()
    assert "    priority: 50" in text
    assert "# base.yaml:21" in text
    assert "# own.yaml:2" in text
    again = tmp_path / "again.yaml"
    again.write_text(text)
    assert scenario_to_yaml(load_scenario(again)) == scenario_to_yaml(load_scenario(path))


# ---------------------------------------------------------------------- what is said

BROKEN = {
    "a mistake in the base": (
        {"base": SMALL.replace("max: 2", "max: -1"), "own": "extends: base.yaml\n"},
        "base.yaml:11:13: contact_policy.caps[0].max: found -1, expected a whole number from 1 to 1,000,000 "
        "(this file is used by own.yaml:1)",
    ),
    "a mistake written over the base": (
        {"own": "extends: base.yaml\nchains: {cart: {priority: -1}}\n"},
        "own.yaml:2:27: chains.cart.priority: found -1, expected a whole number from 0 to 1,000",
    ),
    "a missing base": (
        {"own": "extends: bse.yaml\n"},
        "own.yaml:1:10: extends: found no file 'bse.yaml', expected a file, named relative to this one, or a shipped "
        "strategy; did you mean 'base.yaml'?",
    ),
    "a missing part": (
        {"own": SMALL + "include: [parts/all.yaml]\n"},
        "own.yaml:35:11: include[0]: found no file 'parts/all.yaml', expected a file, named relative to this one, or a "
        "shipped strategy",
    ),
    "a circle": (
        {"a": "include: own.yaml\n", "own": "extends: a.yaml\n"},
        "a.yaml:1:10: include: found a circle of files: own.yaml → a.yaml → own.yaml (this file is used by own.yaml:1)",
    ),
    "itself": (
        {"own": "extends: own.yaml\n"},
        "own.yaml:1:10: extends: found a circle of files: own.yaml → own.yaml (this file is used by own.yaml:1)",
    ),
    "a base that is no YAML": (
        {"base": "a: [", "own": "extends: base.yaml\n"},
        "base.yaml:1:5: not valid YAML: expected the node content, but found the end of the file (while parsing a "
        "flow node) (this file is used by own.yaml:1)",
    ),
    "a base that is a list": (
        {"base": "- a\n", "own": "extends: base.yaml\n"},
        "own.yaml:1:10: extends: base.yaml holds no mapping, expected keys of a scenario",
    ),
    "nothing to take away": (
        {"own": "extends: base.yaml\nchains: {crt: off}\n"},
        "own.yaml:2:10: chains.crt: unknown key 'crt' in base.yaml:20, from which 'off' takes it away; did you mean "
        "'cart'? (expected one of: cart)",
    ),
    "nothing to take away from several files": (
        {
            "parts": "messages: {more: {purpose: promo}}\n",
            "mid": "extends: base.yaml\nmessages: {third: {purpose: promo}}\n",
            "own": "extends: mid.yaml\ninclude: parts.yaml\nmessages: {nugde: off}\n",
        },
        "own.yaml:3:12: messages.nugde: unknown key 'nugde' in parts.yaml:1 and base.yaml:17 and mid.yaml:2, from "
        "which 'off' takes it away; did you mean 'nudge'? (expected one of: digest, nudge, third, more)",
    ),
    "a needed key that an older file took away": (
        {
            "mid": "extends: base.yaml\nchains: {cart: {trigger: off}}\n",
            "own": "extends: mid.yaml\nchains: {cart: {priority: 7}}\n",
        },
        "mid.yaml:2:26: missing key 'trigger' in chains.cart (expected an event of the event map, or started, or a "
        "mapping with one of: event, any, inactive, segment_entered, segment_left, field_changed, date, count, "
        "external, every, on); 'off' took it away (this file is used by own.yaml:1)",
    ),
    "off for a key of a chain that is new": (
        {"own": SMALL.replace("    steps:\n", "    timeout: off\n    steps:\n", 1)},
        "own.yaml:24:14: chains.cart.timeout: found the bare word off, which some YAML readers take for false; quote "
        "it ('off') if a text is meant, write false if not; 'off' takes away what was inherited, and nothing was "
        "inherited here",
    ),
    "no such key to leave out": (
        {"own": "extends: {file: base.yaml, without: chains.crt}\n"},
        "own.yaml:1:10: extends.without: unknown key 'crt' in 'chains.crt' of base.yaml; did you mean 'cart'? "
        "(expected one of: cart)",
    ),
    "no such key to take": (
        {"parts": PARTS, "own": SMALL + "include: {file: parts.yaml, take: [mesages]}\n"},
        "own.yaml:35:10: include.take: unknown key 'mesages' in 'mesages' of parts.yaml; did you mean 'messages'? "
        "(expected one of: messages, chains)",
    ),
    "no such item": (
        {"own": 'extends: base.yaml\ncontact_policy: {caps: {"[1]": {max: 3}}}\n'},
        "own.yaml:2:25: unknown item '[1]' in the list contact_policy.caps of base.yaml:11; did you mean '[0]'? "
        "(expected one of: [0], append)",
    ),
    "no such row beside rows with names": (
        {
            "base": SMALL.replace("{max: 2, per: day}", "{name: daily, max: 2, per: day}"),
            "own": "extends: base.yaml\ncontact_policy: {caps: {dayly: {max: 3}}}\n",
        },
        "own.yaml:2:25: unknown item 'dayly' in the list contact_policy.caps of base.yaml:11; did you mean 'daily'? "
        "(expected one of: [0], daily, append)",
    ),
    "one row without its list": (
        {
            "base": SMALL.replace("{max: 2, per: day}", "{name: daily, max: 2, per: day}"),
            "own": "extends: base.yaml\ncontact_policy: {caps: {max: 3, per: day}}\n",
        },
        "own.yaml:2:24: contact_policy.caps: found a mapping, expected a list, each item a mapping",
    ),
    "no file": (
        {"own": "extends: {without: chains}\n"},
        "own.yaml:1:10: missing key 'file' in extends (expected a text)",
    ),
    "an unknown key": (
        {"own": SMALL + "include: [{file: base.yaml, tke: chains}]\n"},
        "own.yaml:35:29: unknown key 'tke' in include[0]; did you mean 'take'? (expected one of: file, take)",
    ),
    "off without anything inherited": (
        {"own": SMALL.replace("{share: 10%}", "off")},
        "own.yaml:34:10: control: found 'off', expected a mapping such as {share: 10%}; 'off' takes away what was "
        "inherited, and nothing was inherited here",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path, case: str) -> None:
    files, expected = BROKEN[case]
    assert problems(tmp_path, **files) == [expected]


def test_a_long_line_of_bases_is_refused(tmp_path: Path) -> None:
    files = {f"f{number}": f"extends: f{number + 1}.yaml\n" for number in range(20)}
    assert problems(tmp_path, own="extends: f0.yaml\n", **files) == [
        "f10.yaml:1:10: extends: found more than 12 files that build on one another (this file is used by f9.yaml:1)"
    ]


def test_a_file_is_read_once_however_many_others_build_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(path: Path) -> tuple[Node, list[Problem]]:
        read.append(path.name)
        return read_tree(path)

    monkeypatch.setattr(compose, "read_tree", counted)
    files = {f"f{n}": f"extends: f{n + 1}.yaml\ninclude: f{n + 1}.yaml\nhorizon: {n + 1}d\n" for n in range(9)}
    own = load(tmp_path, own="extends: f0.yaml\n", f9=SMALL, **files)
    assert own.horizon == 86_400
    assert sorted(read) == sorted(["own.yaml", *(f"f{n}.yaml" for n in range(10))])


@pytest.mark.slow
def test_all_files_together_have_the_limits_of_one(tmp_path: Path) -> None:
    many = f"messages:\n  m{{n}}: [{', '.join(['0'] * 17_000)}]\n"
    files = {f"f{n}": many.format(n=n) for n in range(3)}
    text = SMALL + "include: [f0.yaml, f1.yaml, f2.yaml]\n"
    assert problems(tmp_path, own=text, **files) == [
        "own.yaml:1:1: found more than 50000 values or 60 levels in all files together"
    ]
