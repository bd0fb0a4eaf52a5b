"""A fixed scenario full of personal blocks, variants and best channels."""

from __future__ import annotations

MESSAGES = """
scenario: Messages of all kinds
messages:
  own: {purpose: promo, topic: cart, personal: [cart_items]}
  kind: {purpose: promo, topic: cart, personal: [name, last_order, favourite_items], fallback: friend}
  liked: {purpose: content, topic: news, personal: [favourite_category, viewed_items]}
  again: {purpose: content, personal: [reaction, recommended], fallback: something}
  tested:
    purpose: promo
    topic: news
    personal: [name]
    variants:
      bare: {share: 30%}
      full: {share: 70%, tone: warm, personal: [cart_items, recommended], fallback: bestsellers}
chains:
  cart:
    trigger: {any: [cart_abandoned, cart_emptied]}
    reenter: always
    on_retrigger: restart
    steps: [{send: {email: own}}, {wait: 3h}, {send: {best_channel: [web_push, telegram, email], message: again}},
      {wait: 6h}, {choose: [{if: "clicked(again) or not clicked(own)", steps: [{send: {sms: kind}}]}]}]
  looked:
    trigger: product_viewed
    reenter: {after: 4h}
    steps: [{send: {best_channel: [telegram, email], message: tested}}, {wait: 1d}, {send: {email: again}}]
  asked:
    trigger: favourite_added
    enter: "clicks.telegram >= 1 or best_channel in ['email', 'web_push']"
    reenter: always
    steps: [{send: {web_push: liked}}]
  shoes:
    trigger: site_visited
    enter: "last_view.category == 'shoes' and last_order.category != 'shoes'"
    reenter: {after: 12h}
    steps: [{send: {sms: liked}}]
campaigns:
  daily: {every: "day 10:00", send: {best_channel: [email, web_push, telegram, sms], message: tested}}
control: {share: 10%, exempt: [transactional]}
"""
