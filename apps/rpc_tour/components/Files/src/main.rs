//! Reads files of two servers, through shared memory and in place.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use exam::Exam;
use file_client::{Errno, Error, FileServer};

component::include_interfaces!();

/// `O_WRONLY`
const WRITE: i32 = 1;
/// The lines of lines.txt.
const LINE: &[u8] = b"0123456789abcde\n";

struct Files(Interfaces);

impl Component for Files {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let Interfaces { verdicts, fs, other, .. } = &self.0;
        let exam = Exam(|check: &str, failure: &str| verdicts.report(check, failure).unwrap());
        verdicts.begin().unwrap();

        let (server, library) = (FileServer::new(**fs), FileServer::new(**other));
        let hello = server.read("hello.txt", 100);
        exam.same("a file", hello.as_deref(), Ok(b"Hello from the file server\n".as_slice()));
        let book = library.read("hello.txt", 100);
        exam.same(
            "another server's file",
            book.as_deref(),
            Ok(b"A book of the library\n".as_slice()),
        );
        let expected = LINE.repeat(1280);
        let lines = server.read("lines.txt", 1 << 20);
        exam.holds("a file larger than the shared memory", lines.as_ref() == Ok(&expected));
        exam.same("its size", server.size("lines.txt"), Ok(1280 * 16));
        let seen = server.in_place("lines.txt");
        exam.holds("a file in place", seen == Ok(Some(expected.as_slice())));
        exam.same("no place without the key", library.in_place("hello.txt"), Ok(None));

        let absent = Err(Error::Refused(Errno::ENOENT));
        exam.same("a file that the other server has", library.read("lines.txt", 1 << 20), absent);
        exam.same("nothing is written", fs.open("hello.txt", WRITE), Ok(Errno::EROFS.returned()));
        exam.same("no such descriptor", fs.close(3), Ok(Errno::EBADF.returned()));
        exam.same("no such place", fs.seek(3, 0, 7), Ok(Errno::EBADF.returned().into()));

        verdicts.end().unwrap();
    }
}

component::main!(Files);
