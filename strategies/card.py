"""The customer's card: what the company itself writes about a customer, in one arm.

Fields of the scenario, one column each, and membership in static segments.  Only what a scenario
declares has a column.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.action_steps import CardField
from strategies.conditions import Column
from strategies.limits import CODE
from strategies.scenario import Scenario
from strategies.vocabulary import MONEY_UNIT

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNKNOWN_NUMBER = np.iinfo(np.int64).min
UNKNOWN = -1
"""Code of a text or flag that was never set."""

_DTYPES = {"number": np.int64, "text": CODE, "flag": np.int8}


class Card:
    """Cards of the customers of one arm.

    first_customer: where the arm's customers begin among the stacked ones; per_world: customers of a world.
    values: name → (customers,) numbers fixed-point ×10,000, codes of texts, 0 or 1 of flags.
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

    def is_member(self, segment: str, customer: Int64s) -> Bools:
        """Who is in a static segment."""
        inside: Bools = self.members[segment].take(customer - self.first_customer)
        return inside

    def differs(self, name: str, value: float | str | bool, customer: Int64s) -> Bools:
        """Where the field holds something else than ``value``."""
        code = _encoded(self.fields[name], value)
        differs: Bools = self.values[name].take(customer - self.first_customer) != code
        return differs

    def set(self, name: str, value: float | str | bool, customer: Int64s) -> None:
        """Write a value into a field of these customers."""
        self.values[name][customer - self.first_customer] = _encoded(self.fields[name], value)

    def change_membership(self, segment: str, customer: Int64s, enters: bool) -> None:
        """Put customers into a static segment or take them out."""
        self.members[segment][customer - self.first_customer] = enters


def _encoded(field: CardField, value: float | str | bool | None) -> int:
    """A value of a field as its column holds it."""
    if value is None:
        return UNKNOWN_NUMBER if field.type == "number" else UNKNOWN
    if isinstance(value, str):
        return field.values.index(value)
    return int(value) if field.type == "flag" else round(float(value) * MONEY_UNIT)
