"""A crowded scenario whose company loses, delays and doubles what it hears."""

FAULTS = """
scenario: Faulty data
data_faults:
  lost: {order: 20%, cart_abandoned: 15%, click: 60%}
  late: {product_viewed: {share: 30%, by: 9h}, order: {share: 30%, by: 2d}}
  doubled: {cart_abandoned: 30%, site_visited: 20%}
  two_ids: {customers: 50%, unseen: 40%}
contact_policy:
  pause_after: {order: 1d, purposes: [promo]}
  caps: [{max: 3, per: day, then: drop}]
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    on_retrigger: restart
    exit_on: order
    goal: {event: order, window: 5d}
    steps: [{wait: 2h}, {send: {email: reminder}}, {wait: {until: click, at_most: 1d}}, {send: {web_push: gift}}]
  viewed:
    trigger: product_viewed
    reenter: {after: 1d}
    exit_on: order
    steps: [{wait: 3h}, {send: {telegram: advice}}]
  bought:
    trigger: order
    reenter: always
    steps: [{send: {email: receipt}}, {wait: 1h}, {send: {sms: status}}]
control: {share: 10%, exempt: [transactional]}
"""
