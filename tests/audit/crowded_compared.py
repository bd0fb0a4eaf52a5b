"""A crowded scenario: branches on what became of messages, coupons that end, and many who are held out."""

COMPARED = """
scenario: Branches on silence, some of them of ghosts
channels: {email: {cost: 0.1}, web_push: {}, telegram: {cost: 0.5}, sms: {cost: 4.5}, in_app: {}}
in_app_slot: {show_for: 9d, at_most: 2 per 1d}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    priority: 80
    holdout: 50%
    steps: [{send: {email: reminder}}, {wait: {until: delivered as there, at_most: 2h}}, {wait: 3h},
      {choose: [{if: "not opened(reminder)", steps: [{send: {telegram: gift}}]}, {if: "there.happened",
        steps: [{wait: 1h}]}, {else: [{send: {web_push: advice}}]}]}, {wait: 2h},
      {choose: [{if: "not sent(gift)", steps: [exit]}, {if: "delivered(gift) and not clicked()",
        steps: [{send: {sms: gift}}]}]}]
  viewed:
    trigger: product_viewed
    reenter: always
    steps: [{send: {first_of: [sms, email], message: advice}}, {wait: 90m},
      {choose: [{if: "not opened(advice)", steps: [{send: {telegram: thanks}}]}, {else: [{send: {email: status}}]}]}]
  seen:
    trigger: favourite_added
    reenter: always
    holdout: 40%
    exit_on: delivered
    steps: [{send: {telegram: digest}}, {wait: 1h}, {send: {email: digest}}]
  bought:
    trigger: order
    reenter: always
    holdout: 30%
    steps: [{give: {coupon: small_gift}}, {send: {in_app: thanks}}, {wait: 30h}, {send: {email: thanks}}, {wait: 1d},
      {cascade: [{telegram: gift, wait: 19h}, {sms: gift}]},
      {choose: [{if: "sent(gift) and not coupon.small_gift", steps: [{wait: 1d}]}]}]
  holds:
    trigger: site_visited
    reenter: {after: 5h}
    enter: coupon.small_gift
    holdout: 30%
    steps: [{wait: 9h}, {choose: [{if: coupon.small_gift, steps: [{send: {telegram: status}}]}]}]
campaigns:
  remind: {every: "day 10:00", to: "orders >= 1", send: {web_push: gift}}
control: {share: 30%, exempt: [transactional, service]}
"""
