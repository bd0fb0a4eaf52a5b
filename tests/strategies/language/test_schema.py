"""The JSON Schema for editors agrees with the reader."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from strategies.language.dialects import dialects
from strategies.language.schema import dialect_schema, dialect_schema_text, scenario_schema, scenario_schema_text
from tests.strategies.language.small import SMALL, changed
from tests.strategies.language.test_dump import VARIANTS
from tests.strategies.language.test_load import EXAMPLE

SCHEMA = scenario_schema()
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
}


def conforms(value: Any, schema: dict[str, Any], whole: dict[str, Any] = SCHEMA) -> bool:
    """The part of JSON Schema that the schemas use; ``whole`` has the definitions."""
    if "$ref" in schema:
        return conforms(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    if "if" in schema:
        return conforms(value, schema["then" if conforms(value, schema["if"]) else "else"], whole)
    if "not" in schema and conforms(value, schema["not"], whole):
        return False
    if "anyOf" in schema:
        return any(conforms(value, option, whole) for option in schema["anyOf"])
    if "type" not in schema and "required" in schema:
        return isinstance(value, dict) and set(schema["required"]) <= value.keys()
    if not all(conforms(value, part, whole) for part in schema.get("allOf", ())):
        return False
    if "oneOf" in schema and sum(conforms(value, form, whole) for form in schema["oneOf"]) != 1:
        return False
    if set(schema) <= {"oneOf"}:
        return True
    if "const" in schema:
        return bool(value == schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, TYPES[kind]) and (kind == "boolean") == isinstance(value, bool) for kind in kinds):
        return False
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        return set(schema.get("required", ())) <= value.keys() and all(
            conforms(child, known.get(key, others), whole) if key in known or isinstance(others, dict) else others
            for key, child in value.items()
        )
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(conforms(item, schema["items"], whole) for item in value)
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    return schema.get("minimum", value) <= value <= schema.get("maximum", value)


def plain(text: str) -> Any:
    """The data of a YAML text, as an editor sees them."""
    return dated(YAML(typ="safe", pure=True).load(StringIO(text)))


def dated(value: Any) -> Any:
    """Dates as texts: JSON has no dates."""
    if isinstance(value, dict):
        return {key: dated(child) for key, child in value.items()}
    if isinstance(value, list):
        return [dated(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


@pytest.mark.parametrize("text", [EXAMPLE.read_text(), SMALL, *VARIANTS], ids=range(len(VARIANTS) + 2))
def test_what_loads_conforms_to_the_schema(text: str) -> None:
    assert conforms(plain(text), SCHEMA)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("caps:", "cap:"),
        ("max: 2", "max: 0"),
        ("horizon: 90d", "horizon: 90"),
        ("horizon: 90d\n", ""),
        ("trigger: cart_abandoned", "trigger: cart_abandonned"),
        ("purpose: promo", "purpose: promotion"),
        ("wait: 1h", "wait: {untl: click}"),
        ("steps: [exit]", "steps: []"),
        ("{email: nudge}", "{email: nudge, sms: nudge}"),
    ],
)
def test_misspelt_words_do_not_conform_to_the_schema(old: str, new: str) -> None:
    assert not conforms(plain(changed(old, new)), SCHEMA)


def test_files_that_build_on_others_need_not_be_whole() -> None:
    part = """
        extends: base.yaml
        contact_policy: {caps: {"[0]": {max: 3}, weekly: off, append: {max: 1, per: day}}}
        chains: {cart: {priority: 90, goal: off}, welcome: off}
    """
    assert conforms(plain(part), SCHEMA)
    assert conforms(plain("messages: {digest: {purpose: promo}}"), SCHEMA)
    assert not conforms(plain(part.replace("priority", "prioritty")), SCHEMA)
    assert not conforms(plain("scenario: Alone\nchains: {cart: {priority: 90}}"), SCHEMA)


def test_the_schema_beside_the_scenarios_is_up_to_date() -> None:
    path = Path(__file__).parents[3] / "configs" / "schema" / "scenario.json"
    expected = scenario_schema_text()
    assert path.read_text(encoding="utf-8") == expected, (
        "run: python -m strategies.language > configs/schema/scenario.json"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", dialects())
def test_the_shipped_dialects_conform_and_name_their_schema(name: str) -> None:
    text, schema = dialects()[name].read_text(encoding="utf-8"), dialect_schema()
    assert text.startswith("# yaml-language-server: $schema=../schema/dialect.json\n")
    assert conforms(plain(text), schema, schema)
    for word in ("contact_policy:", "year:"):
        assert not conforms(plain(text.replace(word, f"x_{word}")), schema, schema)


def test_the_schema_beside_the_dialects_is_up_to_date() -> None:
    path = Path(__file__).parents[3] / "configs" / "schema" / "dialect.json"
    how = "run: python -m strategies.language dialect > configs/schema/dialect.json"
    assert path.read_text(encoding="utf-8") == dialect_schema_text(), how


def test_the_reference_scenario_names_the_schema() -> None:
    first = EXAMPLE.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schema/scenario.json"
    assert (EXAMPLE.parent / first.rpartition("=")[2]).is_file()
