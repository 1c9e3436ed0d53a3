# expect: NUM_NODES is 'two' (expected a number from 1 on)
# settings: -DNUM_NODES=two
