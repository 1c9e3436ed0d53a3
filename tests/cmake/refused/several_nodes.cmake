# expect: NUM_NODES is 2, but kernels with one core are supported only
# settings: -DNUM_NODES=2
