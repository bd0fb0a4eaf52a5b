"""A crowded scenario whose provider takes few messages an hour, from a domain that nobody knows yet."""

PLACES = """
scenario: Few places
base: 600                                             # ten times the customers of the story
channels:
  {email: {cost: 0.1, throughput: 40/h}, web_push: {throughput: 20/h}, telegram: {}, sms: {}, whatsapp: {}}
sender: {domain: new, warmup: 9d, first_day: 5%}
contact_policy: {caps: [{max: 2, per: 2d, purposes: [content], then: wait, for_at_most: 12h}]}
changes:
  - {on: 2026-02-03, channels: {web_push: {throughput: 10/h}}}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    priority: 80
    exit_on: cart_emptied
    steps: [{send: {email: reminder}}, {wait: 30m}, {send: {web_push: gift}}, {wait: 1h}, {send: {email: urgent}}]
  viewed:
    trigger: {any: [product_viewed, site_visited]}
    reenter: always
    steps: [{send: {web_push: advice}}, {wait: 1h}, {send: {email: advice}}]
  bought:
    trigger: order
    reenter: always
    steps: [{send: {email: receipt}}, {wait: 10m}, {send: {sms: thanks}}]
campaigns:
  daily: {every: "day 10:00", send: {email: digest}}
control: {share: 10%, exempt: [transactional]}
"""
