"""The slots of all arms: what visits show, and what the site and the app know of it at once."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from strategies.engine import Engine
from strategies.ports import InAppMessages
from strategies.slot import Slot
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]

_SHOWN, _OPENED, _CLICK = (EVENT_CODE[name] for name in ("in_app_shown", "opened", "click"))


class Slots:
    """Engines with in-app messages, each with its slot."""

    def __init__(self) -> None:
        self._slots: list[tuple[Engine, Slot]] = []

    def add(self, engine: Engine) -> None:
        """Another engine, if it has in-app messages."""
        if engine.slot is not None:
            self._slots.append((engine, engine.slot))

    def choose(self, customer: Int64s, time: Int64s) -> InAppMessages | None:
        """What is shown to customers whose visits begin now (see :class:`strategies.ports.StrategyHub`)."""
        parts: list[InAppMessages] = []
        for engine, slot in self._slots:
            if not engine.active:
                continue
            mine = engine.mine.positions(customer)
            shown = slot.choose(customer.take(mine), time.take(mine)) if mine.size else None
            if shown is not None:
                parts.append(replace(shown, index=mine.take(shown.index)))
        if not parts:
            return None
        return InAppMessages(
            *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(InAppMessages))
        )

    def note(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> luck.Keys:
        """An event of messages: what the page knows of it, whatever becomes of the report; what causes each, (n,) keys.

        An impression is a cause of its own; of the other events it is the message.
        """
        if not self._slots or event not in (_SHOWN, _OPENED, _CLICK):
            return key
        cause = key
        for engine, slot in self._slots:
            mine = engine.payloads.are_own(payload).nonzero()[0]
            mine = mine[engine.sites.in_app.take(engine.payloads.site(payload.take(mine)))]
            if not mine.size:
                continue
            who, names = customer.take(mine), key.take(mine)
            if event == _SHOWN:
                cause = cause.copy()
                cause[mine] = slot.note_shown(who, time.take(mine), names, payload.take(mine))
            elif event == _OPENED:
                slot.note_seen(who, names)
            else:
                slot.note_click(who, names)
        return cause
