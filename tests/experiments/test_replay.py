"""The recorded shared path: which worlds it gives, which files it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from experiments.plan import PlanError, RunPlan, Settings, make_plan
from experiments.replay import check_replay, recorded_path
from experiments.runner import run_plan
from strategies.contact_policy import Budget, Scope
from strategies.scenario import Scenario
from strategies.segments import RfmSettings
from strategies.vocabulary import DAY
from tests.experiments import fake_world
from tests.experiments.test_resume import assert_same_rows, rows
from tests.sim.blocks import scenario


def recorded(
    folder: Path,
    arms: tuple[str, ...] = ("calm", "loud"),
    replications: int = 4,
    days: int = 10,
    start: str = "2026-02-02",
    history: int = 365,
) -> Path:
    """A path whose value is 10 * arm + replication."""
    values = 10 * np.arange(len(arms) + 1)[:, None] + np.arange(replications)
    file = folder / "path.npz"
    np.savez(
        file,
        arms=np.array([*arms, "silent"]),
        days=np.array(days),
        start=np.array(start),
        history_days=np.array(history),
        own=np.array(["{}"] * (len(arms) + 1)),
        inbox=np.tile(values, (days, 1, 1)),
    )
    return file


def plan(folder: Path, *names: str, shared: Path | None = None) -> RunPlan:
    made = fake_world.plan(folder, names=names)
    return replace(made, settings=replace(made.settings, shared=shared))


def test_arms_by_name_and_the_block_of_replications(tmp_path: Path) -> None:
    path = recorded_path(plan(tmp_path, "loud", "calm"), recorded(tmp_path), (1, 2))
    assert path["inbox"].shape == (10, 6)
    assert path["inbox"][0].tolist() == [11, 12, 1, 2, 21, 22]


def test_a_single_recorded_arm_serves_all(tmp_path: Path) -> None:
    path = recorded_path(plan(tmp_path, "a", "b"), recorded(tmp_path, arms=("calm",)), (3,))
    assert path["inbox"][0].tolist() == [3, 3, 13]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": 9}, "recorded over 9 days, this run has 10"),
        ({"start": "2026-03-02"}, "recorded from 2026-03-02 on, this run starts on 2026-02-02"),
        ({"history": 30}, "recorded after 30 days of history, this run has 365"),
        ({"replications": 2}, "has 2 replications, this run needs 4"),
        ({"arms": ("x", "y")}, "has no arm 'calm' (arms: x, y, silent)"),
    ],
)
def test_a_path_that_does_not_fit(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    file = recorded(tmp_path, **changes)  # type: ignore[arg-type]
    with pytest.raises(PlanError) as error:
        check_replay(plan(tmp_path, "calm", shared=file))
    assert str(error.value) == f"--shared {file}: {message}"


def not_npz(file: Path) -> None:
    file.write_text("no archive")


def single_array(file: Path) -> None:
    with file.open("wb") as stream:
        np.save(stream, np.zeros(3))


def objects(file: Path) -> None:
    with file.open("wb") as stream:
        np.savez(stream, arms=np.array([None]))


@pytest.mark.parametrize("write", [not_npz, single_array, objects])
def test_another_file(tmp_path: Path, write: Callable[[Path], None]) -> None:
    file = tmp_path / "path.npz"
    write(file)
    with pytest.raises(PlanError) as error:
        check_replay(plan(tmp_path, "calm", shared=file))
    assert str(error.value) == f"--shared {file}: expected shared/path.npz of a run folder"


def test_a_file_of_an_older_version(tmp_path: Path) -> None:
    file = tmp_path / "path.npz"
    np.savez(file, arms=np.array(["calm", "silent"]), days=np.array(10), inbox=np.ones((10, 2, 4)))
    with pytest.raises(PlanError, match="recorded by an older version"):
        check_replay(plan(tmp_path, "calm", shared=file))


OWN = ("rfm", "budget", "budget:purse2", "throughput:email")


@pytest.mark.slow
class TestValuesOfArms:
    """Arms with scores, a budget and a limited channel of their own, in the real world."""

    def test_values_stand_in_the_worlds_of_their_arm(self, made: Made) -> None:
        """Arms: scored, spare, plain, silent (which needs none of it); 13 days, refreshed each 7 or 5."""
        with np.load(made("all") / "shared" / "path.npz") as path:
            filled = {name: path[name].any(axis=(0, *range(2, path[name].ndim))).tolist() for name in OWN}
            assert path["rfm"].shape == (3, 4, 2, 3, 4)
            assert not path["rfm"][2, [0, 3]].any()
        assert filled == {
            "rfm": [True, True, False, False],
            "budget": [False, True, False, False],
            "budget:purse2": [False, True, False, False],
            "throughput:email": [True, False, False, False],
        }

    def test_its_own_path_changes_nothing(self, made: Made) -> None:
        assert_same_rows(made("all"), made("again", replayed="all"))

    def test_arms_in_another_order(self, made: Made) -> None:
        made("all")
        other = made("other", ("spare", "plain", "scored"), replayed="all")
        for arm in ("scored", "spare", "plain", "silent"):
            assert rows_of(other, arm).equals(rows_of(made("all"), arm)), arm

    def test_a_single_arm_serves_all(self, made: Made) -> None:
        alone = made("alone", ("spare",))
        both = made("both", ("plain", "spare"), replayed="alone")
        assert rows_of(both, "spare").equals(rows_of(alone, "spare"))

    def test_without_a_past(self, made: Made) -> None:
        assert_same_rows(made("new", history=0), made("again", replayed="new", history=0))

    @pytest.mark.parametrize(
        ("recorded", "message"),
        [
            ("plain", "arm 'scored' needs its rfm, which was not recorded for 'plain'"),
            ("spare", "arm 'scored' needs its rfm, which was recorded for 'spare' with other settings"),
        ],
    )
    def test_a_value_that_was_not_recorded(self, made: Made, recorded: str, message: str) -> None:
        file = made("one", (recorded,)) / "shared" / "path.npz"
        with pytest.raises(PlanError) as error:
            made("two", ("scored",), replayed="one")
        assert str(error.value) == f"--shared {file}: {message}"


Made = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Makes a run folder by name, once, of the named arms."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(
        name: str,
        arms: tuple[str, ...] = ("scored", "spare", "plain"),
        replayed: str | None = None,
        history: int = 60,
    ) -> Path:
        folder = tmp_path / name
        if not folder.exists():
            shared = tmp_path / replayed / "shared" / "path.npz" if replayed else None
            settings = Settings(customers=40, replications=2, shared=shared)
            run_plan(make_plan([owner(arm, history) for arm in arms], arms, settings), folder)
        return folder

    return make


def owner(name: str, history: int) -> Scenario:
    """``scored``: three levels each week, 2 mails an hour; ``spare``: five levels, two budgets; ``plain``: neither."""
    plain = scenario("loud_discounts", days=10, tail=3, history=history)
    free = {channel: replace(settings, throughput=None) for channel, settings in plain.channels.items()}
    plain = replace(plain, rfm=None, channels=free, policy=replace(plain.policy, budget=()))
    if name == "plain":
        return plain
    if name == "scored":
        limited = {**free, "email": replace(free["email"], throughput=2)}
        return replace(plain, rfm=RfmSettings(60 * DAY, 3, 3, refresh=7 * DAY), channels=limited)
    letters = Budget(30_000, "month", "letters", Scope(channels=("email",)))
    policy = replace(plain.policy, budget=(Budget(20_000, "week"), letters))
    return replace(plain, rfm=RfmSettings(60 * DAY, 5, 5, refresh=5 * DAY), policy=policy)


def rows_of(folder: Path, arm: str) -> pl.DataFrame:
    table = rows(folder)["outcomes"]
    return table.filter(pl.col("arm") == arm)
