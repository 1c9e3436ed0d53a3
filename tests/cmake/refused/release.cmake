# settings: -DRELEASE=maybe
# expect: RELEASE is 'maybe' (expected ON or OFF)
DeclareCAmkESRootserver(hello.camkes)
