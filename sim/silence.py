"""The silent arm of a run: what all arms have alike, with everybody in the control group.

It is shared by all arms, so it must not depend on their order: whatever sets the arms apart is strategy, and silence
has none of it.  What they have alike is the company's life without marketing: the loyalty programme, the rule of double
opt-in, exempt transactional messages and what these stand on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from strategies.action_steps import Action, GivePoints, PauseChain, StartChain, StopChain
from strategies.changes import KNOWN_DOMAIN, Change
from strategies.contact_policy import RULE_FAMILIES, ContactPolicy, Exemption
from strategies.scenario import Campaign, Chain, ChannelSettings, Control, Scenario
from strategies.segments import Prediction
from strategies.step_tree import steps_within
from strategies.vocabulary import CHANNELS

FREE = "transactional"
"""The purpose that silence keeps, where every arm's policy exempts it."""

Key = tuple[str, str]
"""A definition of a scenario: its kind (a field of :class:`Scenario`) and its name, '' for a setting as a whole."""

_NAMED = ("chains", "campaigns", "messages", "offers", "segments", "fields", "teams")
_SETTINGS = ("rfm", "predictions", "engagement", "calendar", "in_app_slot", "production", "loyalty")
"""Settings that a definition may stand on."""
_FRAME = ("population", "start", "horizon", "tail", "at_start")
"""What arms that compare agree in."""
_LIFE = ("loyalty", "double_opt_in", "preference_centre", "data_faults")
"""Settings that hold for everybody, whatever is sent."""

_SETTING_OF = {
    "rfm": "rfm",
    "points": "loyalty",
    "tier": "loyalty",
    "engagement": "engagement",
    "working": "calendar",
    "in_app": "in_app_slot",
}
"""First word of a text in a definition → the setting that it speaks of."""


@dataclass(frozen=True)
class Kept:
    """What a run's silent arm has, for those who read its figures.

    programme: ``alike`` where all arms have the same loyalty programme and so has silence, ``none`` where no arm has
    one, ``differs`` where silence has none because the arms have not the same.  sources: chains and campaigns with
    exempt transactional messages that it keeps; lacks: those of some arm that it does not.
    """

    programme: str
    sources: tuple[str, ...]
    lacks: tuple[str, ...]


def silence(scenarios: Sequence[Scenario]) -> Scenario:
    """The silent arm of a run of these scenarios, whatever their order: nothing but exempt transactional messages.

    Of chains and campaigns it keeps those with such a message, and those that keep the company's records or steer
    other chains, if they and all that they name (messages, segments, offers, prices …) are the same in every arm.
    Rows of the contact policy, dated changes and settings that not all arms have alike are left out.  Its mail comes
    from the domain that providers know, and it has no fixed cost.
    """
    return _Common(scenarios).scenario()


def kept_in_silence(scenarios: Sequence[Scenario]) -> Kept:
    """What the silent arm of these scenarios has and lacks."""
    common = _Common(scenarios)
    programmes = [scenario.loyalty for scenario in scenarios]
    programme = "differs" if not _equal(programmes) else "none" if programmes[0] is None else "alike"
    wanted = set().union(*map(_with_free_messages, scenarios))
    kept = wanted.intersection(common.sources)
    return Kept(programme, *(tuple(sorted(name for _, name in keys)) for keys in (kept, wanted - kept)))


class _Common:
    """What scenarios have alike.  sources: chains and campaigns of the silent arm, in the order of their names."""

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self.scenarios = scenarios
        self._tables = [_definitions(scenario) for scenario in scenarios]
        self._names = frozenset().union(*self._tables)
        wanted = [_with_free_messages(scenario) | _steering(scenario) for scenario in scenarios]
        kept = sorted(key for key in set.intersection(*wanted) if self._stands_on({key}) is not None)
        free = set.intersection(*map(_with_free_messages, scenarios))
        self.sources = kept if free.intersection(kept) else []

    def scenario(self) -> Scenario:
        """The silent arm."""
        first, table = self.scenarios[0], self._tables[0]
        policy, changes = self._policy(), self._changes()
        needed = set(self.sources).union(self._named_in((policy, changes)))
        needed = set().union(*(self._stands_on({key}) or () for key in needed))
        needed -= {key for key in needed if key[0] in ("chains", "campaigns") and key not in self.sources}
        parts: dict[str, Any] = {name: getattr(first, name) for name in _FRAME}
        parts |= {kind: tuple(table[key] for key in sorted(needed) if key[0] == kind) for kind in _NAMED}
        parts |= {name: table[name, ""] for name in _SETTINGS if (name, "") in needed}
        parts |= {name: found for name in _LIFE if (found := self._setting(name)) is not None}
        return Scenario(
            name="silent",
            file="",
            channels={name: table["channels", name] for kind, name in sorted(needed) if kind == "channels"},
            policy=policy,
            changes=changes,
            control=Control(1.0, (FREE,) if _is_free(self.scenarios) else ()),
            sender=KNOWN_DOMAIN,
            base=max(scenario.base for scenario in self.scenarios),
            **parts,
        )

    def _setting(self, name: str) -> Any:
        """A setting that all scenarios have alike, None where they do not."""
        values = [getattr(scenario, name) for scenario in self.scenarios]
        return values[0] if _equal(values) else None

    def _policy(self) -> ContactPolicy:
        """The rows that all scenarios have and that stand on nothing that differs; of exemptions what all grant."""
        rows: dict[str, Any] = {}
        if not self.sources:
            return ContactPolicy()
        for field in dataclasses.fields(ContactPolicy):
            values = [getattr(scenario.policy, field.name) for scenario in self.scenarios]
            if field.name == "exempt":
                rows["exempt"] = _exemptions([scenario.policy for scenario in self.scenarios])
            elif isinstance(values[0], tuple):
                rows[field.name] = tuple(row for row in _shared_rows(values) if self._is_alike(row))
            elif _equal(values):
                rows[field.name] = values[0]
        return ContactPolicy(**rows)

    def _changes(self) -> tuple[Change, ...]:
        """Dated changes, where all scenarios have the same ones, but for those of the sender."""
        if not self.sources:
            return ()
        parts = [tuple(dataclasses.replace(c, sender=None) for c in scenario.changes) for scenario in self.scenarios]
        return parts[0] if _equal(parts) and self._is_alike(parts[0]) else ()

    def _is_alike(self, part: Any) -> bool:
        """Whether all that an equal part of the scenarios names is the same in all of them."""
        return self._stands_on(self._named_in(part)) is not None

    def _stands_on(self, begin: set[Key]) -> set[Key] | None:
        """These definitions and all that they stand on; None where something of it is not the same in all scenarios."""
        reached, left = set(begin), list(begin)
        while left:
            key = left.pop()
            found = [table.get(key) for table in self._tables]
            if not _equal(found):
                return None
            new = self._named_in(found[0]) | ({("production", "")} if key[0] == "messages" else set())
            left += new - reached
            reached |= new
        return reached

    def _named_in(self, part: Any) -> set[Key]:
        """Definitions of any scenario that a part names; rather too many than too few, for any text may be a name."""
        if isinstance(part, str):
            return self._named_by(part)
        own: set[Key] = set()
        if isinstance(part, dict):
            part = (*part, *part.values())
        elif dataclasses.is_dataclass(part):
            own |= {("loyalty", "")} if isinstance(part, GivePoints) else set()
            own |= {("predictions", "")} if isinstance(part, Prediction) else set()
            part = tuple(getattr(part, field.name) for field in dataclasses.fields(part))
        if isinstance(part, tuple | frozenset):
            return own.union(*map(self._named_in, part))
        return own

    def _named_by(self, text: str) -> set[Key]:
        """Definitions that a name or the path of a field may mean.  A field such as consent.email asks for no price."""
        head, _, rest = text.partition(".")
        meant = {(kind, name) for kind in _NAMED for name in (text, rest)} | {("channels", text)}
        return (meant & self._names) | ({(_SETTING_OF[head], "")} if head in _SETTING_OF else set())


def _definitions(scenario: Scenario) -> dict[Key, Any]:
    """Every definition of a scenario that another one may name, without what is for readers only."""
    table: dict[Key, Any] = {
        (kind, one.name): dataclasses.replace(one, about="") if hasattr(one, "about") else one
        for kind in _NAMED
        for one in getattr(scenario, kind)
    }
    table |= {("channels", name): scenario.channels.get(name, ChannelSettings()) for name in CHANNELS}
    return table | {(name, ""): getattr(scenario, name) for name in _SETTINGS}


def _equal(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values[1:])


def _shared_rows(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The rows that all have: in their order where it is one, else in that of their words."""
    shared = [tuple(row for row in one if all(row in other for other in rows)) for one in rows]
    return shared[0] if _equal(shared) else tuple(sorted(shared[0], key=repr))


def _is_free(scenarios: Iterable[Scenario]) -> bool:
    """Whether every scenario exempts transactional messages from its policy."""
    return all(any(row.purpose == FREE for row in scenario.policy.exempt) for scenario in scenarios)


def _exemptions(policies: Sequence[ContactPolicy]) -> tuple[Exemption, ...]:
    """Purposes that all policies exempt: they obey and count only where they do so in all of them."""
    tables = [{row.purpose: row for row in policy.exempt} for policy in policies]
    result = []
    for purpose in sorted(set.intersection(*map(set, tables))):
        rows = [table[purpose] for table in tables]
        obeys = tuple(family for family in RULE_FAMILIES if all(family in row.obeys for row in rows))
        result.append(Exemption(purpose, obeys, all(row.counts for row in rows)))
    return tuple(result)


def _with_free_messages(scenario: Scenario) -> set[Key]:
    """Chains and campaigns with a transactional message, where the policy exempts these."""
    if not _is_free([scenario]):
        return set()
    allowed = {message.name for message in scenario.messages if message.purpose == FREE}
    sources: dict[Key, Chain | Campaign] = {("chains", one.name): one for one in scenario.chains}
    sources |= {("campaigns", one.name): one for one in scenario.campaigns}
    return {key for key, source in sources.items() if messages_of(source) & allowed}


def _steering(scenario: Scenario) -> set[Key]:
    """Chains with actions, and those that they start, pause or stop; they matter only beside allowed messages.

    What they do decides who gets the messages that go to everybody.
    """
    free = _is_free([scenario]) and any(message.purpose == FREE for message in scenario.messages)
    names: set[str] = set()
    for chain in scenario.chains if free else ():
        actions = [step for step in steps_within(chain.steps) if isinstance(step, Action)]
        if actions:
            names.add(chain.name)
            names |= {step.chain for step in actions if isinstance(step, StartChain | PauseChain | StopChain)}
    return {("chains", name) for name in names}


def messages_of(source: Any) -> set[str]:
    """Names of all messages that a chain, campaign, step or tuple of steps may send."""
    if dataclasses.is_dataclass(source):
        if hasattr(source, "message") and hasattr(source, "channels"):
            return {source.message}
        return messages_of(tuple(getattr(source, f.name) for f in dataclasses.fields(source)))
    if isinstance(source, tuple):
        return set().union(*(messages_of(part) for part in source))
    return set()
