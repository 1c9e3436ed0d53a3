# expect: MakeCPIO(archive.o): CPIO_SYMBOL _archive: an archive is a file here
include(cpio)
MakeCPIO(archive.o "hello.camkes" CPIO_SYMBOL _archive)
