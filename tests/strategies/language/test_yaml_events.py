"""The quick parser against ruamel's own: the same events with the same marks, and the same errors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from strategies.language import yaml_events
from tests.strategies.language.small import SMALL

CONFIGS = Path(__file__).parents[3] / "configs"
ODD = [
    "&a ",
    "*a",
    "? ",
    "- ",
    ": ",
    ":",
    ", ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "|",
    ">-",
    "%YAML 1.1\n---\n",
    "--- ",
    "...",
]
ODD += [
    "!x ",
    "#",
    " # c",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    "\x85",
    "\u2028",
    "\ufeff",
    "\0",
    "\\",
    "é",
    "a b",
    "x" * 1030,
]
WORDS = [*ODD, *ODD, "a", "b: 1", "c:\n  ", "\n  - ", "{d: ", "[e, ", '"f"', "'g'", "  ", "\n    ", "http://h?i", "a:b"]


def _told(events: Iterable[Any]) -> list[tuple[Any, ...]]:
    """What is read of events, and the error that ends them."""
    told: list[tuple[Any, ...]] = []
    try:
        for event in events:
            start, end = event.start_mark, event.end_mark
            places = (start.index, start.line, start.column, end.index, end.line, end.column)
            parts = ("value", "anchor", "tag", "implicit", "style", "flow_style", "explicit", "version")
            told.append((type(event).__name__, *places, *(str(getattr(event, part, None)) for part in parts)))
    except MarkedYAMLError as error:
        marks = [(m.line, m.column) for m in (error.context_mark, error.problem_mark) if m is not None]
        told.append((type(error).__name__, error.context, error.problem, marks))
    except Exception as error:
        told.append((type(error).__name__, str(error)))
    return told


def _both(text: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    return _told(yaml_events.parser_of(text).parse(text)), _told(YAML(typ="safe", pure=True).parse(text))


@pytest.mark.parametrize(
    "path", [*(CONFIGS / "scenarios").glob("[bcr]*.yaml"), *(CONFIGS / "populations").glob("*.yaml")]
)
def test_shipped_files_give_the_same_events(path: Path) -> None:
    quick, own = _both(path.read_text(encoding="utf-8"))
    assert len(own) > 20
    assert quick == own


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
def test_any_text_gives_the_same_events_or_the_same_error(text: str) -> None:
    quick, own = _both(text)
    assert quick == own


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(SMALL)), st.integers(0, 5), st.sampled_from(ODD))
def test_a_spoilt_scenario_gives_the_same_events_or_the_same_error(at: int, length: int, odd: str) -> None:
    quick, own = _both(SMALL[:at] + odd + SMALL[at + length :])
    assert quick == own
