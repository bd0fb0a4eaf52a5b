"""A fixed scenario in which membership of segments decides about nearly everything."""

from __future__ import annotations

SEGMENTS = """
scenario: Segments of all kinds
channels: {email: {cost: 0.1}, web_push: {}, telegram: {cost: 0.5}, sms: {cost: 4.5}, vk: {}}
rfm:
  {period: 14d, levels: 3, best: 1, edges: quantile, refresh: 5d, weights: {r: 3, f: 1, m: 0.5},
   cells: {often: "f == 1 and r <= 2", dear: "m == 1", once: "orders == 1", rest: "score > 2.2"}}
at_start: {history: 0d}
contact_policy:
  pause_after:
    also: [{event: cart_added, if: "value > 1000", for: 5h}, {segment_left: lookers, for: 7h}]
    purposes: promo
predictions: {model: mbg_nbd, refit: 4d}
segments:
  lookers: {did: product_viewed, times: 2, within: 2d, same: category, but_not: order, for: 2h}
  answering: {did: [click, opened], times: 2, within: 1d}
  busy: {if: "orders >= 1", did: [site_visited, cart_added], times: 4, within: 36h}
  weekly: {if: "segment.busy or orders >= 3", refresh: 5d}
  likely: {predict: {order_in: 1d, at_least: 25%}}
  spenders: {did: {event: order, if: "value > 900"}, during: {from: "01-28", to: "02-02"}}
  written_to: {did: sent, times: 2, within: 1d, but_not: {any: [click, order], if: "not known(value) or value > 400"}}
  slipping: {if: "orders >= 1", predict: {churn_risk: {at_least: 15%, at_most: 97%}}, refresh: 2d}
chains:
  looked:
    trigger: site_visited
    enter: segment.lookers
    reenter: {after: 12h}
    priority: 70
    steps: [{send: {email: advice}}]
  answered:
    trigger: {any: [favourite_added, cart_abandoned]}
    enter: "segment.answering and not segment.weekly"
    reenter: always
    steps: [{send: {web_push: reminder}}, {wait: 3h}, {choose: [{if: segment.busy, steps: [{send: {telegram: gift}}]}]}]
  regular:
    trigger: {segment_entered: weekly}
    reenter: always
    steps: [{send: {telegram: thanks}}]
  lost:
    trigger: {segment_left: lookers}
    reenter: always
    steps: [{send: {sms: digest}}]
  slips:
    trigger: {segment_entered: slipping}
    reenter: always
    steps: [{send: {vk: thanks}}]
  dear:
    trigger: {any: [site_visited, searched]}
    enter: segment.spenders
    reenter: {after: 6h}
    steps: [{send: {telegram: digest}}]
  pressed:
    trigger: product_viewed
    enter: segment.written_to
    reenter: {at_most: 1, per: day}
    steps: [{send: {email: digest}}]
  signalled:
    trigger: product_viewed
    reenter: always
    exit_on: [cart_emptied, {event: order, if: "value > 1500"}, {segment_left: answering}]
    goal: {event: order, if: "value > 1200", window: 1d}
    steps:
      - wait:
          until: [{segment_entered: weekly}, {event: cart_added, if: "category == 'books'"}]
          name: came
          at_most: 2d
      - choose: [{if: "came.value > 1000", steps: [{send: {sms: advice}}]}]
      - send: {sms: digest}
      - wait: {until: {event: delivered, if: "orders >= 1"}, at_most: 7h, on_timeout: [{send: {sms: thanks}}]}
      - wait: 1h
  regulars:
    trigger: site_visited
    reenter: {after: 1d}
    goal: {any: [cart_added, {segment_entered: weekly}], window: 2d}
    steps: [{wait: 1d}, {send: {telegram: advice}}]
campaigns:
  cells: {every: "Mon,Thu 20:00", to: "rfm.segment in ['dear', 'once'] or rfm.score > 2.5", send: {vk: advice}}
  soon: {every: "day 18:00", to: segment.likely, send: {web_push: gift}}
  daily: {every: "day 10:00", to: "segment.weekly", send: {email: digest}}
control: {share: 10%, exempt: [transactional]}
"""
