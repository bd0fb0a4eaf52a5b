"""Prints what is made from the readers.

::

    python -m strategies.language      > configs/schema/scenario.json     # JSON Schema of scenario files
    python -m strategies.language dialect > configs/schema/dialect.json   # JSON Schema of dialects
    python -m strategies.language keys > docs/reference/keys.md           # every key, event and field
"""

import sys

from strategies.language.reference import keys_page
from strategies.language.schema import dialect_schema_text, scenario_schema_text

PRINTED = {"": scenario_schema_text, "dialect": dialect_schema_text, "keys": keys_page}

if __name__ == "__main__":
    print(PRINTED["".join(sys.argv[1:])](), end="")
