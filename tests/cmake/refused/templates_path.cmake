# expect: CAmkESAddTemplatesPath: there are no templates here
CAmkESAddTemplatesPath(templates)
