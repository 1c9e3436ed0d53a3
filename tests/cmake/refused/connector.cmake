# expect: DeclareCAmkESConnector(seL4Mine): connectors are made by the tool
DeclareCAmkESConnector(seL4Mine FROM a.c TO b.c)
