# expect: declares no assembly: call DeclareCAmkESRootserver(<file.camkes>)
