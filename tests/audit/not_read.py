"""What of the language the auditor does not read, and why."""

from __future__ import annotations

NOT_READ = {
    "scenario.extends scenario.include scenario.scenario scenario.population": "settled before anything runs",
    "scenario.brief scenario.rules scenario.platform_cost scenario.production_cost": "figures of a run, not its events",
    "scenario.horizon scenario.start": "the frame of the log itself, which every reading uses",
    "scenario.tail": "afterwards another policy rules; the reading ends with the horizon",
    "scenario.at_start at_start.*": "customers here have no past; the backlog is drawn and read, but nothing breaks it",
    "scenario.offers offer.*": "what a coupon is worth to a customer is the model's, not the engine's",
    "points.pay_up_to": "what customers pay with points is their own choice; the books follow what they spent",
    "message.level message.speaks_to message.removes message.variant message.tone message.asks": (
        "what a message does to its reader is the model's"
    ),
    "message_variant.* speaks_to.*": "the same",
    "webhook.with segment.file": "values and members stand in files, not in the log; stated members are read",
    "segment.about chain.about campaign.about": "words for people",
}
"""Places of which the log tells nothing that could be checked, and why."""
