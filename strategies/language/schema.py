"""JSON Schema of scenario files and of dialects, for completion and hints in editors, made by the readers themselves.

``python -m strategies.language`` prints the first, ``python -m strategies.language dialect`` the second.
"""

from __future__ import annotations

import json
from typing import Any

from strategies.language.load import SCENARIO
from strategies.language.policy import POLICY
from strategies.language.reader import Schema

PART = "part_"
"""Before the names of definitions for files that need not be whole."""

OFF: Schema = {"const": "off"}
"""Takes an inherited key away."""


def scenario_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a scenario file.

    Names that a file defines itself (messages, segments …) are plain texts in it: an editor checks
    the shape, :func:`strategies.language.load_scenario` the sense.  A file that extends or includes
    others, or has no ``scenario:`` because others include it, need not have all keys.
    """
    definitions: Schema = {}
    whole = SCENARIO.schema(definitions)
    builds_on_others = {"anyOf": [{"required": ["extends"]}, {"required": ["include"]}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of crm-sandbox",
        "if": {"required": ["scenario"], "not": builds_on_others},
        "then": whole,
        "else": part(whole),
        "$defs": with_parts(definitions),
    }


def scenario_schema_text() -> str:
    """The schema as it stands in ``configs/schema/scenario.json``."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"


def dialect_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a dialect: a vendor, a year, rows of the contact policy."""
    definitions: Schema = {}
    properties = {
        "dialect": {"type": "string"},
        "year": {"type": "integer"},
        "contact_policy": POLICY.schema(definitions),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dialect of crm-sandbox",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "$defs": definitions,
    }


def dialect_schema_text() -> str:
    """The schema as it stands in ``configs/schema/dialect.json``."""
    return json.dumps(dialect_schema(), indent=1, ensure_ascii=False) + "\n"


def with_parts(definitions: Schema) -> Schema:
    """Definitions, and those of what is written over each of them."""
    return {**definitions, **{f"{PART}{name}": part(shape) for name, shape in definitions.items()}}


def part(schema: Schema) -> Schema:
    """The schema of what is written over something inherited: nothing is required, ``off`` takes away."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {**schema, "$ref": f"#/$defs/{PART}{name}"}
    if "anyOf" in schema:
        return {**schema, "anyOf": [part(option) for option in schema["anyOf"]]}
    if schema.get("type") == "array":
        return {"anyOf": [{**schema, "items": part(schema["items"])}, _changed_items(schema["items"])]}
    if schema.get("type") != "object":
        return schema
    open_ = {key: value for key, value in schema.items() if key not in ("required", "oneOf", "allOf")}
    if "properties" in open_:
        open_["properties"] = {name: _or_off(child) for name, child in open_["properties"].items()}
    if isinstance(open_.get("additionalProperties"), dict):
        open_["additionalProperties"] = _or_off(open_["additionalProperties"])
    return open_


def _or_off(schema: Schema) -> Schema:
    about: dict[str, Any] = {key: schema[key] for key in ("description",) if key in schema}
    child = {key: value for key, value in schema.items() if key not in about}
    return {**about, "anyOf": [part(child), OFF]}


def _changed_items(item: Schema) -> Schema:
    """Items of an inherited list by position or name, and ``append``."""
    one = part(item)
    added = {"anyOf": [one, {"type": "array", "items": one}]}
    return {"type": "object", "properties": {"append": added}, "additionalProperties": {"anyOf": [one, OFF]}}
