"""How often a customer may enter a chain: in all, per rolling time, per period of his calendar."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, tell


def entries(reenter: str, days: list[str], more: str = "", steps: str = "[exit]", zone: int = 0) -> list[str]:
    """When a customer who leaves a cart at these times enters."""
    text = f"chains: {{c: {{trigger: cart_abandoned, reenter: {reenter}, {more} steps: {steps}}}}}"
    timeline = [f"day {when} anna cart_abandoned 9 shoes" for when in days]
    lines = tell(text, timeline, {"anna": Person(zone=zone)}, days=60).lines("chain_entered")
    return [" ".join(line.split()[1:3]) for line in lines]


DAILY = [f"{day} 10:00" for day in range(8)]


def test_so_many_entries_in_all() -> None:
    assert entries("{at_most: 3}", DAILY) == DAILY[:3]
    assert entries("{after: 2d, at_most: 3}", DAILY) == ["0 10:00", "2 10:00", "4 10:00"]


def test_so_many_entries_in_a_rolling_time() -> None:
    assert entries("{at_most: 2, per: 3d}", DAILY) == ["0 10:00", "1 10:00", "3 10:00", "4 10:00", "6 10:00", "7 10:00"]
    edge = ["0 10:00:00", "3 09:59:59", "3 10:00:00"]
    assert entries("{at_most: 1, per: 3d}", edge) == ["0 10:00", "3 10:00"]


@pytest.mark.parametrize(
    ("per", "came", "entered"),
    [
        ("week", "0 1 2 6 7 27", "0 1 7 27"),
        ("month", "0 1 2 26 27 28 29", "0 1 27 28"),
    ],
)
def test_so_many_entries_in_a_week_and_a_month(per: str, came: str, entered: str) -> None:
    """The run begins on Monday, 2 February; day 27 is 1 March."""
    days, expected = ([f"{day} 10:00" for day in text.split()] for text in (came, entered))
    assert entries(f"{{at_most: 2, per: {per}}}", days) == expected


@pytest.mark.parametrize(
    ("zone", "entered"),
    [(0, ["0 08:00", "0 09:00", "1 08:00"]), (14, ["0 08:00", "0 09:00", "0 10:00", "0 11:00", "1 10:00"])],
)
def test_a_day_is_the_customers(zone: int, entered: list[str]) -> None:
    came = ["0 08:00", "0 09:00", "0 09:30", "0 10:00", "0 11:00", "1 08:00", "1 10:00"]
    found = entries("{at_most: 2, per: day}", came, zone=zone)
    assert found == (entered if zone else [*entered, "1 10:00"])


def test_restarts_and_parallel_runs_count_too() -> None:
    going = "[{wait: 30d}]"
    assert entries("{at_most: 2}", DAILY, "on_retrigger: restart,", going) == DAILY[:2]
    assert entries("{after: 9d, at_most: 4}", DAILY, "on_retrigger: restart,", going) == DAILY[:4]
    assert entries("{at_most: 2}", DAILY, "on_retrigger: {parallel_by: value},", going) == DAILY[:1]


def test_a_schedule_with_a_limit() -> None:
    text = "chains: {c: {trigger: {every: 'day 10:00'}, reenter: {at_most: 2, per: week}, steps: [exit]}}"
    lines = tell(text, days=10).lines("chain_entered")
    assert [line.split()[1] for line in lines] == ["0", "1", "7", "8"]
