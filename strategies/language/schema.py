"""JSON Schema of scenario files, for completion and hints in editors, made by the readers themselves.

``python -m strategies.language`` prints it.
"""

from __future__ import annotations

import json
from typing import Any

from strategies.language.load import SCENARIO
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
    parts = {f"{PART}{name}": _part(shape) for name, shape in definitions.items()}
    builds_on_others = {"anyOf": [{"required": ["extends"]}, {"required": ["include"]}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of crm-sandbox",
        "if": {"required": ["scenario"], "not": builds_on_others},
        "then": whole,
        "else": _part(whole),
        "$defs": {**definitions, **parts},
    }


def scenario_schema_text() -> str:
    """The schema as it stands in ``configs/schema/scenario.json``."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"


def _part(schema: Schema) -> Schema:
    """The schema of what is written over something inherited: nothing is required, ``off`` takes away."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {**schema, "$ref": f"#/$defs/{PART}{name}"}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_part(option) for option in schema["anyOf"]]}
    if schema.get("type") == "array":
        return {"anyOf": [{**schema, "items": _part(schema["items"])}, _changed_items(schema["items"])]}
    if schema.get("type") != "object":
        return schema
    part = {key: value for key, value in schema.items() if key not in ("required", "oneOf", "allOf")}
    if "properties" in part:
        part["properties"] = {name: _or_off(child) for name, child in part["properties"].items()}
    if isinstance(part.get("additionalProperties"), dict):
        part["additionalProperties"] = _or_off(part["additionalProperties"])
    return part


def _or_off(schema: Schema) -> Schema:
    about: dict[str, Any] = {key: schema[key] for key in ("description",) if key in schema}
    child = {key: value for key, value in schema.items() if key not in about}
    return {**about, "anyOf": [_part(child), OFF]}


def _changed_items(item: Schema) -> Schema:
    """Items of an inherited list by position or name, and ``append``."""
    part = _part(item)
    added = {"anyOf": [part, {"type": "array", "items": part}]}
    return {"type": "object", "properties": {"append": added}, "additionalProperties": {"anyOf": [part, OFF]}}
