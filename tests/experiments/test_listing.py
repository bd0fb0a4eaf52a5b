"""Listings on screens of any width."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from experiments.listing import Column, Listing
from experiments.statistics import Estimate, undefined

COLUMNS = (
    Column("chain", "Chain or campaign"),
    Column("why", "Why"),
    Column("asked", "Asked for", "number"),
    Column("sent", "Sent", "share"),
    Column("hidden", ""),
)
ROWS = [
    ["a_chain_with_a_long_name", "cap", Estimate(10.3, 2.3, 18.2), Estimate(0.52, 0.4, 0.64), "x"],
    ["b", "", Estimate(1.0, 0.5, 1.5), undefined("nothing to count in"), "y"],
]


def printed(width: int, listing: Listing) -> list[str]:
    out = StringIO()
    listing.render(Console(file=out, width=width, markup=False))
    return out.getvalue().replace("\u00a0", " ").splitlines()


def test_what_fits_is_a_table() -> None:
    lines = printed(120, Listing("one", "One", COLUMNS, ROWS))
    assert lines[0].startswith("One")
    assert any("a_chain_with_a_long_name │ cap │" in line and "10.3 (2.3 … 18.2)" in line for line in lines)
    assert any("not known (nothing to count in)" in line for line in lines)


def test_what_does_not_fit_stands_on_lines_of_its_own() -> None:
    assert printed(60, Listing("one", "One", COLUMNS, ROWS)) == [
        "One",
        "           Asked for            Sent",
        "a_chain_with_a_long_name; why: cap",
        "   10.3 (2.3 … 18.2)  52 % (40 … 64)",
        "b",
        "  1.00 (0.50 … 1.50)               –",
    ]


def test_on_a_very_narrow_screen_each_figure_has_its_heading() -> None:
    lines = printed(32, Listing("one", "One", COLUMNS, ROWS))
    assert lines == [
        "One",
        "a_chain_with_a_long_name; why: ",
        "cap",
        "  asked for 10.3 (2.3 … 18.2);",
        "  sent 52 % (40 … 64)",
        "b",
        "  asked for 1.00 (0.50 … 1.50);",
        "  sent –",
    ]


@pytest.mark.parametrize("width", [32, 60, 120])
def test_rows_that_are_not_shown_are_counted(width: int) -> None:
    listing = Listing("one", "One", COLUMNS, ROWS, "A note.", ROWS[:1])
    lines = printed(width, listing)
    assert lines[-1] == "A note."
    assert " ".join(lines[-3:-1]).split()[-9:] == ["…", "and", "1", "rows", "more;", "--json", "has", "them", "all"]
    assert len(listing.to_json()) == 2


def test_what_is_empty_says_so() -> None:
    assert printed(60, Listing("one", "One", COLUMNS, [])) == ["One: nothing"]
