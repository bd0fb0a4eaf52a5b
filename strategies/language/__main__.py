"""Prints what is made from the readers.

::

    python -m strategies.language      > configs/schema/scenario.json     # JSON Schema of scenario files
    python -m strategies.language keys > docs/reference/keys.md           # every key, event and field
"""

import sys

from strategies.language.reference import keys_page
from strategies.language.schema import scenario_schema_text

if __name__ == "__main__":
    print(keys_page() if sys.argv[1:] == ["keys"] else scenario_schema_text(), end="")
