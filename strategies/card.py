"""The customer's card: what the company itself writes about a customer, in one arm.

Fields of the scenario, one column each, and membership in static segments.  Only what a scenario
declares has a column.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.action_steps import NOW, CardField
from strategies.conditions import Column
from strategies.limits import CODE, MAX_CARD_NUMBER
from strategies.scenario import Scenario
from strategies.vocabulary import MONEY_UNIT

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNKNOWN_NUMBER = np.iinfo(np.int64).min
UNKNOWN = -1
"""Code of a text or flag that was never set."""

_DTYPES = {"number": np.int64, "text": CODE, "flag": np.int8, "date": np.int64}


class Card:
    """Cards of the customers of one arm.

    first_customer: where the arm's customers begin among the stacked ones; per_world: customers of a world.
    values: name → (customers,) numbers fixed-point ×10,000, codes of texts, 0 or 1 of flags, seconds of dates.
    members: name of a static segment → (customers,) bool.
    """

    def __init__(self, scenario: Scenario, first_customer: int, worlds: int, per_world: int) -> None:
        self.first_customer = first_customer
        self.fields = {field.name: field for field in scenario.fields}
        customers = worlds * per_world
        self.values = {
            name: np.full(customers, _encoded(field, field.default), _DTYPES[field.type])
            for name, field in self.fields.items()
        }
        self.members: dict[str, Bools] = {}
        for segment in scenario.segments:
            if segment.static:
                inside = np.zeros((worlds, per_world), bool)
                inside[:, list(segment.members)] = True
                self.members[segment.name] = inside.reshape(-1)

    def column(self, name: str, customer: Int64s) -> Column:
        """The values of a field for stacked customers."""
        field, values = self.fields[name], self.values[name].take(customer - self.first_customer)
        if field.type == "number":
            return Column(values / MONEY_UNIT, values != UNKNOWN_NUMBER)
        if field.type == "flag":
            return Column(values == 1, values != UNKNOWN)
        return Column(values, values != UNKNOWN, field.values)

    def age(self, name: str, customer: Int64s, time: Int64s) -> Column:
        """Seconds since the moment in a field of type date."""
        values = self.values[name].take(customer - self.first_customer)
        return Column((time - values).astype(np.float64), values != UNKNOWN_NUMBER)

    def is_member(self, segment: str, customer: Int64s) -> Bools:
        """Who is in a static segment."""
        inside: Bools = self.members[segment].take(customer - self.first_customer)
        return inside

    def codes(self, name: str, value: float | str | bool, time: Int64s) -> Int64s:
        """(n,) a constant, or each customer's own time for NOW, as the field's column holds it."""
        field = self.fields[name]
        return time if field.type == "date" and value == NOW else np.full(time.size, _encoded(field, value))

    def codes_of(self, name: str, given: Column) -> tuple[Int64s, Bools]:
        """What a formula came to as the field's column holds it, and where there is such a value, (n,) each.

        Numbers end at ± MAX_CARD_NUMBER; a text that is none of the field's is no value.
        """
        field = self.fields[name]
        known = np.ones(given.values.size, bool) if given.known is None else given.known
        if field.type == "text":
            code = {text: place for place, text in enumerate(field.values)}
            mapped = np.array([code.get(text, UNKNOWN) for text in given.categories or ()] + [UNKNOWN], np.int64)
            codes = mapped.take(np.where(known, given.values, -1).astype(np.int64))
            return codes, codes != UNKNOWN
        if field.type == "flag":
            return given.values.astype(np.int64), known
        numbers = np.clip(np.where(known, given.values, 0.0), -MAX_CARD_NUMBER, MAX_CARD_NUMBER)
        return np.rint(numbers * MONEY_UNIT).astype(np.int64), known

    def differs(self, name: str, codes: Int64s, customer: Int64s) -> Bools:
        """Where the field holds something else than ``codes``, (n,)."""
        differs: Bools = self.values[name].take(customer - self.first_customer) != codes
        return differs

    def set(self, name: str, codes: Int64s, customer: Int64s) -> None:
        """Write into a field of these customers."""
        self.values[name][customer - self.first_customer] = codes

    def change_membership(self, segment: str, customer: Int64s, enters: bool) -> None:
        """Put customers into a static segment or take them out."""
        self.members[segment][customer - self.first_customer] = enters


def _encoded(field: CardField, value: float | str | bool | None) -> int:
    """A value of a field as its column holds it."""
    if value is None:
        return UNKNOWN_NUMBER if field.type in ("number", "date") else UNKNOWN
    if isinstance(value, str):
        return field.values.index(value)
    return int(value) if field.type == "flag" else round(float(value) * MONEY_UNIT)
