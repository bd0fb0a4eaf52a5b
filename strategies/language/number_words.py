"""Numbers as people write them, and how this language writes them."""

from __future__ import annotations

import re
from decimal import Decimal

_COMMA = re.compile(r"([0-9]{1,12}),([0-9]{1,12}%?)")
_APART = re.compile(r"[0-9]{1,3}(?:[\s_'][0-9]{3}){1,4}(?:\.[0-9]{1,4})?")
_THOUSANDS = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(k|к|тыс|млн|mln)\.?", re.IGNORECASE)


def meant_number(text: str) -> str:
    """What to write instead of a text that means a number; '' where it means none.

    >>> meant_number("5,5"), meant_number("60,000")
    ('use a point: 5.5', 'write 60000 for thousands, or 60.000 with a point')
    >>> meant_number("60 000"), meant_number("60k"), meant_number("1.5 тыс."), meant_number("6")
    ('write the number alone: 60000', 'write the number alone: 60000', 'write the number alone: 1500', '')
    """
    text = text.strip()
    if match := _COMMA.fullmatch(text):
        whole, part = match[1], match[2]
        if len(part) == 3 and part.isdigit() and whole.lstrip("0"):
            return f"write {whole}{part} for thousands, or {whole}.{part} with a point"
        return f"use a point: {whole}.{part}"
    if _APART.fullmatch(text):
        return "write the number alone: " + re.sub(r"[\s_']", "", text)
    if match := _THOUSANDS.fullmatch(text):
        meant = Decimal(match[1]) * (1_000_000 if match[2].lower() in ("млн", "mln") else 1_000)
        return f"write the number alone: {meant.normalize():f}"
    return ""
