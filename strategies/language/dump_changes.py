"""The sender, changes on a date and settings of channels back to YAML."""

from __future__ import annotations

from strategies.changes import Change, Sender
from strategies.language.dump_policy import policy_tree
from strategies.language.emit import Tree, duration, filled
from strategies.language.in_app import slot_tree
from strategies.language.units import format_duration, format_money, format_share
from strategies.scenario import ChannelSettings
from strategies.vocabulary import TEMPLATE_CHANNELS


def channel_tree(name: str, settings: ChannelSettings) -> Tree:
    """The settings of a channel as plain data."""
    return filled(
        cost=format_money(settings.cost),
        throughput=None if settings.throughput is None else f"{settings.throughput}/h",
        template_cost=None if settings.template_cost is None else format_money(settings.template_cost),
        window=format_duration(settings.window) if name in TEMPLATE_CHANNELS else None,
    )


def sender_tree(sender: Sender) -> Tree:
    """The sender as plain data; nothing for a known domain."""
    if sender.domain == "known":
        return {}
    first_day = None if sender.warmup is None else format_share(sender.first_day)
    return filled(domain=sender.domain, warmup=duration(sender.warmup), first_day=first_day)


def change_tree(change: Change, in_app: bool = False) -> Tree:
    """A change as plain data.  in_app: the scenario has in-app messages."""
    return filled(
        on=change.on.isoformat(),
        contact_policy=None if change.policy is None else policy_tree(change.policy, in_app),
        channels={name: channel_tree(name, settings) for name, settings in change.channels.items()},
        in_app_slot=None if change.in_app_slot is None else slot_tree(change.in_app_slot),
        sender=None if change.sender is None else sender_tree(change.sender) or {"domain": "known"},
        counters=change.counters,
        runs=change.runs,
    )
