"""What a no-break space joins stands on one line of the terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.figures import figure_text, number
from experiments.screen import JOINT, Screen
from experiments.statistics import Estimate

SENTENCE = st.lists(
    st.one_of(
        st.sampled_from(["a", "control", "group", "customers,", "…"]),
        st.floats(-1e9, 1e9).map(lambda value: number(value, 0, signed=True)),
    ),
    min_size=1,
    max_size=30,
)


def lines(renderable: Text | Table, width: int, kind: type[Console] = Screen) -> list[str]:
    out = StringIO()
    kind(file=out, width=width).print(renderable)
    return [line.rstrip(" ") for line in out.getvalue().splitlines()]


@pytest.mark.slow
@given(SENTENCE, st.integers(16, 60))
def test_no_number_is_broken(words: list[str], width: int) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_row("•", Text(" ".join(words)))
    for shown, indent in ((lines(Text(" ".join(words)), width), 0), (lines(grid, width), 2)):
        assert " ".join(line[indent:] for line in shown).split(" ") == words
        assert all(len(line) <= width for line in shown)


def test_any_other_terminal_breaks_them() -> None:
    text = Text(f"with a control group of 10 %; {number(7_900_000, 0)} customers")
    assert lines(text, 35, Console)[0].endswith(f" 7{JOINT}900")
    assert lines(text, 35)[1] == f"7{JOINT}900{JOINT}000 customers"


def test_an_interval_stands_in_one_piece() -> None:
    figure = figure_text(Estimate(2_445.0, 424.0, 4_466.0), "money", True)
    shown = lines(Text(f"the effect is {figure}"), 30)
    assert shown == [f"the effect is +2{JOINT}445{JOINT}₽", f"(+424{JOINT}…{JOINT}+4{JOINT}466)"]


def test_a_half_width_stays_with_its_sign() -> None:
    assert lines(Text("within ± 1.0 ₽"), 9) == ["within", f"±{JOINT}1.0 ₽"]


def test_styles_and_cells_of_tables_stay() -> None:
    table = Table(box=None)
    table.add_column("Customers")
    table.add_row(f"1{JOINT}200{JOINT}000")
    assert lines(table, 40) == lines(table, 40, Console)
    styled = Text(f"7{JOINT}900", style="bold")
    assert [segment.style for segment in Screen().render(styled) if segment.text != "\n"] == [
        segment.style for segment in Console().render(styled) if segment.text != "\n"
    ]
