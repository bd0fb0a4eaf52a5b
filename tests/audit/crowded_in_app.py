"""A crowded scenario of messages on the site and in the app."""

IN_APP = """
scenario: Banners
channels: {email: {cost: 0.1}, web_push: {}, telegram: {}, sms: {}, whatsapp: {}, in_app: {cost: 0.3}}
in_app_slot: {show_for: 2d, at_most: 2 per 30h, in_all: 3 per 36h, winner: priority}
contact_policy:
  caps: [{max: 2, per: day, then: drop}, {max: 5, per: 3d, purposes: [promo], then: wait}]
  pause_after: {order: 6h}
  preferences: {weekly: 2d}
  quiet_hours: {from: "22:00", to: "08:00"}
  exempt: {transactional: {obeys: [address], counts: false}}
  budget: {max: 25, per: week}
changes:
  - on: 2026-02-03
    counters: keep
    contact_policy: {like: before, in_app: {obeys: [control, caps, pauses], counts: true}}
  - on: 2026-02-05
    counters: keep
    in_app_slot: {show_for: 26h, at_most: 3 per 2d, winner: newest}
  - on: 2026-02-07
    counters: reset
    in_app_slot: {show_for: 2d, at_most: 2 per 5d, in_all: 4 per 5d, winner: oldest}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    on_retrigger: restart
    priority: 80
    exit_on: order
    goal: {event: order, window: 2d}
    steps:
      - cascade:
          - {in_app: reminder, wait: 12h, next_unless: [in_app_shown]}
          - {first_of: [telegram, in_app], message: gift}
      - wait: {until: click or in_app_shown, at_most: 1d}
      - choose: [{if: "shown(reminder) and not clicked()", steps: [{send: {in_app: urgent}}, {wait: 3h}]}]
  viewed:
    trigger: product_viewed
    reenter: always
    on_retrigger: {parallel_by: category}
    timeout: 20h
    steps: [{send: {in_app: advice}}, {wait: 2d}]
  bought:
    trigger: order
    reenter: always
    steps: [{send: {in_app: receipt}}, {wait: 1h}, {send: {email: thanks}}]
  seen:
    trigger: in_app_shown
    reenter: {after: 6h}
    priority: 30
    steps: [{wait: 10m}, {send: {email: status}}]
campaigns:
  daily: {every: "day 10:00", send: {in_app: digest}, priority: 60}
  evening: {every: "day 19:00", to: "sends.in_app >= 2", send: {in_app: advice}, priority: 60}
  best: {every: "day 13:00", to: "orders >= 1", send: {best_channel: [in_app, email], message: thanks}}
control: {share: 10%, exempt: [transactional]}
"""
