"""Broken messages: data that are not there, variants that change, channels that are not the best."""

from __future__ import annotations

from typing import Any

import numpy as np

from strategies import alternatives, best_channel, personal
from strategies.alternatives import Alternatives
from strategies.contact_reports import ContactReports
from strategies.personal import Personal
from tests.audit.mutants import Patch, mutant


@mutant("messages", "blocks")
def every_block_has_its_data(patch: Patch) -> None:
    contents = Personal.contents
    patch.setattr(Personal, "contents", lambda self, *given: (contents(self, *given)[0], 0))


@mutant("messages", "blocks")
def an_emptied_cart_is_still_shown(patch: Patch) -> None:
    note = Personal.note

    def blind(self: Personal, event: int, *given: Any) -> None:
        if event != personal._EMPTIED:
            note(self, event, *given)

    patch.setattr(Personal, "note", blind)


@mutant("messages", "variants")
def variants_are_drawn_anew_by_channel(patch: Patch) -> None:
    draw = alternatives.named_uniform

    def loose(keys: Any, name: str) -> Any:
        return (draw(keys, name) + np.arange(keys.size) * 0.37) % 1.0

    patch.setattr(alternatives, "named_uniform", loose)


@mutant("messages", "shares")
def everybody_gets_the_first_variant(patch: Patch) -> None:
    patch.setattr(Alternatives, "_variant", lambda self, customer, site: site)


@mutant("messages", "channel")
def the_best_channel_is_the_first(patch: Patch) -> None:
    patch.setattr(Alternatives, "_best", lambda self, customer, time, first, channels: 0)


@mutant("messages", "channel")
def the_best_channel_is_learned_from_one_message(patch: Patch) -> None:
    patch.setattr(best_channel, "ENOUGH", 1)


@mutant("messages", "channel", "entry", "enter")
def clicks_teach_nothing(patch: Patch) -> None:
    tell = ContactReports._tell

    def deaf(self: ContactReports, *given: Any) -> None:
        tell(self, *given)
        if self.observed.learns_channels:
            self.observed.channel_clicks[:] = 0

    patch.setattr(ContactReports, "_tell", deaf)
