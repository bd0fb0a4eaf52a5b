"""A live test inside an arm, in words: how wide it would be, and why its control group does not live in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from experiments.comparison import ArmResult, Comparison
from experiments.figures import about, figure_text, number, value_text
from experiments.live_sizes import MONEY_FIGURE
from experiments.live_tests import lives_apart, reasons
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
        apart = control_lives_apart(comparison, arm)
        yield say(
            language,
            "live",
            arm=arm,
            group=_group(comparison, result, language),
            half=value_text(_bare(row.single_test), "money"),
            verdict=_verdict(row.single_test, true.estimate, apart, language),
            bias=_bias(comparison, arm, row.single_test, language) if apart else "",
        )


def control_lives_apart(comparison: Comparison, arm: str) -> bool:
    """Whether the control group of an arm lives otherwise than silence, by its file or by what was seen."""
    figure = comparison.disturbance.get(arm)
    return lives_apart(comparison.manifest, arm) or (figure is not None and figure.decided)


Width = Literal["open", "blind", "perhaps", "sees"]


def _width(half: float, effect: Estimate) -> Width:
    """Whether an interval of this half width is narrower than an effect, for all that its own interval holds."""
    if not effect.decided:
        return "open"
    near, far = sorted(abs(end) for end in (effect.low or 0.0, effect.high or 0.0))
    return "blind" if half > far else "perhaps" if half > near else "sees"


def _verdict(half: float, true: Estimate, apart: bool, language: Language) -> str:
    """The true effect; whether the test is too wide for it, unless it measures another."""
    width = _width(half, true)
    key = {"open": "live_unsure", "blind": "live_blind", "perhaps": "live_perhaps", "sees": "live_true"}[width]
    return say(language, "live_true" if apart and true.decided else key, truth=figure_text(true, "money", True))


def _group(comparison: Comparison, result: ArmResult, language: Language) -> str:
    """How large the control group is: the stated share of the stated base, else as it was drawn in the simulation."""
    entry, held = manifest_entry(comparison.manifest, result.arm), result.control_customers
    base, share = int(entry.get("base", 0)), entry.get("control")
    orders = result.control_orders
    if not base:
        return say(language, "live_simulated", control=number(held, 0), buyers=number(orders, 0))
    if not share:
        factor = comparison.base_factor(result.arm)
        told = {"control": number(held * factor, 0), "buyers": about(orders * factor)}
        return say(language, "live_drawn", base=number(base, 0), **told)
    stated = share * base
    return say(
        language,
        "live_stated",
        control=number(stated, 0),
        share=f"{100.0 * share:.4g}",
        base=number(base, 0),
        buyers=about(orders / held * stated),
    )


def _bias(comparison: Comparison, arm: str, half: float, language: Language) -> str:
    """By what and how much the control group differs from silence, and what the test measures therefore."""
    figure = comparison.disturbance[arm]
    why = "; ".join(say(language, f"reaches_{reason}") for reason in reasons(comparison.manifest, arm))
    why = why or say(language, "reaches_unknown")
    if not figure.known:
        return say(language, "live_apart_unknown", why=why, reason=figure.reason)
    tests = (size for size in comparison.live_sizes if (size.arm, size.against) == (arm, CONTROL))
    test = next((size for size in tests if size.metric == MONEY_FIGURE and size.measured.known), None)
    measured = ""
    if test is not None:
        width = _width(half, test.measured)
        seen = say(language, f"live_measured_{width}") if width != "sees" else ""
        measured = say(language, "live_measured", figure=figure_text(test.measured, "money", True), seen=seen)
    key = "live_disturbed" if figure.decided else "live_apart"
    return say(language, key, figure=figure_text(figure, "money", True), why=why, measured=measured)


def _bare(half: float) -> Estimate:
    """A half width, to be printed with the digits it gives reason for."""
    return Estimate(half, 0.0, 2.0 * half)
