"""JSON Schema of scenario files, for completion and hints in editors, made by the readers themselves."""

from __future__ import annotations

import json

from strategies.language.load import SCENARIO
from strategies.language.reader import Schema


def scenario_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a scenario file.

    Names that a file defines itself (messages, segments …) are plain texts in it: an editor checks
    the shape, :func:`strategies.language.load_scenario` the sense.
    """
    definitions: Schema = {}
    root = SCENARIO.schema(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of crm-sandbox",
        **root,
        "$defs": definitions,
    }


def scenario_schema_text() -> str:
    """The schema as it stands in ``configs/schema/scenario.json``."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"
