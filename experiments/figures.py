"""Figures as text: as many digits as the interval gives reason for, never a value without its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.metrics import Unit
from experiments.statistics import NONE_SEEN, Estimate

CURRENCY = "₽"
_SPACE = "\u00a0"


def decimals_for(half_width: float) -> int:
    """Decimals that show two digits of an interval's half width, none to four.

    >>> decimals_for(0.123), decimals_for(4.2), decimals_for(250.0)
    (2, 1, 0)
    """
    if half_width <= 0.0 or not math.isfinite(half_width):
        return 2
    return min(max(1 - math.floor(math.log10(half_width)), 0), 4)


def number(value: float, decimals: int, signed: bool = False) -> str:
    """A number with a real minus sign and spaces between thousands.

    >>> number(-12345.678, 1).replace(_SPACE, " ")
    '−12 345.7'
    """
    text = f"{abs(value):,.{decimals}f}".replace(",", _SPACE)
    if float(f"{value:.{decimals}f}") == 0.0:
        return text
    return ("−" if value < 0 else "+" if signed else "") + text


def rounded_up(count: float) -> int:
    """A number that is needed, to two digits and never too few.

    >>> rounded_up(61.2), rounded_up(617_345.0)
    (62, 620000)
    """
    whole = math.ceil(count)
    step: int = 10 ** max(len(str(whole)) - 2, 0)
    return -(-whole // step) * step


def three_digits(value: float) -> float:
    """A number to three significant digits.

    >>> three_digits(0.024889), three_digits(1_234.5)
    (0.0249, 1230.0)
    """
    return float(f"{value:.3g}")


def about(count: float) -> str:
    """A number that was brought up from far fewer, to two significant digits.

    >>> about(1_877.0).replace(_SPACE, " "), about(3.4)
    ('1 900', '3')
    """
    return number(float(f"{count:.2g}"), 0)


def _scale(unit: Unit) -> float:
    return 100.0 if unit in ("share", "return", "relative") else 1.0


def _suffix(unit: Unit, difference: bool) -> str:
    if unit == "money":
        return f"{_SPACE}{CURRENCY}"
    if unit in ("share", "return"):
        return f"{_SPACE}pp" if difference else f"{_SPACE}%"
    return f"{_SPACE}%" if unit == "relative" else ""


def _decimals(figure: Estimate, unit: Unit) -> int:
    ends = [end for end in (figure.low, figure.high) if end is not None]
    if figure.value is None or not ends:
        return 2
    half = (ends[1] - ends[0]) / 2.0 if len(ends) == 2 else abs(figure.value - ends[0])
    return decimals_for(half * _scale(unit))


def value_text(figure: Estimate, unit: Unit, difference: bool = False) -> str:
    """The value; '–' where there is none or no interval for it (DESIGN law 11)."""
    if figure.unseen is not None and not figure.known:
        return "none seen"
    if figure.value is None or not (figure.known or figure.one_sided):
        return "–"
    return number(figure.value * _scale(unit), _decimals(figure, unit), difference) + _suffix(unit, difference)


def interval_text(figure: Estimate, unit: Unit, difference: bool = False) -> str:
    """The interval as 'low … high', the end that it has, the reason why there is none, or that it is known exactly.

    >>> interval_text(Estimate(1.2, low=0.35, reason="no upper end"), "return"), interval_text(Estimate(0.3), "share")
    ('at least 35, no upper end', '')
    """
    if figure.low is None and figure.high is None:
        return figure.reason.removeprefix(f"{NONE_SEEN}: ")
    if figure.low == figure.high:
        return "exactly"
    decimals, scale = _decimals(figure, unit), _scale(unit)
    ends = [None if end is None else end * scale for end in (figure.low, figure.high)]
    if difference:
        decimals = _apart_from_zero([end for end in ends if end is not None], decimals)
    low, high = (number(end, decimals, difference) if end is not None else "" for end in ends)
    if not high:
        return f"at least {low}, no upper end"
    return f"{low}{_SPACE}…{_SPACE}{high}" if low else f"at most {high}, no lower end"


def _apart_from_zero(ends: Sequence[float], decimals: int) -> int:
    """Up to two decimals more where an end would look like the zero that it leaves out, or that it holds.

    >>> _apart_from_zero((-37.2, -0.4), 0), _apart_from_zero((-37.2, 0.0), 0)
    (1, 0)
    """
    for more in range(3):
        if all(end == 0.0 or round(end, decimals + more) != 0.0 for end in ends):
            return decimals + more
    return decimals


def figure_text(figure: Estimate, unit: Unit, difference: bool = False) -> str:
    """Value and interval in one piece.

    >>> figure_text(Estimate(0.0312, 0.0281, 0.0343), "share").replace(_SPACE, " ")
    '3.12 % (2.81 … 3.43)'
    """
    if not (figure.known or figure.one_sided or figure.unseen is not None):
        return f"not known ({figure.reason})"
    return f"{value_text(figure, unit, difference)} ({interval_text(figure, unit, difference)})"


def p_text(p: float | None) -> str:
    """A p value to two digits, or below 0.001."""
    if p is None:
        return ""
    return f"<{_SPACE}0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def certainty_text(certainty: float) -> str:
    """A certainty in per cent; never 0 or 100, which no sample gives.

    >>> certainty_text(0.9999), certainty_text(0.63)
    ('above 99.9 %', '63 %')
    """
    if certainty > 0.999:
        return "above 99.9 %"
    return f"{100.0 * certainty:.1f} %" if certainty > 0.99 else f"{100.0 * certainty:.0f} %"
