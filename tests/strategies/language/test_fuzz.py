"""Whatever stands in a file, the loader gives a scenario or says what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies.language import Problem, ScenarioError, load_scenario, scenario_to_yaml
from strategies.scenario import Scenario
from tests.strategies.language.test_load import EXAMPLE

pytestmark = pytest.mark.slow

TEXT = EXAMPLE.read_text().replace("../populations/online_shop.yaml", "shop.yaml")
LINES = TEXT.splitlines(keepends=True)
WORDS = sorted(
    set(TEXT.replace("{", " ").replace("}", " ").replace(",", " ").replace("[", " ").replace("]", " ").split())
)
ODD = [
    "",
    "~",
    "null",
    "no",
    "[]",
    "{}",
    "-1",
    "0",
    "1e999",
    "10 %",
    "&a",
    "*a",
    "? ",
    "'",
    '"',
    "!!x y",
    "\t",
    "é",
    "%",
    "|",
    ">-",
]

spans = st.tuples(st.integers(0, len(TEXT)), st.integers(0, 12))
fuzz = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the changed file is written, beside a population file."""
    (tmp_path / "shop.yaml").write_text("people: 1\n")
    return tmp_path / "s.yaml"


def scenario_or_problems(path: Path, overrides: Sequence[str] = ()) -> Scenario | list[Problem]:
    """The two things that may come out; any other exception fails the test."""
    try:
        return load_scenario(path, overrides)
    except ScenarioError as error:
        return error.problems


def assert_loads_or_tells(path: Path, content: bytes) -> None:
    """A scenario that can be written back, or problems with places inside the file."""
    path.write_bytes(content)
    result = scenario_or_problems(path)
    if isinstance(result, Scenario):
        path.write_text(scenario_to_yaml(result), encoding="utf-8")
        load_scenario(path)
        return
    lines = len(content.decode(errors="replace").splitlines()) + 1
    assert result
    for problem in result:
        assert problem.file == str(path)
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert problem.text


@fuzz
@given(deleted=st.sets(st.integers(0, len(LINES) - 1), min_size=1, max_size=5))
def test_deleted_lines(path: Path, deleted: set[int]) -> None:
    text = "".join(line for number, line in enumerate(LINES) if number not in deleted)
    assert_loads_or_tells(path, text.encode())


@fuzz
@given(first=st.integers(0, len(LINES) - 1), second=st.integers(0, len(LINES) - 1))
def test_swapped_lines(path: Path, first: int, second: int) -> None:
    lines = list(LINES)
    lines[first], lines[second] = lines[second], lines[first]
    assert_loads_or_tells(path, "".join(lines).encode())


@fuzz
@given(old=st.sampled_from(WORDS), new=st.sampled_from(WORDS + ODD), everywhere=st.booleans())
def test_swapped_words(path: Path, old: str, new: str, everywhere: bool) -> None:
    assert_loads_or_tells(path, TEXT.replace(old, new, -1 if everywhere else 1).encode())


@fuzz
@given(span=spans, text=st.text(max_size=8) | st.sampled_from(ODD))
def test_inserted_characters(path: Path, span: tuple[int, int], text: str) -> None:
    start, length = span
    changed = TEXT[:start] + text + TEXT[start + length :]
    assert_loads_or_tells(path, changed.encode("utf-8", "surrogatepass"))


@fuzz
@given(span=spans, content=st.binary(max_size=8))
def test_inserted_bytes(path: Path, span: tuple[int, int], content: bytes) -> None:
    raw, (start, length) = TEXT.encode(), span
    assert_loads_or_tells(path, raw[:start] + content + raw[start + length :])


@fuzz
@given(content=st.binary(max_size=200))
def test_bytes_alone(path: Path, content: bytes) -> None:
    assert_loads_or_tells(path, content)


@fuzz
@given(
    key=st.sampled_from(["chains", "contact_policy.caps[0]", "control.share", "segments.vip.if"]),
    value=st.text(max_size=12),
)
def test_overrides(path: Path, key: str, value: str) -> None:
    path.write_text(TEXT)
    result = scenario_or_problems(path, [f"{key}={value}"])
    assert isinstance(result, Scenario) or result
