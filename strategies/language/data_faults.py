"""Data faults: what the strategies do not see as it happened."""

from __future__ import annotations

from strategies.data_quality import LOSABLE, OWN_ACTIONS, DataFaults
from strategies.language.emit import Tree
from strategies.language.reader import Choice, Reader
from strategies.language.records import Keys, MapOf, Record
from strategies.language.units import POSITIVE_DURATION, SHARE, format_duration, format_share

_LOST_EVENT: Reader[str] = Choice(LOSABLE, "event")
_ACTION: Reader[str] = Choice(OWN_ACTIONS, "event")


def _late(keys: Keys) -> tuple[float, int]:
    share = keys.need("share", SHARE, 0.0, "share of the events that come late")
    return share, keys.need("by", POSITIVE_DURATION, 1, "longest delay")


def _two_ids(keys: Keys) -> tuple[float, float]:
    customers = keys.need("customers", SHARE, 0.0, "share of customers with a second id")
    return customers, keys.need("unseen", SHARE, 0.0, "share of their days on which they act under it")


def _faults(keys: Keys) -> DataFaults:
    lost = keys.get("lost", MapOf(SHARE, _LOST_EVENT), {}, "event → share that never arrives")
    late = keys.get("late", MapOf(Record("late", _late), _ACTION), {}, "event → share that arrives late")
    doubled = keys.get("doubled", MapOf(SHARE, _ACTION), {}, "event → share that arrives twice")
    two_ids = keys.get("two_ids", Record("two_ids", _two_ids), None, "one person under two ids")
    return DataFaults(
        tuple(sorted(lost.items())),
        tuple(sorted((event, share, by) for event, (share, by) in late.items())),
        tuple(sorted(doubled.items())),
        two_ids,
    )


DATA_FAULTS: Reader[DataFaults] = Record("data_faults", _faults, "a mapping with lost, late, doubled or two_ids")


def faults_tree(faults: DataFaults) -> Tree:
    """Data faults as plain data, which load to equal ones."""
    tree: Tree = {
        "lost": {event: format_share(share) for event, share in faults.lost},
        "late": {event: {"share": format_share(s), "by": format_duration(by)} for event, s, by in faults.late},
        "doubled": {event: format_share(share) for event, share in faults.doubled},
    }
    if faults.two_ids:
        customers, unseen = faults.two_ids
        tree["two_ids"] = {"customers": format_share(customers), "unseen": format_share(unseen)}
    return {key: value for key, value in tree.items() if value}
