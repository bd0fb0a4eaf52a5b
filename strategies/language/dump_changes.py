"""The sender, changes on a date and settings of channels back to YAML."""

from __future__ import annotations

from strategies.changes import Change, Sender
from strategies.language.dump_policy import policy_tree
from strategies.language.emit import Tree, duration, filled
from strategies.language.units import format_money, format_share
from strategies.scenario import ChannelSettings


def channel_tree(settings: ChannelSettings) -> Tree:
    """The settings of a channel as plain data."""
    return filled(
        cost=format_money(settings.cost),
        throughput=None if settings.throughput is None else f"{settings.throughput}/h",
    )


def sender_tree(sender: Sender) -> Tree:
    """The sender as plain data; nothing for a known domain."""
    if sender.domain == "known":
        return {}
    first_day = None if sender.warmup is None else format_share(sender.first_day)
    return filled(domain=sender.domain, warmup=duration(sender.warmup), first_day=first_day)


def change_tree(change: Change) -> Tree:
    """A change as plain data."""
    return filled(
        on=change.on.isoformat(),
        contact_policy=None if change.policy is None else policy_tree(change.policy),
        channels={name: channel_tree(settings) for name, settings in change.channels.items()},
        sender=None if change.sender is None else sender_tree(change.sender) or {"domain": "known"},
        counters=change.counters,
        runs=change.runs,
    )
