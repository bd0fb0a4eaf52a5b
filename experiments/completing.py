"""The end of a run: the finished blocks become the tables of the run folder."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.fits import fits_at_bounds
from experiments.own_files import atomically, write_text
from experiments.plan import RunPlan
from experiments.replay import about
from experiments.runfolder import (
    TABLES,
    WEBHOOKS,
    Manifest,
    block_folder,
    tidy,
    write_manifest,
)


def complete(folder: Path, plan: RunPlan, manifest: Manifest) -> Manifest:
    """Merges the finished blocks into the run's tables; may be repeated after an interruption."""
    blocks = [block_folder(folder, block) for block in plan.blocks()]
    for name in TABLES:
        parts = [file for block in blocks if (file := block / f"{name}.parquet").exists()]
        if parts:
            atomically(folder / f"{name}.parquet", partial(_merge, parts))
    (folder / "events").mkdir(exist_ok=True)
    for block in blocks:
        for part in sorted(block.glob("part-*.parquet")):
            os.replace(part, folder / "events" / part.name)
    path = _merge_paths(folder, blocks, plan)
    _join_webhooks(folder, blocks)
    rows = sum(int((block / "rows_handled").read_text()) for block in blocks)
    arms = [arm.name for arm in plan.arms]
    at_bounds = fits_at_bounds(path["prediction"], arms) if "prediction" in path else {}
    done = replace(manifest, state="complete", blocks_done=len(blocks), rows_handled=rows, fits_at_bounds=at_bounds)
    write_manifest(folder, done)
    tidy(folder)
    return done


def _merge(parts: list[Path], target: Path) -> None:
    pl.scan_parquet(parts).sink_parquet(target, compression="zstd", compression_level=1)


def _join_webhooks(folder: Path, blocks: list[Path]) -> None:
    """The calls of all blocks, by replication; no file where nothing was called."""
    texts = [(block / WEBHOOKS).read_text(encoding="utf-8") for block in blocks if (block / WEBHOOKS).exists()]
    if texts:
        write_text(folder / WEBHOOKS, "".join(texts))


def _merge_paths(folder: Path, blocks: list[Path], plan: RunPlan) -> dict[str, NDArray[Any]]:
    """One file for all replications: name → (settlements, arms, replications, …), and the names of the arms.

    None where the arms were simulated in several groups: a path is replayed as a whole.
    """
    if len(plan.groups) > 1 or not all((block / "path.npz").exists() for block in blocks):
        return {}
    loaded = [np.load(block / "path.npz") for block in blocks]
    merged: dict[str, Any] = {name: np.concatenate([part[name] for part in loaded], axis=2) for name in loaded[0].files}

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez(stream, **about(plan), **merged)

    (folder / "shared").mkdir(exist_ok=True)
    atomically(folder / "shared" / "path.npz", write)
    return merged
