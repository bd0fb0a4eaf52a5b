"""What the loader says of broken scenarios, word for word.

``broken/*.txt`` hold the cases, each a change of the small scenario: lines ``-`` are replaced by
lines ``+``, and lines ``!`` are the problems that must be told, all of them and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from strategies.language import ScenarioError, load_scenario
from tests.strategies.language.small import SMALL, changed, load, problems_of


@dataclass(frozen=True)
class Case:
    """One broken scenario."""

    old: str
    new: str
    problems: tuple[str, ...]


def read_cases(path: Path) -> list[Case]:
    """The cases of one file."""
    cases = []
    for block in path.read_text(encoding="utf-8").strip("\n").split("\n\n"):
        lines: dict[str, list[str]] = {"- ": [], "+ ": [], "! ": []}
        for line in block.split("\n"):
            lines[line[:2]].append(line[2:])
        old, new = "\n".join(lines["- "]), "\n".join(lines["+ "])
        cases.append(Case(old if new else old + "\n", new, tuple(lines["! "])))
    return cases


CASES = [
    pytest.param(case, id=f"{path.stem}-{number}")
    for path in sorted((Path(__file__).parent / "broken").glob("*.txt"))
    for number, case in enumerate(read_cases(path))
]


@pytest.mark.parametrize("case", CASES)
def test_every_problem_is_told_with_place_and_remedy(tmp_path: Path, case: Case) -> None:
    assert problems_of(tmp_path, changed(case.old, case.new)) == list(case.problems)


def test_the_small_scenario_itself_has_no_problem(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SMALL) == []


def test_all_problems_of_a_file_come_at_once(tmp_path: Path) -> None:
    text = (
        SMALL.replace("90d", "90")
        .replace("max: 2", "max: 0")
        .replace("nudge}", "nudgee}")
        .replace("orders >", "odrers >")
    )
    problems = problems_of(tmp_path, text)
    assert [problem.split(" ")[0] for problem in problems] == ["3:10:", "11:13:", "13:14:", "26:23:"]


def test_a_problem_prints_as_file_line_column_and_text(tmp_path: Path) -> None:
    path = tmp_path / "cart.yaml"
    path.write_text("scenario: Test\n")
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)
    expected = (
        f"{path}:1:1: missing key 'horizon' in the scenario (expected whole days, at least one, such as 90d or 12w)"
    )
    assert str(raised.value.problems[0]) == expected
    assert str(raised.value).split("\n") == [str(problem) for problem in raised.value.problems]


TEXTS = {
    "": "1:1: found an empty file, expected a mapping of keys",
    "# nothing but a comment\n": "1:1: found an empty file, expected a mapping of keys",
    "- a\n- b": "1:1: the scenario: found a list, expected a mapping of keys such as scenario, population, chains",
    "hello": "1:1: the scenario: found 'hello', expected a mapping of keys such as scenario, population, chains",
    "~": "1:1: the scenario: found nothing, expected a mapping of keys such as scenario, population, chains",
    SMALL.replace("  email:", "\temail:"): "6:1: found a tab, expected spaces for indentation",
    SMALL.replace("email: {cost", "email:\t{cost"): "6:9: found a tab, expected spaces",
    "a: " + "[" * 5000: "1:63: found more than 60 levels of nesting, expected at most 60",
    "\n".join(" " * level + "a:" for level in range(100)): (
        "61:61: found more than 60 levels of nesting, expected at most 60"
    ),
    "a: &a [*a]": "1:8: found the alias '*a' inside its own anchor",
    "a: *b": "1:4: found the alias '*b' of an anchor that is not defined above it",
    "a: !ruby/object x": "1:4: found the tag '!ruby/object', expected a plain value (tags are not read)",
    SMALL + "---\nb: 1": "35:1: found a second document ('---'), expected one",
    SMALL.replace("Test", "a\x07b"): "1:12: found the character #x0007, expected printable text",
    SMALL.replace("Test", '"a\\ud800b"'): "1:11: found \\ud800, half of a character, expected printable text",
    SMALL.replace("{share: 10%}", "{share: 10%"): (
        "35:1: not valid YAML: expected ',' or '}', but got the end of the file (while parsing a flow mapping)"
    ),
    SMALL.replace("  sms:", " sms:"): (
        "7:2: not valid YAML: this line does not fit the lines above it; check the indentation of this line"
    ),
    SMALL.replace("scenario: Test", 'scenario: "Test" it'): (
        "1:18: not valid YAML: found a text behind a value that is complete; check the quotes and the indentation of "
        "this line"
    ),
    "? [a, b]\n: c": "1:3: found a list as a key, expected a name",
}


@pytest.mark.slow
@pytest.mark.parametrize(("text", "problem"), TEXTS.items(), ids=range(len(TEXTS)))
def test_what_is_no_usable_yaml_is_told_and_nothing_else(tmp_path: Path, text: str, problem: str) -> None:
    assert problems_of(tmp_path, text) == [problem]


def test_a_name_that_is_no_text_is_refused_as_a_key(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, SMALL + "1: 2\ntrue: 3\n")
    assert problems == [
        "35:1: found 1 as a key, expected a name (quote it)",
        "36:1: found true as a key, expected a name (quote it)",
    ]


def test_an_alias_bomb_is_counted_without_being_expanded(tmp_path: Path) -> None:
    names = "abcdefghij"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in pairwise(names)]
    assert problems_of(tmp_path, "\n".join(lines)) == [
        "5:4: found more than 50000 values (aliases expanded), expected a smaller file"
    ]


def test_aliases_count_as_levels_of_nesting(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]", *(f"a{level + 1}: &a{level + 1} [*a{level}]" for level in range(100))]
    assert problems_of(tmp_path, "\n".join(lines)) == ["1:1: found more than 60 levels of nesting, expected at most 60"]


def test_a_file_must_be_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(SMALL.replace("Test", "Тест").encode("cp1251"))
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)
    assert str(raised.value) == f"{path}:1:11: found byte 0xd2, expected UTF-8 text; save the file as UTF-8"


def test_a_file_must_not_be_huge(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("a: " + "x" * 10_000_000)
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)
    assert str(raised.value) == f"{path}:1:1: found a file of 10.0 MB, expected at most 9 MB"


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as missing:
        load_scenario(tmp_path / "none.yaml")
    with pytest.raises(ScenarioError) as folder:
        load_scenario(tmp_path)
    assert str(missing.value) == f"{tmp_path / 'none.yaml'}:1:1: found no such file, expected a YAML file"
    assert str(folder.value) == f"{tmp_path}:1:1: found a directory, expected a YAML file"


OVERRIDES = {
    "contact_policy.caps[0].max=-1": (
        "1:28: contact_policy.caps[0].max: found -1, expected a whole number from 1 to 1,000,000"
    ),
    "contact_policy.caps[5].max=3": "1:1: found a list of 1 at contact_policy.caps, expected an item [5]",
    "contact_policy.caps.daly.max=3": (
        "1:1: found no row 'daly' in contact_policy.caps (rows have no names; expected one by position, from [0] to "
        "[0])"
    ),
    "contact_policy.caps.0.max=3": (
        "1:1: found no row '0' in contact_policy.caps; did you mean 'contact_policy.caps[0]'? (rows have no names; "
        "expected one by position, from [0] to [0])"
    ),
    "caps.daily.max=3": "1:1: found no 'caps' in the scenario; did you mean 'contact_policy.caps'?",
    "chains.crt.priority=90": "1:1: found no 'crt' in chains; did you mean 'cart'?",
    "horizon=": "1:9: found no value, expected path=value (null takes a key away)",
    "horizon": "1:1: found 'horizon', expected path=value such as contact_policy.caps[0].max=3",
    "horizon.x=3": "1:1: found no mapping at horizon, expected one with the key 'x'",
    "chains.cart.steps[1]=off": (
        "1:22: found the bare word off for chains.cart.steps[1], expected null to take a key or an item of a list "
        "away, false for a truth value, 'off' in quotes for a text"
    ),
    "messages.nudge.template=Yes": (
        "1:25: found the bare word yes for messages.nudge.template, expected true for a truth value, 'yes' in quotes "
        "for a text"
    ),
    "chains.cart.steps[1].send={email: nugde}": (
        "1:35: unknown message 'nugde' in chains.cart.steps[1].send.email; did you mean 'nudge'? "
        "(expected one of: digest, nudge)"
    ),
    "segments.vip.if=ordrs > 3": (
        "1:17: segments.vip.if: unknown field 'ordrs' in the condition; did you mean 'orders'? "
        "(expected one of: orders, …; all in docs/reference/keys.md)"
    ),
}


@pytest.mark.parametrize(("override", "problem"), OVERRIDES.items())
def test_problems_of_overrides_point_into_the_override(tmp_path: Path, override: str, problem: str) -> None:
    assert problems_of(tmp_path, SMALL, [override]) == [f"--set {override}:{problem}"]


def test_a_path_may_lead_through_a_key_that_the_file_leaves_out(tmp_path: Path) -> None:
    assert load(tmp_path, SMALL, ["at_start.backlog=enter"]).at_start.backlog == "enter"
    assert load(tmp_path, SMALL, ["in_app_slot.show_for=2d", "brief.budget=5"]).in_app_slot.show_for == 172_800
    assert problems_of(tmp_path, SMALL, ["at_strt.backlog=enter"]) == [
        "--set at_strt.backlog=enter:1:1: found no 'at_strt' in the scenario; did you mean 'at_start'?"
    ]
    assert problems_of(tmp_path, SMALL, ["at_start.backlg=enter"]) == [
        "--set at_start.backlg=enter:1:17: unknown key 'backlg' in at_start; did you mean 'backlog'? "
        "(expected one of: history, under, backlog)"
    ]


NAMED = "  caps:\n    - {name: daily, max: 2, per: day}\n    - {name: weekly, max: 5, per: 7d}\n"


def test_a_row_of_a_list_goes_by_its_name(tmp_path: Path) -> None:
    text = SMALL.replace("  caps:\n" + "    - {max: 2, per: day}\n", NAMED)
    policy = load(tmp_path, text, ["contact_policy.caps.weekly.max=3"]).policy
    assert [(cap.name, cap.maximum) for cap in policy.caps] == [("daily", 2), ("weekly", 3)]
    assert [cap.name for cap in load(tmp_path, text, ["contact_policy.caps.daily=null"]).policy.caps] == ["weekly"]
    assert problems_of(tmp_path, text, ["contact_policy.caps.weakly.max=3"]) == [
        "--set contact_policy.caps.weakly.max=3:1:1: found no row 'weakly' in contact_policy.caps; did you mean "
        "'weekly'? (rows by name: daily, weekly; by position, from [0] to [1])"
    ]
