# expect: DeclareCAmkESARMVM declares those of ARM
DeclareCAmkESVM(Init0)
