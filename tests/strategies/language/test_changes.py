"""Changes on a date, against the horizon of the file and of the command line."""

from __future__ import annotations

from pathlib import Path

from tests.strategies.language.small import SMALL, load, problems_of

CHANGES = (
    SMALL
    + "changes:\n  - {on: 2026-02-20, runs: end}\n  - {on: 2026-03-16, runs: end, sender: {domain: new, warmup: 50d}}\n"
)


def test_a_shorter_run_does_without_the_changes_beyond_its_end(tmp_path: Path) -> None:
    whole = load(tmp_path, CHANGES)
    short = load(tmp_path, CHANGES, ["horizon=28d"])
    assert short.changes == whole.changes[:1]
    (note,) = (notice for notice in short.notices if notice.file == "--set horizon=28d")
    assert note.text == (
        "changes[1] is not reached: it holds from 2026-03-16 on, and the horizon ends before 2026-03-02; expected more "
        "than 42 days"
    )
    assert any("warm-up" in notice.text for notice in whole.notices)
    assert not any("warm-up" in notice.text for notice in short.notices)
    assert len(load(tmp_path, CHANGES, ["horizon=42d"]).changes) == 1
    assert load(tmp_path, CHANGES, ["horizon=43d"]).changes == whole.changes


def test_a_file_whose_own_horizon_is_too_short_is_wrong(tmp_path: Path) -> None:
    text = CHANGES.replace("horizon: 90d", "horizon: 28d")
    (problem,) = problems_of(tmp_path, text)
    assert problem.endswith("changes[1].on: found 2026-03-16, expected a day after 2026-02-20 and before 2026-03-02")


def test_changes_that_a_short_run_leaves_out_are_checked(tmp_path: Path) -> None:
    text = CHANGES.replace("sender: {domain: new, warmup: 50d}", "channels: {vk: {cost: 1}}")
    (problem,) = problems_of(tmp_path, text, ["horizon=28d"])
    assert "changes[1].channels: found channel 'vk', which is missing from" in problem
