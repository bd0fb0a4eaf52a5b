"""A live test inside an arm, in words: how wide it would be, and why its control group does not live in silence."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.comparison import ArmResult, Comparison
from experiments.figures import figure_text, number, value_text
from experiments.phrases import Language, say
from experiments.statistics import Estimate
from experiments.tables import CONTROL, SILENT, manifest_entry


def about_live_test(comparison: Comparison, result: ArmResult, language: Language = "en") -> Iterator[str]:
    """One sentence about the live test of an arm's contribution; why there is none, where there is none."""
    arm = result.arm
    row = comparison.find(arm, CONTROL, "contribution", "estimate")
    true = comparison.find(arm, SILENT, "contribution")
    if row is None:
        yield say(language, "live_few" if result.control_customers else "live_none", arm=arm)
    elif row.single_test is not None and row.estimate.known and true is not None and true.estimate.known:
        seen = "live_sees" if row.single_test <= abs(true.estimate.value or 0.0) else "live_blind"
        truth = figure_text(true.estimate, "money", True)
        yield say(
            language,
            "live",
            arm=arm,
            group=_group(comparison, result, language),
            half=value_text(_bare(row.single_test), "money"),
            verdict=say(language, seen if true.estimate.decided else "live_unsure", truth=truth),
            bias=_bias(comparison, arm, language),
        )


def _group(comparison: Comparison, result: ArmResult, language: Language) -> str:
    """How large the control group is: the stated share of the stated base, else as it was drawn in the simulation."""
    entry, held = manifest_entry(comparison.manifest, result.arm), result.control_customers
    base, share = int(entry.get("base", 0)), entry.get("control")
    orders = result.control_orders
    if not base:
        return say(language, "live_simulated", control=number(held, 0), buyers=number(orders, 0))
    if not share:
        factor = comparison.base_factor(result.arm)
        told = {"control": number(held * factor, 0), "buyers": number(orders * factor, 0)}
        return say(language, "live_drawn", base=number(base, 0), **told)
    stated = share * base
    return say(
        language,
        "live_stated",
        control=number(stated, 0),
        share=f"{100.0 * share:.4g}",
        base=number(base, 0),
        buyers=number(orders / held * stated, 0),
    )


def _bias(comparison: Comparison, arm: str, language: Language) -> str:
    """How much the control group differs from silence, where that is decided, and by what it can."""
    figure = comparison.disturbance.get(arm)
    if figure is None or not figure.decided:
        return ""
    reasons = manifest_entry(comparison.manifest, arm).get("reaches_control", ())
    why = "; ".join(say(language, f"reaches_{reason}") for reason in reasons) or say(language, "reaches_unknown")
    return say(language, "live_disturbed", figure=figure_text(figure, "money", True), why=why)


def _bare(half: float) -> Estimate:
    """A half width, to be printed with the digits it gives reason for."""
    return Estimate(half, 0.0, 2.0 * half)
