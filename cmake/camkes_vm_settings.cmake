# Settings of the x86 kernel that camkes-vm forces. The kernel is an installed one here: its prefix
# is checked, nothing is set.
