"""JSON Schema of population files, made by their readers: ``python -m sim.population_schema`` prints it."""

from __future__ import annotations

import json

from sim.population_file import population_reader
from strategies.language.reader import Schema
from strategies.language.schema import part, with_parts


def population_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a population file; one that extends another need not have all keys."""
    definitions: Schema = {}
    root = population_reader().schema(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Population of crm-sandbox",
        "if": {"required": ["extends"]},
        "then": part(root),
        "else": root,
        "$defs": with_parts(definitions),
    }


def population_schema_text() -> str:
    """The schema as it stands in ``configs/schema/population.json``."""
    return json.dumps(population_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(population_schema_text(), end="")
