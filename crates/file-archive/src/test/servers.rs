use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{archive, entry};
use crate::archive::Archive;
use crate::errno::Errno;
use crate::server::flags::*;
use crate::server::whence::*;
use crate::server::{DESCRIPTORS, Descriptors, Location};

fn bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    entry(&mut bytes, b"etc", 0o040_755, b"");
    entry(&mut bytes, b"link", 0o120_777, b"hello");
    bytes.extend(archive(&[("hello", b"Hello, world"), ("empty", b"")]));
    bytes
}

#[test]
fn files_are_read_piece_by_piece() {
    let bytes = bytes();
    let mut files = Descriptors::new(Archive::new(&bytes));
    let one = files.open(b"hello", O_RDONLY).unwrap();
    let two = files.open(b"hello", O_RDONLY).unwrap();
    assert_eq!((one, two), (3, 4));
    assert_eq!(files.read(one, 5), Ok(b"Hello".as_slice()));
    assert_eq!(files.read(two, 2), Ok(b"He".as_slice()));
    assert_eq!(files.read(one, usize::MAX), Ok(b", world".as_slice()));
    assert_eq!(files.read(one, 1), Ok(b"".as_slice()));
    assert_eq!(files.close(one), Ok(()));
    assert_eq!(files.open(b"empty", O_RDONLY), Ok(one));
    assert_eq!(files.read(one, 9), Ok(b"".as_slice()));
}

#[test]
fn seeking_is_that_of_lseek() {
    let bytes = bytes();
    let mut files = Descriptors::new(Archive::new(&bytes));
    let fd = files.open(b"hello", O_RDONLY).unwrap();
    assert_eq!(files.seek(fd, -5, SEEK_END), Ok(7));
    assert_eq!(files.read(fd, 9), Ok(b"world".as_slice()));
    assert_eq!(files.seek(fd, -12, SEEK_CUR), Ok(0));
    assert_eq!(files.seek(fd, 100, SEEK_SET), Ok(100));
    assert_eq!(files.read(fd, 9), Ok(b"".as_slice()));
    assert_eq!(files.seek(fd, 0, SEEK_CUR), Ok(100));
    assert_eq!(files.seek(fd, -101, SEEK_CUR), Err(Errno::EINVAL));
    assert_eq!(files.seek(fd, i64::MAX, SEEK_CUR), Err(Errno::EOVERFLOW));
    assert_eq!(files.seek(fd, i64::MIN, SEEK_END), Err(Errno::EINVAL));
    assert_eq!(files.seek(fd, 0, 3), Err(Errno::EINVAL));
    assert_eq!(files.seek(fd, 0, SEEK_CUR), Ok(100), "what is refused moves nothing");
    assert_eq!(files.seek(fd, i64::MAX, SEEK_SET), Ok(i64::MAX));
    assert_eq!(files.read(fd, 9), Ok(b"".as_slice()));
}

#[test]
fn flags_and_names_are_checked() {
    let bytes = bytes();
    let mut files = Descriptors::new(Archive::new(&bytes));
    for (name, flags, error) in [
        ("absent", O_RDONLY, Errno::ENOENT),
        ("", O_RDONLY, Errno::ENOENT),
        ("hello2", O_WRONLY, Errno::ENOENT),
        ("hello", O_WRONLY, Errno::EROFS),
        ("hello", O_RDWR, Errno::EROFS),
        ("hello", O_TRUNC, Errno::EROFS),
        ("absent", O_CREAT, Errno::EROFS),
        ("hello", O_CREAT | O_EXCL, Errno::EEXIST),
        ("hello", O_DIRECTORY, Errno::ENOTDIR),
        ("etc", O_RDONLY, Errno::EISDIR),
        ("link", O_RDONLY, Errno::EACCES),
        ("TRAILER!!!", O_RDONLY, Errno::ENOENT),
    ] {
        assert_eq!(files.open(name.as_bytes(), flags), Err(error), "{name} {flags:o}");
    }
    assert_eq!(files.open(&[b'a'; 256], 0), Err(Errno::ENAMETOOLONG));
    assert_eq!(files.open(b"hello", O_CREAT), Ok(3));
    let Location { offset, size } = files.locate(b"hello").unwrap();
    assert_eq!((size, offset % 4), (12, 0));
    assert_eq!(files.locate(b"etc"), Err(Errno::EISDIR));
    assert_eq!(files.locate(b"hell"), Err(Errno::ENOENT));
}

#[test]
fn descriptors_are_counted_and_checked() {
    let bytes = bytes();
    let mut files = Descriptors::new(Archive::new(&bytes));
    let all: Vec<_> = (0..DESCRIPTORS).map(|_| files.open(b"hello", 0).unwrap()).collect();
    assert_eq!(files.open(b"hello", 0), Err(Errno::EMFILE));
    let mut other = Descriptors::new(Archive::new(&bytes));
    assert_eq!(other.read(all[0], 1), Err(Errno::EBADF), "another client's");
    assert_eq!(files.close(all[5]), Ok(()));
    assert_eq!(files.close(all[5]), Err(Errno::EBADF));
    assert_eq!(files.open(b"hello", 0), Ok(all[5]));
    for fd in [-1, 0, 2, 35, i32::MIN, i32::MAX] {
        assert_eq!(files.read(fd, 1), Err(Errno::EBADF), "{fd}");
        assert_eq!(files.seek(fd, 0, 0), Err(Errno::EBADF), "{fd}");
        assert_eq!(files.close(fd), Err(Errno::EBADF), "{fd}");
    }
}

#[derive(Clone, Debug)]
enum Call {
    Open(bool),
    Read(i32, usize),
    Seek(i32, i64, i32),
    Close(i32),
}

proptest! {
    #[test]
    fn any_calls_do_what_a_simple_model_does(calls in proptest::collection::vec(prop_oneof![
        any::<bool>().prop_map(Call::Open),
        (1..8, 0..20_usize).prop_map(|(fd, size)| Call::Read(fd, size)),
        (1..8, -30..30_i64, -1..4).prop_map(|(fd, offset, whence)| Call::Seek(fd, offset, whence)),
        (1..8).prop_map(Call::Close),
    ], 0..60)) {
        let contents: [&[u8]; 2] = [b"Hello, world", b""];
        let bytes = bytes();
        let mut files = Descriptors::new(Archive::new(&bytes));
        let mut model: Vec<Option<(usize, i64)>> = vec![None; DESCRIPTORS + 3];
        let known = |model: &[Option<(usize, i64)>], fd: i32| model[usize::try_from(fd).unwrap()];
        for call in calls {
            match call {
                Call::Open(first) => {
                    let fd = (3..).find(|fd| known(&model, *fd).is_none()).unwrap();
                    if fd < 8 {
                        let name = if first { b"hello" } else { b"empty" };
                        prop_assert_eq!(files.open(name, 0), Ok(fd));
                        model[usize::try_from(fd).unwrap()] = Some((usize::from(!first), 0));
                    }
                }
                Call::Read(fd, size) => match known(&model, fd) {
                    None => prop_assert_eq!(files.read(fd, size), Err(Errno::EBADF)),
                    Some((file, at)) => {
                        let rest = contents[file].get(usize::try_from(at).unwrap()..).unwrap_or(&[]);
                        let expected = &rest[..size.min(rest.len())];
                        prop_assert_eq!(files.read(fd, size), Ok(expected));
                        let at = at + i64::try_from(expected.len()).unwrap();
                        model[usize::try_from(fd).unwrap()] = Some((file, at));
                    }
                },
                Call::Seek(fd, offset, whence) => {
                    let expected = known(&model, fd).ok_or(Errno::EBADF).and_then(|(file, at)| {
                        let to = offset + match whence {
                            0 => 0,
                            1 => at,
                            2 => i64::try_from(contents[file].len()).unwrap(),
                            _ => return Err(Errno::EINVAL),
                        };
                        if to < 0 { Err(Errno::EINVAL) } else { Ok((file, to)) }
                    });
                    prop_assert_eq!(files.seek(fd, offset, whence), expected.map(|(_, to)| to));
                    if let Ok(moved) = expected {
                        model[usize::try_from(fd).unwrap()] = Some(moved);
                    }
                }
                Call::Close(fd) => {
                    let expected = known(&model, fd).map(|_| ()).ok_or(Errno::EBADF);
                    prop_assert_eq!(files.close(fd), expected);
                    model[usize::try_from(fd).unwrap()] = None;
                }
            }
        }
    }
}
