"""Crowded scenarios of dialects' rows and of changes in mid-run."""

from __future__ import annotations

VENDORS = """
scenario: Rows that vendors have
contact_policy:
  preferences: {frequency: ignore}
  caps:
    - {name: days, max: 3, per: 2 calendar days, then: wait, for_at_most: 3d}
    - {name: week, max: 4, per: week, week_from: sunday, zone: company, channel: email, counts: attempted, then: drop}
    - {name: promo, max: 5, per: week, week_from: sunday, zone: company, channel: email, purposes: [promo],
       instead_of: week, then: drop}
    - {name: queue, max: 1, per: 20h, channel: web_push, then: retry, every: 7h, attempts: 3}
    - {name: tries, max: 2, per: 3d, channel: telegram, then: retry, every: 50m, for_at_most: 1d, own_rule: replaces}
    - {name: buyers, max: 2, per: 3d, channel: sms, segment: buyers, instead_of: [sms], then: drop}
    - {name: sms, max: 1, per: 4d, channel: sms, then: drop}
  at_goal: end
changes:
  - {on: 2026-01-30, contact_policy: {like: before}}
  - {on: 2026-02-02, channels: {sms: {cost: 9}}}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    priority: 80
    goal: {event: order, window: 1d}
    steps: [{send: {email: reminder}}, {wait: 2h}, {send: {web_push: gift}}, {wait: 6h}, {send: {telegram: gift}},
      {wait: 6h}, {send: {sms: gift}}]
  viewed:
    trigger: {any: [product_viewed, site_visited]}
    reenter: {after: 2h}
    goal: {event: cart_added, window: 12h}
    exit_on: order
    steps: [{send: {telegram: advice}}, {wait: 3h}, {send: {web_push: advice}}, {wait: 3h}, {send: {sms: reminder}}]
campaigns:
  daily: {every: "day 10:00", send: {email: digest}}
  busy: {every: "day 18:00", send: {email: advice}}
control: {share: 10%, exempt: [transactional]}
"""

CHANGES = """
scenario: Rules that change
contact_policy:
  like: mautic@2025
  min_gap: {any: 2h, then: wait}
  budget: {max: 12, per: week}
changes:
  - {on: 2026-01-29, contact_policy: {like: before, caps: [{name: long, max: 2, per: 3d, then: wait}]}, runs: keep}
  - {on: 2026-02-01, contact_policy: {like: klaviyo, at_goal: end, one_main_chain: {others: wait, segment: active}},
     counters: reset, runs: end}
  - on: 2026-02-04
    contact_policy: {like: braze@2025, budget: [{max: 6, per: month}, {channel: email, max: 12, per: week}]}
    channels: {email: {cost: 2}}
  - {on: 2026-02-06, contact_policy: {caps: [{max: 3, per: 7d, channel: email, then: wait, for_at_most: 1d}]},
     counters: keep}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    priority: 80
    goal: {event: order, window: 1d}
    steps: [{wait: 10m}, {send: {email: reminder}}, {wait: 1d}, {send: {web_push: gift}}, {wait: 1d},
      {send: {sms: gift}}]
  viewed:
    trigger: product_viewed
    reenter: {after: 3h}
    priority: 40
    steps: [{send: {telegram: advice}}, {wait: 20h}, {send: {email: thanks}}]
  bought:
    trigger: order
    reenter: always
    steps: [{send: {email: receipt}}, {wait: 3d}, {send: {sms: status}}]
campaigns:
  daily: {every: "day 10:00", send: {email: digest}}
  night: {every: "Sun,Wed 23:00", send: {web_push: digest}}
control: {share: 10%, exempt: [transactional]}
"""
