"""Fixed scenarios in which every rule binds now and then: the ground on which broken engines are caught."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML

from tests.audit.crowded_actions import ACTIONS, TASKS
from tests.audit.crowded_changes import CHANGES, VENDORS
from tests.audit.crowded_compared import COMPARED
from tests.audit.crowded_faults import FAULTS
from tests.audit.crowded_in_app import IN_APP
from tests.audit.crowded_messages import MESSAGES
from tests.audit.crowded_permits import PERMITS
from tests.audit.crowded_places import PLACES
from tests.audit.crowded_relations import RELATIONS
from tests.audit.crowded_segments import SEGMENTS
from tests.audit.crowded_triggers import TRIGGERS

_SHARED = """
population: population.yaml
horizon: 15d
start: 2026-01-26
channels:
  {email: {cost: 0.1}, web_push: {}, telegram: {cost: 0.5}, sms: {cost: 4.5}, whatsapp: {template_cost: 6, window: 12h}}
rfm: {period: 14d, levels: 3, best: 3, edges: quantile, refresh: 5d}
segments:
  active: {if: "last_visit.age < 1d"}
  buyers: {if: "orders >= 2"}
offers: {small_gift: {gift: 300, cost: 120, valid: 3d}}
messages:
  digest: {purpose: promo, topic: news}
  reminder: {purpose: promo, topic: cart}
  gift: {purpose: promo, topic: cart, offer: small_gift}
  advice: {purpose: content, topic: news}
  thanks: {purpose: content, offer: small_gift}
  urgent: {purpose: promo, topic: urgent, deliver_by: 2h}
  status: {purpose: service, topic: order, template: true}
  receipt: {purpose: transactional, topic: order}
"""

_CAPS = """
scenario: Caps of all kinds
contact_policy:
  caps:
    - {max: 2, per: day, then: wait, for_at_most: 2d}
    - {max: 3, per: 36h, then: wait}
    - {max: 5, per: week, channel: [email, web_push], then: drop}
    - {max: 9, per: month, purposes: [promo], then: wait, for_at_most: 3d}
    - {by: rfm.segment, max: {champions: 3, hibernating: 1, else: 2}, per: 5d, channel: sms, then: drop}
    - {max: 1, per: 6h, topic: cart, counts: delivered, then: wait, for_at_most: 6h}
  exempt: {transactional: {obeys: [address], counts: false}}
  sunset: {channel: telegram, none_of: [click, order], for: 2d, min_sends: 2}
  budget:
    - {max: 150, per: week}
    - {name: texts, channel: [sms, whatsapp], purposes: [promo, service], max: 60, per: month}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    priority: 80
    steps: [{wait: 10m}, {send: {email: reminder}}, {wait: 2h},
      {cascade: [{web_push: gift, wait: 6h, next_unless: click}, {telegram: gift, wait: 6h,
        next_unless: [{event: site_visited, if: "orders >= 1"}, segment.buyers]}, {sms: gift}]}]
  viewed:
    trigger: {any: [product_viewed, site_visited]}
    reenter: {after: 6h}
    steps: [{send: {first_of: [telegram, web_push], message: advice}}]
  bought:
    trigger: order
    reenter: always
    steps: [{send: {email: receipt}}, {wait: 1h}, {send: {sms: status}}]
campaigns:
  daily: {every: "day 10:00", send: {email: digest}}
  busy: {every: "day 10:00", priority: 90, to: "orders >= 1 or segment.active", send: {web_push: advice}}
  sunday: {every: "Sun 18:00", send: {email: digest}}
control: {share: 20%, exempt: [transactional, service]}
"""

_CHAINS = """
scenario: Chains in one another's way
contact_policy:
  one_main_chain: {others: wait, for_at_most: 2d, running_lower: pause, campaigns: wait, free: [transactional, service]}
  min_gap: {any: 1h, then: wait}
chains:
  cart:
    trigger: {event: cart_abandoned, if: "value > 500"}
    enter: "consent.email or segment.active"
    on_retrigger: ignore
    reenter: {after: 12h}
    priority: 80
    goal: {event: order, window: 1d}
    exit_on: [order, cart_emptied]
    timeout: 3d
    holdout: 50%
    steps: [{wait: 90m}, {send: {email: reminder}}, {wait: {until: click, at_most: 6h}},
      {choose: [{if: "clicked(reminder)", steps: [{wait: 1h}]}, {else: [{send: {web_push: gift}}]}]}, {wait: 1d}]
  viewed:
    trigger: product_viewed
    on_retrigger: restart
    reenter: always
    priority: 40
    while: "not segment.buyers"
    timeout: 1d
    steps: [{wait: 2h}, {send: {telegram: advice}}, {wait: 6h},
      {split: {name: patience, arms: {late: {share: 50%, steps: [{wait: 1h}]}, now: {share: 50%, steps: []}}}},
      {send: {web_push: thanks}}]
  favourites:
    trigger: favourite_added
    reenter: never
    priority: 60
    steps: [{send: {email: advice}}, {wait: 10m}, {send: {telegram: thanks}}]
  away:
    trigger: {inactive: 2d, of: site_visited}
    reenter: always
    priority: 20
    exit_on: site_visited
    steps: [{send: {email: digest}}, {wait: 1d}, {send: {sms: gift}}]
  buyers:
    trigger: {segment_entered: buyers}
    steps: [{send: {email: thanks}}]
campaigns:
  weekly: {every: "Tue,Fri 12:00", to: "consent.email", send: {email: digest}}
control: {share: 10%, exempt: [transactional]}
"""

_CLOCKS = """
scenario: Clocks, gaps and pauses
contact_policy:
  quiet_hours: {from: "22:00", to: "08:00", zone: customer, then: wait}
  min_gap: {any: 90m, same_topic: 6h, same_offer: 1d, own_run: ignore, then: wait}
  pause_after:
    - {order: 6h, cart_emptied: 1h, purposes: [promo]}
    - {name: looks, product_viewed: 9h, until: [favourite_added, order], channel: [telegram, web_push], for_at_most: 7h}
    - {site_visited: 2h, chain: viewed, segment: active, purposes: [promo, content], then: drop}
  caps: [{max: 3, per: day, zone: company, then: drop}]
  exempt: {transactional: {obeys: [address], counts: true}, service: {obeys: [address, control, gaps], counts: false}}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    on_retrigger: {parallel_by: cart}
    steps: [{send: {email: reminder}}, {wait: 1h}, {send: {web_push: gift}}, {wait: 30m}, {send: {email: urgent}}]
  bought:
    trigger: order
    reenter: always
    steps: [{send: {email: receipt}}, {at: {clock: "09:30", days: working}}, {send: {telegram: thanks}},
      {at: 2d}, {within: {from: "12:00", to: "13:00"}}, {send: {first_of: [sms, email], message: status}}]
  viewed:
    trigger: product_viewed
    reenter: {after: 1d}
    steps: [{send: {telegram: urgent}}, {wait: {until: "opened or click as answer", at_most: 2h}},
      {choose: [{if: "answer.happened", steps: [{send: {email: advice}}]}]}]
  looked:
    trigger: product_viewed
    reenter: {after: 2d}
    priority: 20
    steps: [{cascade: [{web_push: advice, wait: 2h, next_unless: click, on_capped: next},
      {telegram: advice, wait: 2h, on_capped: next}, {sms: advice}]}]
  monday:
    trigger: {every: "Mon,Thu 07:00"}
    reenter: always
    steps: [{send: {web_push: digest}}]
campaigns:
  late: {every: "Wed 22:00", send: {email: digest}}
  morning: {every: "day 08:00", to: "not segment.active", send: {first_of: [telegram, email], message: thanks}}
control: {share: 10%, exempt: [transactional]}
"""

_LIMITS = """
scenario: Limits of every family
contact_policy:
  caps:
    - {max: 2, per: 2d, channel: email, counts: attempted, then: drop}
    - {max: 1, per: 1d, message: [reminder, advice], counts: sent, then: wait, for_at_most: 12h}
  min_gap:
    - {other_channel: 2h, then: wait}
    - {name: letters, channel: email, same_channel: 5h, counts: attempted, then: drop}
    - {purposes: [content], same_purpose: 3h, own_run: ignore, counts: delivered, then: wait, for_at_most: 1d}
    - {segment: buyers, same_message: 1d, then: drop}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    priority: 80
    steps: [{send: {email: reminder}}, {wait: 30m}, {send: {web_push: gift}}, {wait: 1h}, {send: {sms: reminder}}]
  viewed:
    trigger: product_viewed
    reenter: always
    steps: [{send: {telegram: advice}}, {wait: 1h}, {send: {email: advice}}]
  bought:
    trigger: order
    reenter: always
    steps: [{send: {email: receipt}}, {wait: 10m}, {send: {sms: thanks}}]
campaigns:
  daily: {every: "day 10:00", send: {email: digest}}
control: {share: 10%, exempt: [transactional]}
"""

_ANSWERS = """
scenario: Wishes, answers and windows
engagement: {signs: [{event: click, channel: [email, telegram]}], active: 1d, cooling: 3d}
preference_centre: {frequencies: [weekly, monthly], topics: [news, cart]}
contact_policy:
  preferences: {weekly: 3d, monthly: 8d, then: drop}
  quiet_hours: [{from: "23:00", to: "07:00"}, {from: "20:00", to: "09:00", channel: sms, zone: company}]
  send_window:
    - {from: "09:00", to: "20:00", days: [Mon, Tue, Wed, Fri], channel: [sms, telegram], for_at_most: 3d}
    - {name: letters, from: "08:30", to: "22:00", zone: company, channel: email}
  quiet_elsewhere_after: {click: 6h, opened: 1d, purposes: [promo, content], then: wait}
  caps: [{by: engagement, max: {active: 5, cooling: 4, else: 3}, per: 1d, then: drop}]
  exempt: {transactional: {obeys: [address], counts: false}}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    priority: 80
    steps: [{send: {email: reminder}}, {wait: 30m},
      {cascade: [{whatsapp: gift, wait: 2h, next_unless: click}, {telegram: gift, wait: 2h}, {sms: gift}]}]
  viewed:
    trigger: product_viewed
    reenter: always
    steps: [{send: {first_of: [whatsapp, telegram], message: advice}}]
  answered: {trigger: click, reenter: always, steps: [{wait: 5m}, {send: {whatsapp: thanks}}]}
  bought:
    trigger: order
    reenter: always
    steps: [{send: {email: receipt}}, {wait: 10m}, {send: {whatsapp: status}}, {wait: 1h}, {send: {sms: thanks}}]
campaigns:
  daily: {every: "day 10:00", send: {email: digest}}
control: {share: 10%, exempt: [transactional]}
"""

_YAML = YAML(typ="safe")


def _scenario(text: str) -> dict[str, Any]:
    raw: dict[str, Any] = {**_YAML.load(io.StringIO(_SHARED)), **_YAML.load(io.StringIO(text))}
    raw["start"] = str(raw["start"])
    return raw


CROWDED = {
    "caps": _scenario(_CAPS),
    "chains": _scenario(_CHAINS),
    "compared": _scenario(COMPARED),
    "clocks": _scenario(_CLOCKS),
    "segments": _scenario(SEGMENTS),
    "messages": _scenario(MESSAGES),
    "limits": _scenario(_LIMITS),
    "faults": _scenario(FAULTS),
    "answers": _scenario(_ANSWERS),
    "vendors": _scenario(VENDORS),
    "changes": _scenario(CHANGES),
    "permits": _scenario(PERMITS),
    "triggers": _scenario(TRIGGERS),
    "actions": _scenario(ACTIONS),
    "tasks": _scenario(TASKS),
    "relations": _scenario(RELATIONS),
    "places": _scenario(PLACES),
    "in_app": _scenario(IN_APP),
}
