"""Broken, replaced and overloaded personal messages: counted from tables, pointed out in words, page and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.comparison import compare
from experiments.contact_log import ContactLog
from experiments.content_listing import content_listing
from experiments.content_words import about_contents
from experiments.contents import Shown, contents, personal_entry, sent_messages
from experiments.statistics import estimate, exactly
from experiments.verdict import verdict
from tests.experiments.made_runs import made_tables
from tests.experiments.test_comparison_json import JsonArm
from tests.experiments.told_runs import ARM, told_run
from tests.experiments.undrawn import page_in_words
from tests.strategies.story import scenario_of

HEAVY = ["points", "city", "age", "name", "cart_items"]
ENTRY = {"arm": "calm", "personal": {"digest": ["points"], "heavy": HEAVY, "never_sent": ["city"]}}
Row = tuple[int, bool, str, str, str | None, int]
ROWS: list[Row] = [
    # replication, control, chain, message, reason, count
    (0, False, "weekly", "digest", "broken", 90),
    (0, False, "weekly", "digest", None, 10),
    (1, False, "weekly", "digest", "broken", 96),
    (1, False, "weekly", "digest", None, 3),
    (1, False, "monthly", "digest", None, 1),
    (0, True, "weekly", "digest", None, 50),  # exempt messages of the control group are not meant
    (0, False, "cart", "heavy", "fallback", 30),
    (0, False, "cart", "heavy", None, 20),
    (1, False, "cart", "heavy", "fallback", 30),
    (1, False, "cart", "heavy", None, 20),
    (0, False, "cart", "plain", None, 77),
]
PEOPLE = {0: 100.0, 1: 100.0}


def table(rows: Sequence[Row], arm: str = "calm") -> pl.DataFrame:
    """Rows of ``aggregates.parquet`` about what was sent."""
    names = ["replication", "control", "chain", "message", "reason", "count"]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(
        pl.lit(arm).alias("arm"),
        pl.lit("sent").alias("event"),
        pl.col("reason").cast(pl.String),
        pl.col("replication").cast(pl.Int32),
    )


def figures(shown: Sequence[Shown]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {(one.chain, one.message): (one.sent.value, one.broken.value, one.fallback.value) for one in shown}


def shown_of(rows: pl.DataFrame, entry: dict[str, Any], by_chain: bool = False) -> Sequence[Shown]:
    return contents(sent_messages(rows.lazy()), entry, PEOPLE, by_chain=by_chain)


def test_messages_are_counted_by_what_their_blocks_lacked() -> None:
    shown = shown_of(table(ROWS), ENTRY)
    assert figures(shown) == {("", "digest"): (1_000.0, 0.93, 0.0), ("", "heavy"): (500.0, 0.0, 0.6)}
    assert [one.faults for one in shown] == [("broken",), ("fallback", "overloaded")]
    for one in shown:
        assert one.broken.low is not None
        assert one.broken.high is not None
        assert one.broken.low <= (one.broken.value or 0.0) <= one.broken.high
    by_chain = figures(shown_of(table(ROWS), ENTRY, by_chain=True))
    assert by_chain["monthly", "digest"] == (5.0, 0.0, 0.0)
    assert by_chain["weekly", "digest"] == (995.0, 186 / 199, 0.0)


@pytest.mark.parametrize(
    ("broken", "fallback", "faults"),
    [
        ((0, 0), (46, 56), ()),  # 51 %, 44 … 58
        ((0, 0), (80, 84), ("fallback",)),
        ((1, 1), (0, 0), ()),  # 1 %, at most 3.6
        ((3, 2), (0, 0), ("broken",)),  # 2.5 %, at most 5.7
        ((0, 0), (0, 0), ()),
    ],
)
def test_a_fault_is_pointed_out_by_its_interval(
    broken: tuple[int, int], fallback: tuple[int, int], faults: tuple[str, ...]
) -> None:
    """Two arms that are alike are told alike, also where one lies a point above the limit and one below."""
    rows: list[Row] = []
    for replication, lost, stood in zip((0, 1), broken, fallback, strict=True):
        counts = {"broken": lost, "fallback": stood, None: 100 - lost - stood}
        rows += [(replication, False, "weekly", "digest", reason, count) for reason, count in counts.items()]
    [shown] = shown_of(table(rows), ENTRY)
    assert shown.faults == faults


def test_days_and_shards_add_up() -> None:
    """Rows of the table are sums over days and blocks: cut in two they tell the same."""
    halves = [(*row[:5], part) for row in ROWS for part in (row[5] // 2, row[5] - row[5] // 2)]
    assert shown_of(table(halves), ENTRY) == shown_of(table(ROWS), ENTRY)


def test_a_folder_that_did_not_count_it_tells_nothing() -> None:
    assert shown_of(table(ROWS).drop("reason"), ENTRY) == ()
    assert shown_of(table(ROWS), {"arm": "calm"}) == ()
    assert shown_of(table(ROWS, "loud"), ENTRY) == ()


def test_the_manifest_names_the_blocks_of_every_variant() -> None:
    scenario = scenario_of("""
    messages:
      plain: {purpose: promo}
      own: {purpose: promo, personal: [name, cart_items], fallback: you}
      tested: {purpose: promo, variants: {a: {share: 50%}, b: {share: 50%, personal: [city], fallback: here}}}
    campaigns: {w: {every: "Mon 10:00", send: {email: own}}}
    """)
    tested = scenario.messages[-1].variants[1].message.name
    assert personal_entry(scenario) == {"own": ["name", "cart_items"], tested: ["city"]}


@pytest.mark.parametrize(("share", "sentences"), [(0.04, 0), (0.05, 1)])
def test_few_broken_messages_are_not_pointed_out(share: float, sentences: int) -> None:
    shown = Shown("", "digest", ("points",), exactly(10.0), estimate(share, 0.001), exactly(0.0))
    assert len(list(about_contents("calm", [shown]))) == sentences


def test_what_is_pointed_out_in_words() -> None:
    nothing, sent = exactly(0.0), exactly(10.0)
    broken = [
        Shown("", f"m{n}", ("points", "city"), sent, estimate(0.1 * n, 0.01), nothing) for n in (1, 2, 3, 4, 5, 6)
    ]
    heavy = Shown("", "heavy", tuple(HEAVY), sent, nothing, estimate(0.6, 0.01))
    said = [text.replace("\u00a0", " ") for text in about_contents("calm", [*broken, heavy])]
    assert said == [
        "In calm messages went out broken, with an empty block and no fallback: 60.0 % (58.0 … 62.0) of m6 lacked "
        "points or city; 50.0 % (48.0 … 52.0) of m5 lacked points or city; 40.0 % (38.0 … 42.0) of m4 lacked points or "
        "city; 30.0 % (28.0 … 32.0) of m3 lacked points or city; and 2 more. They fit worse than without the block.",
        "In calm mostly the fallback stood in the place of what personal blocks would show: 60.0 % (58.0 … 62.0) of "
        "heavy lacked points, city, age, name or cart_items.",
        "In calm these messages have more personal blocks than the 4 that readers take in: heavy (5).",
    ]


@pytest.mark.slow
def test_a_comparison_says_it_in_verdict_json_and_page() -> None:
    made = made_tables(replications=2, customers=60)
    columns = ["arm", "replication", "control", "chain", "message", "event", "count", "reason"]
    extra = table(ROWS).with_columns(pl.col("control").cast(pl.Int64)).select(columns)
    rows = pl.concat([made.aggregates.collect(), extra], how="diagonal")
    rows = rows.with_columns(pl.col("day").fill_null(0), pl.col("channel").fill_null("email"))
    arms = [{**entry, "personal": ENTRY["personal"]} for entry in made.manifest["arms"]]
    found = compare(replace(made, aggregates=rows.lazy(), manifest={**made.manifest, "arms": arms}))
    [section] = [one for one in verdict(found).sections if one.name == "contents"]
    assert [sentence.split(":")[0] for sentence in section.sentences] == [
        "In calm messages went out broken, with an empty block and no fallback",
        "In calm mostly the fallback stood in the place of what personal blocks would show",
        "In calm these messages have more personal blocks than the 4 that readers take in",
    ]
    calm, loud = found.to_json()["arms"]
    assert JsonArm.model_validate(calm).contents[0].blocks == ["points"]
    assert "contents" not in loud
    assert [(one["message"], one["broken"]["value"], one["overloaded"]) for one in calm["contents"]] == [
        ("digest", 0.93, False),
        ("heavy", 0.0, True),
    ]
    assert "What personal blocks showed" in page_in_words(found)
    plain = compare(made)
    assert not any(one.name == "contents" for one in verdict(plain).sections)
    assert "What personal blocks showed" not in page_in_words(plain)


SCENARIO = """
messages: {digest: {purpose: promo, personal: [points]}, plain: {purpose: promo, personal: [name]}}
campaigns:
  weekly: {every: "Mon 10:00", send: {email: digest}}
  monthly: {every: "Tue 10:00", send: {email: plain}}
  third: {every: "Wed 10:00", send: {email: plain}}
  fourth: {every: "Thu 10:00", send: {email: plain}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two customers outside the control group; 19 of 20 digests went out broken."""
    sent = {"customer": 0, "contact": 1, "chain": "weekly", "step": "send", "channel": "email", "message": "digest"}
    home = told_run(tmp_path, SCENARIO, [{}, {}, {"control": True}], [{**sent, "time": 60, "event": "sent"}])
    rows: list[Row] = [
        (0, False, "weekly", "digest", "broken", 19),
        (0, False, "weekly", "digest", None, 1),
        (0, False, "monthly", "plain", None, 8),
    ]
    table(rows, ARM).write_parquet(home / "aggregates.parquet")
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["arms"][0]["personal"] = {"digest": ["points"], "plain": ["name"]}
    (home / "manifest.json").write_text(json.dumps(manifest))
    return home


@pytest.mark.slow
def test_reach_tells_of_every_message_and_its_summary_of_faulty_ones(folder: Path) -> None:
    [listing] = content_listing(ContactLog.open(folder))
    assert [(row["chain"], row["message"], row["broken"]["value"]) for row in listing.to_json()] == [
        ("monthly", "plain", 0.0),
        ("weekly", "digest", 0.95),
    ]
    assert listing.to_json()[1]["sent_per_1000"]["value"] == 10_000.0
    told = CliRunner().invoke(app, ["reach", str(folder)]).stdout
    assert "Personal messages that often lacked data" in told
    assert "weekly: digest; personal blocks: points" in told
    assert "monthly: plain" not in told
    assert "monthly: plain" in CliRunner().invoke(app, ["reach", str(folder), "--details"]).stdout
    assert len(json.loads(CliRunner().invoke(app, ["reach", str(folder), "--json"]).stdout)["contents"]) == 2
