"""The fields that conditions may ask for: one table of names, types and meanings.

The table is what a company can observe.  Ages and durations are in seconds, so that
``last_order.age > 90d`` compares like with like; money is in currency units.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies.conditions import ValueType
from strategies.vocabulary import CHANNELS, RFM_CELLS


@dataclass(frozen=True)
class FieldInfo:
    """A field: full name, type, meaning and, for a text with fixed values, these values."""

    name: str
    type: ValueType
    about: str
    values: tuple[str, ...] = ()


FIELDS: tuple[FieldInfo, ...] = (
    FieldInfo("profile.city", "text", "city of the profile"),
    FieldInfo("profile.age", "number", "age in years"),
    FieldInfo("profile.sex", "text", "sex given in the profile"),
    FieldInfo("profile.source", "text", "acquisition source"),
    FieldInfo("profile.device", "text", "device of most visits"),
    FieldInfo("profile.zone_hours", "number", "hours that the customer's clock is ahead of the company's"),
    *(FieldInfo(f"consent.{name}", "bool", f"marketing consent for {name}") for name in CHANNELS),
    *(FieldInfo(f"consent.service.{name}", "bool", f"service consent for {name}") for name in CHANNELS),
    *(FieldInfo(f"address.{name}", "bool", f"an address (token, number) for {name} is known") for name in CHANNELS),
    FieldInfo("rfm.segment", "text", "named RFM cell", RFM_CELLS),
    FieldInfo("rfm.r", "number", "recency score, 1 to `levels`"),
    FieldInfo("rfm.f", "number", "frequency score, 1 to `levels`"),
    FieldInfo("rfm.m", "number", "monetary score, 1 to `levels`"),
    FieldInfo("orders", "number", "orders so far"),
    FieldInfo("last_order.age", "number", "time since the last order"),
    FieldInfo("last_order.value", "number", "value of the last order"),
    FieldInfo("last_visit.age", "number", "time since the last visit"),
    FieldInfo("last_open.age", "number", "time since the last tracked open"),
    FieldInfo("last_click.age", "number", "time since the last click"),
    FieldInfo("customer.average_order", "number", "mean value of this customer's orders before this one"),
    FieldInfo("base.average_order", "number", "mean order value of the whole base"),
    *(FieldInfo(f"sends.{name}", "number", f"messages sent by {name} so far") for name in CHANNELS),
)

FIELD_TABLE = {field.name: field for field in FIELDS}

FIELD_ROOTS = frozenset(name.split(".")[0] for name in FIELD_TABLE) | {"segment", "trigger"}
"""First words of field names, which a named wait may not take."""

CALLS = ("sent", "delivered", "opened", "opened_by_person", "clicked")
"""Calls about the messages of this run; ``known(x)`` is the one other call."""
