"""Every refusal, word for word."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import runner
from experiments.commands import Changes
from experiments.plan import Block, RunPlan
from sim.population_texts import PopulationTexts
from sim.result import BlockResult
from strategies.language import load_scenario
from tests.experiments.test_cli import SCENARIO, SMALL, crmsim, folder, made, no_page

__all__ = ["folder", "no_page"]

ROOT = Path(__file__).resolve().parents[2]
RUN = ["run", "calm.yaml"]
COMPARE = ["compare", "calm.yaml", "loud.yaml"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*RUN, "--customers", "0"], "--customers 0: expected a whole number of at least 1"),
        ([*RUN, "--customers", "-5"], "--customers -5: expected a whole number of at least 1"),
        (
            [*RUN, "--customers", "1000000000000"],
            "--customers 1000000000000: expected a whole number of at most 100,000,000",
        ),
        ([*RUN, "--replications", "100001"], "--replications 100001: expected a whole number of at most 100,000"),
        ([*RUN, "--days", "1461"], "--days 1461: expected a whole number of at most 1,460"),
        ([*RUN, "--tail", "99999999"], "--tail 99999999: expected a whole number of at most 1,460"),
        ([*RUN, "--days", "0"], "--days 0: expected a whole number of at least 1"),
        ([*RUN, "--tail", "-1"], "--tail -1: expected a whole number of at least 0"),
        ([*RUN, "--replications", "0"], "--replications 0: expected a whole number of at least 1"),
        ([*RUN, "--seed", "-1"], "--seed -1: expected a whole number of at least 0"),
        ([*RUN, "--jobs", "0"], "--jobs 0: expected a whole number of at least 1"),
        ([*RUN, "--log", "2"], "--log 2: expected all, contacts, none, or a share of customers between 0 and 1"),
        ([*RUN, "--log", "some"], "--log some: expected all, contacts, none, or a share of customers between 0 and 1"),
        ([*RUN, "--bucket", "60"], "--bucket 60: expected a duration such as 5m, 1h or 1d"),
        ([*RUN, "--bucket", "1 hour"], "--bucket 1 hour: expected a duration such as 5m, 1h or 1d; did you mean '1h'?"),
        ([*RUN, "--bucket", "7h"], "--bucket 7h: buckets must divide 1d"),
        ([*RUN, "--bucket", "2d"], "--bucket 2d: buckets must divide 1d"),
        (
            [*RUN, "--bucket", "1d", "--set", "channels.email.throughput=10/h"],
            "--bucket 1d: buckets must divide 1h, in which places on a channel with limited throughput are given",
        ),
        ([*RUN, "--population", "no.yaml"], "--population no.yaml: no such file"),
        ([*RUN, "--shared", "no.npz"], "--shared no.npz: no such file"),
        (["run", "nowhere.yaml"], "nowhere.yaml: no such file, and no shipped scenario has this name"),
        (["check", "nowhere.yaml"], "nowhere.yaml: no such file, and no shipped scenario has this name"),
        (["run", "."], ".: is a folder; expected a scenario file"),
        (["compare", "calm.yaml"], "compare needs two scenarios, or one and --set or --without"),
        (
            ["compare", "calm.yaml", "./calm.yaml"],
            "calm.yaml stands there twice: a scenario does not differ from itself. To try a change of it: "
            "crmsim compare calm.yaml --set path=value",
        ),
        (
            ["compare", "calm.yaml", "--set", "chains.digest.priority=50"],
            "--set chains.digest.priority=50: changes nothing in calm.yaml",
        ),
        (
            [*COMPARE, "--without", "digst"],
            "--without digst: unknown chain 'digst' in Calm; did you mean 'digest'? "
            "(expected one of: abandoned_cart, digest)",
        ),
        (["explain", "nowhere", "--customer", "1"], "nowhere: no such run folder"),
        (["explain", ".", "--customer", "1"], ". is not a run folder: it has no manifest.json"),
        (["report", "nowhere"], "nowhere: no such run folder"),
    ],
)
def test_refused(folder: Path, arguments: list[str], message: str) -> None:
    assert crmsim(*arguments, code=2) == ("", f"crmsim: {message}\n")


@pytest.mark.parametrize(
    ("line", "other", "message", "remedy"),
    [
        (
            "start: 2026-02-02",
            "start: 2026-03-02",
            "start differs (2026-02-02 and 2026-03-02)",
            "--set start=2026-02-02",
        ),
        ("horizon: 6d", "horizon: 7d", "horizon differs (6d and 7d)", "--days 6"),
        (
            "tail: 4d",
            "tail: 4d\ncontrol: {share: 10%}",
            "control differs (0.0 except transactional and 0.1 except transactional)",
            "--set 'control={share: 0%, exempt: [transactional]}'",
        ),
        ("tail: 4d", "tail: 5d", "tail differs (4d and 5d)", "--tail 4"),
        (
            "tail: 4d",
            "tail: 4d\nat_start: {history: 30d}",
            "at_start differs (365d under neutral, backlog skip and 30d under neutral, backlog skip)",
            "--set at_start.history=365d",
        ),
        (
            "tail: 4d",
            "tail: 4d\nat_start: {backlog: enter}",
            "at_start differs (365d under neutral, backlog skip and 365d under neutral, backlog enter)",
            "--set at_start.backlog=skip",
        ),
    ],
)
def test_scenarios_that_do_not_compare(folder: Path, line: str, other: str, message: str, remedy: str) -> None:
    (folder / "loud.yaml").write_text(SCENARIO.format(name="Loud").replace(line, other))
    told = f"crmsim: 'calm' and 'loud' do not compare: their {message}; with {remedy} they do\n"
    assert crmsim(*COMPARE, code=2) == ("", told)


@pytest.mark.slow
@pytest.mark.usefixtures("no_page")
def test_all_that_keeps_scenarios_from_comparing_is_told_with_what_evens_it_out(folder: Path) -> None:
    loud = "start: 2026-03-02\nbase: 9000\nat_start: {history: 30d, backlog: enter}\ncontrol: {share: 10%}"
    (folder / "calm.yaml").write_text(SCENARIO.format(name="Calm") + "base: 5000\n")
    (folder / "loud.yaml").write_text(SCENARIO.format(name="Loud").replace("start: 2026-02-02", loud))
    _, err = crmsim(*COMPARE, code=2)
    told, _, remedy = err.removesuffix(" they do\n").partition("; with ")
    assert told.count(" differs (") == 4
    assert told.count("'calm' and 'loud' do not compare") == 1
    crmsim(*COMPARE, *shlex.split(remedy), *SMALL, "--out", "result")
    loaded = load_scenario(folder / "result" / "scenario-loud.yaml")
    assert (str(loaded.start), loaded.base, loaded.control.share) == ("2026-02-02", 5_000, 0.0)
    assert (loaded.at_start.history, loaded.at_start.backlog) == (365 * 86_400, "skip")


def test_populations_that_differ(folder: Path) -> None:
    (folder / "other.yaml").write_text("population: other\n")
    (folder / "loud.yaml").write_text(SCENARIO.format(name="Loud").replace("shop.yaml", "other.yaml"))
    _, err = crmsim(*COMPARE, code=2)
    assert err == (
        "crmsim: 'calm' and 'loud' do not compare: their population differs "
        f"({folder}/shop.yaml and {folder}/other.yaml); with --population {folder}/shop.yaml they do\n"
    )


def test_a_bad_population(folder: Path) -> None:
    (folder / "shop.yaml").write_text("population: [")
    _, err = crmsim(*RUN, code=2)
    assert err.startswith(f"{folder}/shop.yaml:1:14: ")
    assert crmsim("check", "calm.yaml", code=1)[0].endswith("calm.yaml: 1 error\n")


def test_arms_that_would_share_a_file(folder: Path) -> None:
    (folder / "without digest.yaml").write_text(SCENARIO.format(name="Other"))
    _, err = crmsim("compare", "calm.yaml", "without digest.yaml", "--without", "digest", code=2)
    assert err == (
        "crmsim: two arms would be written to scenario-without-digest.yaml; rename the file of 'without digest'\n"
    )


def test_all_errors_of_all_scenarios(folder: Path) -> None:
    for name in ("calm", "loud"):
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name).replace("tail: 4d", "tial: 4d"))
    _, err = crmsim(*COMPARE, code=2)
    assert err.startswith("calm.yaml:4:1: unknown key 'tial' in the scenario; did you mean 'tail'?")
    assert "\nloud.yaml:4:1: " in err
    assert err.endswith("\ncrmsim: 2 errors\n")


def test_a_bad_override(folder: Path) -> None:
    _, err = crmsim(*RUN, "--set", "priority", code=2)
    assert err == (
        "--set priority:1:1: found 'priority', expected path=value such as contact_policy.caps[0].max=3\n"
        "crmsim: 1 error\n"
    )


def test_out_of_range(folder: Path) -> None:
    made(folder)
    for arguments, message in (
        (["--customer", "40"], "--customer 40: this run has customers 0 to 39"),
        (["--customer", "-1"], "--customer -1: this run has customers 0 to 39"),
        (["--customer", "1", "--replication", "3"], "--replication 3: this run has replications 0 to 2"),
        (
            ["--customer", "1", "--arm", "clam"],
            "--arm clam: this run has no such arm; did you mean 'calm'? (arms: calm, silent)",
        ),
    ):
        assert crmsim("explain", "result", *arguments, code=2) == ("", f"crmsim: {message}\n")


def test_no_event_log(folder: Path) -> None:
    made(folder, log="none")
    _, err = crmsim("explain", "result", "--customer", "1", code=2)
    assert err == "crmsim: result has no event log: it ran with --log none\n"


def test_a_customer_outside_the_logged_sample(folder: Path) -> None:
    made(folder, log="0.5")
    _, err = crmsim("explain", "result", "--customer", "2", code=2)
    assert err == (
        "crmsim: the log of result is a sample of customers (--log 0.5) without customer 2; it has customers 1 …\n"
    )


def test_a_newer_format(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({"format": 3, "version": "8.0"}))
    _, err = crmsim("report", ".", code=2)
    assert err == (
        "crmsim: . has format 3, written by crm-sandbox 8.0; this version reads up to 1. "
        "Update crm-sandbox to open it\n"
    )


def test_the_folder_of_another_configuration(folder: Path) -> None:
    made(folder)
    _, err = crmsim(*RUN, *SMALL, "--seed", "9", "--out", "result", code=2)
    assert err == "crmsim: result holds a run of another configuration (seed 1, now 9); choose another --out\n"


def no_memory(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    raise MemoryError


def disk_full(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    raise OSError(errno.ENOSPC, "No space left on device")


def file_too_large(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    raise OSError(errno.EFBIG, "File too large", "out/blocks/x.parquet")


def broken(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    raise ZeroDivisionError("division by zero")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("simulate", "message"),
    [
        (no_memory, "crmsim: not enough memory; use fewer --jobs or --customers. The same command goes on where it "
                    "stopped\n"),
        (disk_full, "crmsim: the disk is full. Make room; the same command goes on where it stopped\n"),
        (file_too_large, "crmsim: out/blocks/x.parquet: file too large. Make room; the same command goes on where it "
                         "stopped\n"),
        (broken, "crmsim: an error in crm-sandbox itself: ZeroDivisionError: division by zero\n"
                 "crmsim --debug COMMAND … shows where\n"),
    ],
)  # fmt: skip
def test_a_run_that_breaks_off(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    simulate: Callable[[RunPlan, Block, Path], BlockResult],
    message: str,
) -> None:
    monkeypatch.setattr(runner, "simulate_worlds", simulate)
    assert crmsim(*RUN, *SMALL, code=70) == ("", message)


def test_a_name_that_no_file_can_have(folder: Path) -> None:
    name = "n" * 300
    assert crmsim("check", name, code=2) == ("", f"crmsim: {name}: file name too long\n")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1251", "utf-8"])
def test_terminals_of_any_encoding(folder: Path, encoding: str) -> None:
    command = [sys.executable, "-m", "experiments", "run", str(folder / "no−such.yaml")]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    minus = "−" if encoding == "utf-8" else "-"
    assert done.returncode == 2
    assert f"no{minus}such.yaml: no such file" in done.stderr.decode(encoding)


def test_debug_shows_where(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "simulate_worlds", broken)
    _, err = crmsim("--debug", *RUN, *SMALL, code=70)
    assert err.startswith("Traceback (most recent call last):")


ASKING = """\
scenario: Asking
population: {population}
horizon: 10d
start: 2026-02-02
channels: {{email: {{}}}}
contact_policy: {{caps: [{{by: profile.city, max: {{moskow: 3, else: 2}}, per: day}}]}}
messages:
  m: {{purpose: promo, speaks_to: {{job: give_gfit}}, offer: gift}}
segments:
  near: {{if: "profile.city == 'moskow' or profile.device in ['ios', 'fon']"}}
  keen: {{did: {{event: product_viewed, if: "category == 'giv_gift'"}}, within: 3d}}
chains:
  c: {{trigger: {{event: order, if: "category == 'giv_gift'"}}, enter: segment.near, steps: [{{send: {{email: m}}}}]}}
  d: {{trigger: {{event: click, if: "chain == 'ads' and profile.source == 'ads'"}}, steps: [exit]}}
rules: [{{never: {{message: m, same: foo}}, after: order, within: 7d}}]
"""
NAMES = "renew_home, give_gift, replace_broken, stock_up, child_grows"
JOBS = f"expected one of: {NAMES}"
CITIES = "moscow, petersburg, samara, yekaterinburg, novosibirsk, vladivostok"
ASKED = f"""\
6:50: unknown value 'moskow' in contact_policy.caps[0].max; did you mean 'moscow'? (expected one of: {CITIES}, else)
8:40: unknown job 'give_gfit' in messages.m.speaks_to.job; did you mean 'give_gift'? (expected one of: any, {NAMES})
8:59: unknown offer 'gift' in messages.m.offer (none is defined)
10:31: segments.near.if: unknown value 'moskow' in the condition; did you mean 'moscow'? (expected one of: {CITIES})
10:69: segments.near.if: unknown value 'fon' in the condition (expected one of: android, ios, desktop)
11:56: segments.keen.did.if: unknown value 'giv_gift' in the condition; did you mean 'give_gift'? ({JOBS})
13:48: chains.c.trigger.if: unknown value 'giv_gift' in the condition; did you mean 'give_gift'? ({JOBS})
14:45: chains.d.trigger.if: unknown value 'ads' in the condition (expected one of: c, d)
15:36: unknown value 'foo' in rules[0].never.same (expected one of: cart, category)
"""


def test_texts_that_the_population_does_not_have_are_told_with_all_other_errors(tmp_path: Path) -> None:
    configs = Path(__file__).parents[2] / "configs"
    file = tmp_path / "mine.yaml"
    file.write_text(ASKING.format(population=configs / "populations" / "online_shop.yaml"))
    out, _ = crmsim("check", str(file), code=1)
    assert out.splitlines()[:-1] == [f"{file}:{line}" for line in ASKED.splitlines()]
    _, err = crmsim("run", str(file), code=2)
    assert [line for line in err.splitlines() if line.startswith(str(file))] == out.splitlines()[:-1]


def test_texts_are_those_of_the_population_that_the_command_line_names(folder: Path) -> None:
    """Errors of a population that cannot be used stand beside the scenario's; its texts are then not asked for."""
    calm = folder / "calm.yaml"
    calm.write_text(calm.read_text() + "segments: {near: {if: \"profile.city == 'atlantis'\"}}\n")
    (folder / "more.yaml").write_text((folder / "shop.yaml").read_text().replace("moscow:", "atlantis:"))
    _, err = crmsim(*RUN, *SMALL, code=2)
    assert "unknown value 'atlantis' in the condition" in err
    assert PopulationTexts(Path("more.yaml"))(Path("shop.yaml"))["city"][0] == "atlantis"
    Changes((), (), Path("more.yaml")).load(calm)
    (folder / "more.yaml").write_text("extends: shop.yaml\njbos: []\n")
    calm.write_text(calm.read_text().replace("scenario:", "scenari:"))
    out, _ = crmsim("check", "calm.yaml", code=1)
    assert "unknown key 'scenari'" in out
    calm.write_text(calm.read_text().replace("shop.yaml", "more.yaml"))
    out, _ = crmsim("check", "calm.yaml", code=1)
    assert "unknown key 'scenari'" in out
    assert "unknown key 'jbos'" in out
    assert "atlantis" not in out
