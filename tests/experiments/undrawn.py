"""The page of a comparison where a test asks for its words alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from experiments.comparison import Comparison
from experiments.report import page, plots


def page_in_words(comparison: Comparison, parameters: Sequence[Mapping[str, Any]] = ()) -> str:
    """The page without its plots, whose drawing takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("money_course", "kinds_of_numbers"):
            patch.setattr(plots, name, lambda *_: None)
        patch.setattr(plots, "base_courses", lambda *_: [])
        return page(comparison, parameters)
