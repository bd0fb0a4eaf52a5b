"""Blocks: a function of the configuration; interrupted runs resume to the same rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from experiments import runfolder, runner
from experiments.plan import Block, PlanError, RunPlan
from experiments.runner import RunnerError, run_plan
from sim.result import BlockResult
from tests.experiments import fake_world
from tests.experiments.test_cli import SCENARIO

ROOT = Path(__file__).resolve().parents[2]


def rows(folder: Path) -> dict[str, pl.DataFrame]:
    """All tables, sorted by all columns."""
    tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("outcomes", "aggregates", "daily")}
    tables["events"] = pl.read_parquet(folder / "events" / "*.parquet")
    return {
        name: (text := table.with_columns(pl.col(pl.Categorical).cast(pl.String))).sort(text.columns)
        for name, table in tables.items()
    }


def assert_same_rows(one: Path, other: Path) -> None:
    for (name, expected), found in zip(rows(one).items(), rows(other).values(), strict=True):
        assert expected.equals(found), name


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.plan.STACKED_CUSTOMERS", 150)


def failing_at_2(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    if block.number == 2:
        raise MemoryError
    return fake_world.simulate(plan, block, cache)


def interrupted_at_2(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    if block.number == 2:
        raise KeyboardInterrupt
    return fake_world.simulate(plan, block, cache)


def never(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    raise AssertionError("a finished block was simulated again")


def dying(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def slow(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    time.sleep(0.15)
    return fake_world.simulate(plan, block, cache)


def ends(group: int, seconds: float) -> bool:
    """Whether a process group disappears within ``seconds``."""
    for _ in range(int(seconds / 0.1)):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("customers", "arms", "replications", "sizes"),
    [(5_000, 2, 20, [3, 3, 4, 3, 3, 4]), (1_000, 1, 31, [15, 16]), (1_000, 1, 30, [30]), (100_000, 2, 2, [1, 1])],
)
def test_blocks_hold_up_to_60000_customers_in_equal_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, customers: int, arms: int, replications: int, sizes: list[int]
) -> None:
    monkeypatch.setattr("experiments.plan.STACKED_CUSTOMERS", 60_000)
    blocks = fake_world.plan(tmp_path, arms, customers=customers, replications=replications).blocks()
    assert [len(block.replications) for block in blocks] == sizes
    assert [base for block in blocks for base in block.replications] == list(range(replications))


@pytest.mark.parametrize(
    ("customers", "arms", "replications", "sizes"),
    [(20_000, 1, 6, [6]), (20_000, 1, 7, [3, 4]), (20_000, 1, 20, [10, 10]), (20_000, 1, 25, [6, 6, 6, 7])],
)
def test_two_processes_share_what_one_block_could_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, customers: int, arms: int, replications: int, sizes: list[int]
) -> None:
    monkeypatch.undo()
    blocks = fake_world.plan(tmp_path, arms, customers=customers, replications=replications).blocks()
    assert [len(block.replications) for block in blocks] == sizes


def test_one_block_and_four_blocks_hold_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_plan(fake_world.plan(tmp_path), tmp_path / "four", simulate=fake_world.simulate)
    monkeypatch.setattr("experiments.plan.STACKED_CUSTOMERS", 60_000)
    run_plan(fake_world.plan(tmp_path), tmp_path / "one", simulate=fake_world.simulate)
    assert_same_rows(tmp_path / "one", tmp_path / "four")


def test_finished_blocks_are_kept(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_plan(plan, tmp_path / "out", simulate=interrupted_at_2)
    stopped = runfolder.read_manifest(tmp_path / "out")
    assert (stopped.state, stopped.blocks_done, stopped.blocks) == ("running", 2, 4)
    seen: list[tuple[int, int]] = []
    done = run_plan(plan, tmp_path / "out", simulate=fake_world.simulate, progress=lambda *at: seen.append(at))
    assert (done.state, seen) == ("complete", [(2, 4), (3, 4), (4, 4)])
    run_plan(plan, tmp_path / "whole", simulate=fake_world.simulate)
    assert_same_rows(tmp_path / "whole", tmp_path / "out")


def test_a_complete_run_is_not_repeated(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path)
    first = run_plan(plan, tmp_path / "out", simulate=fake_world.simulate)
    assert run_plan(plan, tmp_path / "out", simulate=never) == first


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    run_plan(fake_world.plan(tmp_path), tmp_path / "out", simulate=fake_world.simulate)
    with pytest.raises(PlanError) as error:
        run_plan(fake_world.plan(tmp_path, seed=2), tmp_path / "out", simulate=fake_world.simulate)
    assert str(error.value) == (
        f"{tmp_path}/out holds a run of another configuration (seed 1, now 2); choose another --out"
    )


def test_a_changed_scenario_is_refused(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path)
    run_plan(plan, tmp_path / "out", simulate=fake_world.simulate)
    arm = replace(plan.arms[1], scenario=replace(plan.arms[1].scenario, chains=()))
    with pytest.raises(PlanError, match=r"\(the scenario of arm1 has changed\); choose another --out"):
        run_plan(replace(plan, arms=(plan.arms[0], arm)), tmp_path / "out", simulate=fake_world.simulate)


def test_the_answer_of_another_version_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    written = run_plan(fake_world.plan(tmp_path), folder, simulate=fake_world.simulate)
    before = fake_world.plan(tmp_path).hash()
    monkeypatch.setattr("experiments.plan.code_digest", lambda *packages: "changed")
    with pytest.raises(PlanError) as code:
        run_plan(fake_world.plan(tmp_path), folder, simulate=never)
    assert str(code.value) == (
        f"{folder} holds a run of other code of crm-sandbox {written.version}, which may bring other results; "
        "choose another --out"
    )
    assert fake_world.plan(tmp_path).hash() != before
    runfolder.write_manifest(folder, replace(written, version="0.0.1"))
    with pytest.raises(PlanError) as version:
        run_plan(fake_world.plan(tmp_path), folder, simulate=never)
    assert str(version.value) == (
        f"{folder} holds a run of crm-sandbox 0.0.1, this is {written.version}, which may bring other results; "
        "choose another --out"
    )


def test_a_run_begun_with_other_packages_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = fake_world.plan(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_plan(plan, tmp_path / "out", simulate=interrupted_at_2)
    monkeypatch.setattr(runner, "probe", lambda: "another machine")
    with pytest.raises(PlanError, match="its blocks do not mix with new ones: choose another --out"):
        run_plan(plan, tmp_path / "out", simulate=fake_world.simulate)


def test_a_worker_that_computes_other_bits_is_refused(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path)
    task = runner.Task(plan, plan.blocks()[0], tmp_path, tmp_path, "another machine", fake_world.simulate)
    with pytest.raises(RunnerError, match="a worker computes other bits than this machine"):
        runner.do_block(task)


def test_leftovers_of_a_killed_run_disappear(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_plan(plan, tmp_path / "out", simulate=interrupted_at_2)
    half = tmp_path / "out" / "blocks" / ".block-00002.4711"
    half.mkdir()
    (half / "outcomes.parquet").write_bytes(b"half")
    (tmp_path / "out" / ".crmsim-outcomes.parquet.4711").write_bytes(b"half")
    run_plan(plan, tmp_path / "out", simulate=fake_world.simulate)
    assert [path.name for path in (tmp_path / "out").glob(".*")] == [".crmsim-lock"]
    run_plan(plan, tmp_path / "whole", simulate=fake_world.simulate)
    assert_same_rows(tmp_path / "whole", tmp_path / "out")


def test_two_commands_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with runner.locked(tmp_path / "out"), pytest.raises(PlanError, match="another command is running in"):
        run_plan(fake_world.plan(tmp_path), tmp_path / "out", simulate=fake_world.simulate)


def test_the_history_cache_falls_back_to_the_run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert runner.history_cache(tmp_path) == tmp_path / "cache" / "crm-sandbox"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert runner.history_cache(tmp_path) == tmp_path / "blocks" / "histories"


@pytest.mark.slow
class TestPool:
    """Worker processes (each takes a second to start)."""

    def test_two_processes_bring_the_same_rows(self, tmp_path: Path) -> None:
        plan = fake_world.plan(tmp_path)
        run_plan(plan, tmp_path / "one", simulate=fake_world.simulate)
        run_plan(plan, tmp_path / "two", jobs=2, simulate=fake_world.simulate)
        assert_same_rows(tmp_path / "one", tmp_path / "two")

    def test_an_error_in_a_worker_reaches_the_caller_and_the_run_resumes(self, tmp_path: Path) -> None:
        plan = fake_world.plan(tmp_path)
        with pytest.raises(MemoryError):
            run_plan(plan, tmp_path / "out", jobs=2, simulate=failing_at_2)
        run_plan(plan, tmp_path / "out", simulate=fake_world.simulate)
        run_plan(plan, tmp_path / "whole", simulate=fake_world.simulate)
        assert_same_rows(tmp_path / "whole", tmp_path / "out")

    def test_a_killed_worker(self, tmp_path: Path) -> None:
        with pytest.raises(RunnerError, match="a worker process was killed, most likely for lack of memory"):
            run_plan(fake_world.plan(tmp_path), tmp_path / "out", jobs=2, simulate=dying)

    def test_killed_at_any_moment_then_run_again(self, tmp_path: Path) -> None:
        """Kills the command (-9) at several moments; the last run completes the folder."""
        run_plan(fake_world.plan(tmp_path, replications=8), tmp_path / "whole", simulate=fake_world.simulate)
        code = (
            "import sys, pathlib, experiments.plan as p; p.STACKED_CUSTOMERS = 150\n"
            "from tests.experiments import fake_world, test_resume\n"
            "from experiments.runner import run_plan\n"
            f"folder = pathlib.Path({str(tmp_path)!r})\n"
            "if __name__ == '__main__':\n"
            "    plan = fake_world.plan(folder, replications=8)\n"
            "    print('ready', flush=True)\n"
            "    run_plan(plan, folder / 'out', jobs=int(sys.argv[1]), simulate=test_resume.slow)\n"
        )
        (tmp_path / "command.py").write_text(code)
        for jobs, seconds in (("1", 0.05), ("1", 0.4), ("2", 1.6), ("1", 0.3)):
            process = subprocess.Popen(
                [sys.executable, str(tmp_path / "command.py"), jobs],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(seconds)
            process.kill()
            process.wait()
            process.stdout.close()
        run_plan(fake_world.plan(tmp_path, replications=8), tmp_path / "out", simulate=fake_world.simulate)
        assert_same_rows(tmp_path / "whole", tmp_path / "out")

    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_ctrl_c_in_the_terminal(self, tmp_path: Path, jobs: str) -> None:
        """The signal reaches the command and its workers; one line is printed and nothing keeps running."""
        code = (
            "import experiments.plan, experiments.runner\n"
            "from experiments.cli import main\n"
            "from tests.experiments import test_resume\n"
            "experiments.plan.STACKED_CUSTOMERS = 150\n"
            "experiments.runner.simulate_worlds = test_resume.slow\n"
            "if __name__ == '__main__':\n"
            "    main()\n"
        )
        (tmp_path / "command.py").write_text(code)
        fake_world.scenario(tmp_path)
        (tmp_path / "calm.yaml").write_text(SCENARIO.format(name="Calm"))
        arguments = ["run", "calm.yaml", "--customers", "50", "--replications", "90", "--jobs", jobs, "--out", "out"]
        process = subprocess.Popen(
            [sys.executable, "command.py", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while not list(tmp_path.glob("out/blocks/block-*")):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (130, "\nInterrupted. The same command goes on where it stopped.\n")
        assert ends(process.pid, seconds=10.0)
        assert runfolder.read_manifest(tmp_path / "out").state == "running"
