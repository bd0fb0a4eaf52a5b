"""How many customers live tests need, in words: one line an arm."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from experiments.comparison import ArmResult, Comparison
from experiments.figures import figure_text, number, rounded_up
from experiments.live_sizes import MONEY_FIGURE, NOT_DECIDED, OTHER_SIGN, LiveSize
from experiments.live_tests import lives_apart
from experiments.live_words import control_lives_apart
from experiments.phrases import Language, say
from experiments.sample_sizes import HALVES, POWER
from experiments.statistics import Estimate
from experiments.tables import CONTROL


def about_sizes(comparison: Comparison, arms: Sequence[ArmResult], language: Language = "en") -> Iterator[str]:
    """A sentence that says what follows, and one of each arm whose tests can be planned."""
    lines = [line for arm in arms if (line := _line(comparison, arm.arm, language))]
    if lines:
        names = {arm.arm for arm in arms}
        told = [size for size in comparison.live_sizes if size.arm in names and size.metric == MONEY_FIGURE]
        endless = all(size.customers.known or not size.planned for size in told)
        tail = comparison.tail_days
        yield say(
            language,
            "sizes",
            power=f"{100.0 * POWER:g}",
            level=f"{100.0 * comparison.level:g}",
            days=str(comparison.horizon_days),
            tail=say(language, "sizes_tail", days=str(tail)) if tail else "",
            endless="" if endless else say(language, "sizes_endless"),
        )
        yield from lines


def _line(comparison: Comparison, arm: str, language: Language) -> str:
    found = [size for size in comparison.live_sizes if size.arm == arm]
    tests = [size for size in found if size.metric == MONEY_FIGURE]
    if not tests:
        return ""
    planned = [size for size in tests if size.planned]
    said = [] if tests[0].planned else [_unplanned(tests[0], comparison, language)]
    said += [_test(size, size is tests[0], language) for size in planned]
    seen = base = instead = ""
    if planned and planned[0].base:
        base = _base(planned[0], say(language, "sizes_first" if len(planned) > 1 else "sizes_only"), language)
        instead = _instead([size for size in found if size.metric != MONEY_FIGURE], planned, comparison, language)
    if planned and planned[0].against == CONTROL and control_lives_apart(comparison, arm):
        told = {name: figure_text(getattr(planned[0], field), "money", True) for name, field in FIGURES.items()}
        seen = say(language, "sizes_seen", **told)
    return say(language, "sizes_of", arm=arm, tests="; ".join(said), seen=seen, base=base, instead=instead)


FIGURES = {"measured": "measured", "truth": "effect"}
"""Figure of a sentence → field of a test."""

WHY = {NOT_DECIDED: "sizes_not_decided", OTHER_SIGN: "sizes_other_sign"}


def _unplanned(size: LiveSize, comparison: Comparison, language: Language) -> str:
    """Why there is no plan against the control group, and what may be tested instead."""
    told = {name: figure_text(getattr(size, field), "money", True) for name, field in FIGURES.items()}
    advice = say(language, "sizes_advice") if lives_apart(comparison.manifest, size.arm) else ""
    reason = size.customers.reason
    if reason not in WHY:
        return say(language, "sizes_unmeasured", truth=told["truth"], advice=advice)
    return say(language, "sizes_unplanned", why=say(language, WHY[reason]), advice=advice, **told)


def _test(size: LiveSize, first: bool, language: Language) -> str:
    """One test: how many customers, and how they are divided."""
    count = _count(size.customers, language)
    if size.against != CONTROL:
        return say(language, "sizes_baseline", count=count, baseline=size.against)
    if size.share == HALVES and not first:
        return say(language, "sizes_halves", count=count)
    return say(language, "sizes_stated", count=count, share=f"{100.0 * size.share:.3g}")


def _count(customers: Estimate, language: Language) -> str:
    """``620 000 (220 000 … 6 500 000)``, or from how many on where there is no upper end."""
    if customers.low is None:
        return say(language, "sizes_none")
    low = number(rounded_up(customers.low), 0)
    if customers.value is None or customers.high is None:
        return say(language, "sizes_at_least", count=low)
    value, high = (number(rounded_up(count), 0) for count in (customers.value, customers.high))
    return say(language, "sizes_range", count=value, low=low, high=high)


def _base(size: LiveSize, which: str, language: Language) -> str:
    """The stated base beside what a test needs."""
    base, least = number(size.base, 0), size.customers.low or math.inf
    if size.enough:
        return say(language, "sizes_enough", base=base, which=which)
    if size.customers.known and least > size.base and size.customers.value:
        return say(language, "sizes_part", base=base, which=which, part=_percent(size.base / size.customers.value))
    if least <= size.base:
        return say(language, "sizes_may_do", base=base, which=which)
    return say(language, "sizes_part_at_most", base=base, which=which, part=_percent(size.base / least))


def _percent(part: float) -> str:
    return f"{min(100.0 * part, 99.0):.2g}"


def _instead(others: Sequence[LiveSize], tests: Sequence[LiveSize], comparison: Comparison, language: Language) -> str:
    """Which other effects a test on this base is planned to see, of the tests that do not see that on money."""
    blind = {size.how for size in tests if not size.enough and (size is tests[0] or size.against != CONTROL)}
    parts = []
    for how in dict.fromkeys(size.how for size in others if size.how in blind):
        seen = [size.metric for size in others if size.how == how and size.enough]
        if seen:
            metrics = ", ".join(comparison.metrics[name].label.lower() for name in seen)
            key = "sizes_instead_control" if how[0] == CONTROL else "sizes_instead_baseline"
            parts.append(say(language, key, metrics=metrics, baseline=how[0]))
    if parts:
        return say(language, "sizes_instead", what="; ".join(parts))
    return say(language, "sizes_nothing") if blind else ""
