//! The file server: names and descriptors are looked up in the archive that the image brings, which
//! is mapped and copied nowhere.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;

use component::{Caller, Runtime};
use file_archive::archive::Archive;
use file_archive::errno::Errno;
use file_archive::server::{Descriptors, Location};

component::include_interfaces!();

/// For each client its descriptors.
struct FileServer(Vec<Descriptors<'static>>);

impl FileServer {
    fn of(&mut self, caller: Caller) -> Result<&mut Descriptors<'static>, Errno> {
        self.0.get_mut(caller.index()).ok_or(Errno::EBADF)
    }

    fn read(&mut self, caller: Caller, descriptor: i32, size: usize) -> Result<usize, Errno> {
        let buffer = caller.buffer().ok_or(Errno::EINVAL)?;
        let bytes = self.of(caller)?.read(descriptor, size.min(buffer.len()))?;
        buffer.write(0, bytes).map_err(|_| Errno::EINVAL)?;
        Ok(bytes.len())
    }
}

impl Component for FileServer {
    fn new(interfaces: Interfaces) -> Self {
        let archive = Archive::new(Runtime::new().archive().unwrap_or(Archive::EMPTY));
        Self(vec![Descriptors::new(archive); interfaces.fs_ctrl.len()])
    }

    fn fs_ctrl_open(&mut self, caller: Caller, name: &str, flags: i32) -> i32 {
        let opened = self.of(caller).and_then(|own| own.open(name.as_bytes(), flags));
        opened.unwrap_or_else(Errno::returned)
    }

    fn fs_ctrl_read(&mut self, caller: Caller, fd: i32, size: usize) -> isize {
        let read = self.read(caller, fd, size);
        read.map_or_else(|errno| errno.returned() as isize, usize::cast_signed)
    }

    fn fs_ctrl_seek(&mut self, caller: Caller, fd: i32, offset: i64, whence: i32) -> i64 {
        let moved = self.of(caller).and_then(|own| own.seek(fd, offset, whence));
        moved.unwrap_or_else(|errno| errno.returned().into())
    }

    fn fs_ctrl_close(&mut self, caller: Caller, fd: i32) -> i32 {
        let closed = self.of(caller).and_then(|own| own.close(fd));
        closed.map_or_else(Errno::returned, |()| 0)
    }

    fn fs_ctrl_stat(&mut self, caller: Caller, name: &str) -> i64 {
        let found = self.of(caller).and_then(|own| own.locate(name.as_bytes()));
        found.map_or_else(|errno| errno.returned().into(), |file| file.size.cast_signed())
    }

    fn fs_ctrl_locate(&mut self, caller: Caller, name: &str) -> (i32, u64, u64) {
        match self.of(caller).and_then(|own| own.locate(name.as_bytes())) {
            Ok(Location { offset, size }) => (0, offset, size),
            Err(errno) => (errno.returned(), 0, 0),
        }
    }
}

component::main!(FileServer);
