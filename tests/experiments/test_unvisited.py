"""Why nobody came to a place of a chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.unvisited import Runs, unvisited
from strategies.scenario import Chain
from tests.strategies.language.small import SMALL, load

STEPS = """
      - wait: 1h
      - cascade:
          - {email: nudge, wait: 1d, next_unless: click}
          - {sms: nudge, wait: 1d, next_unless: click}
          - {sms: digest}
      - choose:
          - if: "orders > 3"
            steps: [{send: {email: digest}}, {wait: 1h}]
          - if: "orders > 1"
            steps: [{wait: 1h}]
          - else: [{wait: 2h}]
      - wait: {until: click, at_most: 1d, on_timeout: [{send: {sms: nudge}}, {wait: 1h}]}
      - split: {name: ab, arms: {a: {share: 50%, steps: [{wait: 1h}]}, b: {share: 50%, steps: [{wait: 2h}]}}}
      - send: {email: digest}
      - wait: 1h
"""
COUNTS = {
    "steps[0]": 9,
    "steps[1].cascade[0]": 9,
    "steps[1].cascade[1]": 5,
    "steps[1].cascade[2]": 3,
    "steps[2].choose[0]": 4,
    "steps[2].choose[0].steps[0]": 4,
    "steps[2].choose[0].steps[1]": 4,
    "steps[2].choose[1]": 2,
    "steps[2].choose[1].steps[0]": 2,
    "steps[2].choose[2]": 2,
    "steps[2].choose[2].else[0]": 2,
    "steps[3]": 8,
    "steps[3].wait.on_timeout[0]": 3,
    "steps[3].wait.on_timeout[1]": 3,
    "steps[4]": 8,
    "steps[4].split.arms.a": 4,
    "steps[4].split.arms.a.steps[0]": 4,
    "steps[4].split.arms.b": 4,
    "steps[4].split.arms.b.steps[0]": 4,
    "steps[5]": 8,
    "steps[6]": 8,
}
RUNG = "an earlier rung always worked, or was dropped, or runs ended there"
RUNS = Runs(9, 0, {"finished": 6, "exit_event": 2}, 28)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    text = SMALL.partition("    steps:\n")[0] + f"    steps:{STEPS}" + "control: {share: 10%}\n"
    (found,) = load(tmp_path_factory.mktemp("unvisited"), text).chains
    return found


def told(chain: Chain, runs: Runs = RUNS, *empty: str) -> list[tuple[str, str, int]]:
    gone = {path: 0 if path.startswith(empty) else count for path, count in COUNTS.items()} if empty else COUNTS
    return [(place.path, place.reason, place.behind) for place in unvisited(chain, gone, runs)]


def test_nothing_is_said_where_somebody_came_to_every_place(chain: Chain) -> None:
    assert told(chain) == []


@pytest.mark.parametrize(
    ("empty", "path", "reason", "behind"),
    [
        (
            "steps[1].cascade[1]",
            "steps[1].cascade[1]",
            RUNG,
            0,
        ),
        ("steps[2].choose[0]", "steps[2].choose[0]", "its condition was never true", 2),
        ("steps[2].choose[1]", "steps[2].choose[1]", "its condition was never true, or an earlier branch was taken", 1),
        ("steps[2].choose[2]", "steps[2].choose[2]", "an earlier branch was always taken", 1),
        (
            "steps[3].wait",
            "steps[3].wait.on_timeout[0]",
            "what was waited for always came in time, or runs ended or still waited",
            1,
        ),
        (
            "steps[4].split.arms.b",
            "steps[4].split.arms.b",
            "none of the runs that came fell into the arm (50% of customers)",
            1,
        ),
        (
            "steps[6]",
            "steps[6]",
            "of 9 runs 2 ended before (exit_event 2), 6 came to the end by another way, 1 were under way when the 28 "
            "days ended",
            0,
        ),
    ],
)
def test_reasons(chain: Chain, empty: str, path: str, reason: str, behind: int) -> None:
    assert told(chain, RUNS, empty) == [(path, reason, behind)]


def test_what_lies_behind_is_told_once(chain: Chain) -> None:
    runs = Runs(9, 0, {"exit_event": 4, "timeout": 1}, 28)
    (place,) = told(chain, runs, "steps[2]", "steps[3]", "steps[4]", "steps[5]", "steps[6]")
    assert place == (
        "steps[2].choose[0]",
        "of 9 runs 5 ended before (exit_event 4, timeout 1), 4 were under way when the 28 days ended",
        16,
    )


def test_a_chain_that_nobody_entered(chain: Chain) -> None:
    (place,) = told(chain, Runs(0, 0, {}, 28), "steps")
    assert place == (
        "steps[0]",
        "no run began in 28 days: the trigger did not happen, or 'enter' was true for nobody",
        len(COUNTS) - 1,
    )
    (place,) = told(chain, Runs(0, 3, {}, 28), "steps")
    assert place[1] == "all 3 runs that began were held out"


def test_a_choice_at_the_end_that_took_no_branch(tmp_path: Path) -> None:
    steps = "    steps: [{wait: 1h}, {choose: [{if: 'orders > 3', steps: [{wait: 1h}]}]}]\n"
    (found,) = load(tmp_path, SMALL.partition("    steps:\n")[0] + steps).chains
    counts = {"steps[0]": 5, "steps[1].choose[0]": 0, "steps[1].choose[0].steps[0]": 0}
    (place,) = unvisited(found, counts, Runs(5, 0, {"finished": 5}, 28))
    assert (place.path, place.reason, place.behind) == ("steps[1].choose[0]", "its condition was never true", 1)
    (place,) = unvisited(found, counts, Runs(5, 0, {"exit_event": 5}, 28))
    assert place.reason == "of 5 runs 5 ended before (exit_event 5)"
