"""Prints the JSON Schema of scenario files: ``python -m strategies.language > configs/schema/scenario.json``."""

from strategies.language.schema import scenario_schema_text

if __name__ == "__main__":
    print(scenario_schema_text(), end="")
