"""What check tells of schedules whose days lie outside the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.small import SMALL
from tests.strategies.language.test_doubts import told

RUN = "the run (2026-02-02 to 2026-05-02)"
LOST = "expected days within it, or another start or horizon"
NONE = (
    f"none of its days lies within {RUN}, so nothing ever comes of it; expected other days, or another start or horizon"
)


def lost(folder: Path, schedule: str, trigger: str = "cart_abandoned") -> list[str]:
    text = SMALL.replace('every: "Tue 10:00"', schedule).replace("trigger: cart_abandoned", f"trigger: {trigger}")
    return [text for _, text in told(folder, text) if " lie" in text]


@pytest.mark.parametrize("schedule", ["on: [2026-02-02, 2026-05-02, 03-08]", 'every: "month last 10:00"'])
def test_days_within_the_run(tmp_path: Path, schedule: str) -> None:
    assert lost(tmp_path, schedule) == []


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        ("on: 2026-05-03", f"campaigns.tuesday.on: 2026-05-03 lies outside {RUN}, so nothing comes of it; {LOST}"),
        (
            "on: [03-08, 2026-02-01, 12-31]",
            f"campaigns.tuesday.on: 12-31, 2026-02-01 lie outside {RUN}, so nothing comes of it; {LOST}",
        ),
        ('every: "Tue 10:00", from: 2026-05-01', f"campaigns.tuesday: {NONE}"),
        ('every: "day 10:00", from: "06-01", until: "08-31"', f"campaigns.tuesday: {NONE}"),
    ],
)
def test_days_outside_the_run(tmp_path: Path, schedule: str, text: str) -> None:
    assert lost(tmp_path, schedule) == [text]


def test_a_chain_on_a_day_outside_the_run(tmp_path: Path) -> None:
    found = lost(tmp_path, 'every: "Tue 10:00"', "{on: 2027-01-01}")
    assert found == [f"chains.cart.trigger.on: 2027-01-01 lies outside {RUN}, so nothing comes of it; {LOST}"]


SEASON = "lies outside the days that the segment knows ({} to 2026-05-02), so nothing ever counts; expected "
SEASON += "other days, or another start or horizon"


@pytest.mark.parametrize(
    ("did", "first", "last", "known"),
    [
        ("order", "06-01", "08-31", None),
        ("site_visited", "04-01", "08-31", None),
        ("site_visited", "11-20", "02-01", None),  # the day before the start, on calendars that are behind
        ("site_visited", "06-01", "08-31", "2026-02-02"),
    ],
)
def test_a_season_of_a_segment_that_it_knows_nothing_of(
    tmp_path: Path, did: str, first: str, last: str, known: str | None
) -> None:
    text = SMALL.replace('vip: {if: "orders >= 3"}', f'vip: {{did: {did}, during: {{from: "{first}", to: "{last}"}}}}')
    assert [line for _, line in told(tmp_path, text) if "during" in line] == [
        f"segments.vip.during: {SEASON.format(day)}" for day in ([known] if known else [])
    ]


@pytest.mark.parametrize(("first", "behind"), [("2026-05-02", False), ("2026-05-03", False), ("2026-05-04", True)])
def test_days_of_a_segment_behind_the_run(tmp_path: Path, first: str, behind: bool) -> None:
    """Where clocks are ahead of the company's, the day after the last one begins within the run."""
    text = SMALL.replace('vip: {if: "orders >= 3"}', f"vip: {{did: order, during: {{from: {first}}}}}")
    assert [line for _, line in told(tmp_path, text) if "during" in line] == behind * [
        f"segments.vip.during: begins on {first}, behind the run, whose last day is 2026-05-02, so nothing ever "
        "counts; expected earlier days, or another start or horizon"
    ]
