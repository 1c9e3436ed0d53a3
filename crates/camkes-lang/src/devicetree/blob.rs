//! The flattened form of a device tree (Devicetree Specification 0.4, section 5).
//!
//! Read here, and not by `dtoolkit` as elsewhere, since that refuses the property
//! names longer than 31 characters that Linux's trees have.

/// The first word of a blob.
const MAGIC: u32 = 0xd00d_feed;
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROP: u32 = 3;
const NOP: u32 = 4;
const END: u32 = 9;

/// A piece of the structure block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    BeginNode(&'a str),
    EndNode,
    Property(&'a str, &'a [u8]),
}

/// The structure block of a blob.
pub(super) struct Blob<'a> {
    structure: &'a [u8],
    strings: &'a [u8],
    at: usize,
}

impl<'a> Blob<'a> {
    /// Reads the header.
    pub fn new(bytes: &'a [u8]) -> Result<Self, String> {
        let word = |index: usize| {
            read_word(bytes, 4 * index).ok_or_else(|| "it is too short for a header".to_owned())
        };
        if word(0)? != MAGIC {
            return Err(format!("it does not begin with {MAGIC:#x}"));
        }
        let (version, last_compatible) = (word(5)?, word(6)?);
        if version < 16 || last_compatible > 17 {
            return Err(format!("its format is version {version}, not 17"));
        }
        let total = size(word(1)?);
        let bytes = bytes
            .get(..total)
            .ok_or_else(|| format!("it says to have {total} bytes, and has {}", bytes.len()))?;
        let block = |offset: u32, name: &str| {
            bytes.get(size(offset)..).ok_or_else(|| format!("its {name} block is outside of it"))
        };
        Ok(Self {
            structure: block(word(2)?, "structure")?,
            strings: block(word(3)?, "strings")?,
            at: 0,
        })
    }

    /// The next piece; nothing at the end.
    pub fn next(&mut self) -> Result<Option<Piece<'a>>, String> {
        loop {
            let token = self.word()?;
            return match token {
                NOP => continue,
                END => Ok(None),
                END_NODE => Ok(Some(Piece::EndNode)),
                BEGIN_NODE => {
                    let name = text(self.structure.get(self.at..).unwrap_or_default())
                        .ok_or_else(|| self.damaged("a node's name"))?;
                    self.skip(name.len() + 1);
                    Ok(Some(Piece::BeginNode(name)))
                }
                PROP => {
                    let length = size(self.word()?);
                    let name = size(self.word()?);
                    let value = self
                        .at
                        .checked_add(length)
                        .and_then(|end| self.structure.get(self.at..end))
                        .ok_or_else(|| self.damaged("a property's value"))?;
                    self.skip(length);
                    let name = self
                        .strings
                        .get(name..)
                        .and_then(text)
                        .ok_or_else(|| self.damaged("a property's name"))?;
                    Ok(Some(Piece::Property(name, value)))
                }
                _ => Err(self.damaged("a token")),
            };
        }
    }

    fn word(&mut self) -> Result<u32, String> {
        let word = read_word(self.structure, self.at).ok_or_else(|| self.damaged("its end"))?;
        self.at += 4;
        Ok(word)
    }

    /// Goes over bytes and on to the next word.
    fn skip(&mut self, length: usize) {
        self.at = (self.at + length).next_multiple_of(4);
    }

    fn damaged(&self, what: &str) -> String {
        format!("{what} is damaged near byte {} of its structure", self.at)
    }
}

fn read_word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(word.try_into().ok()?))
}

/// The text up to a zero byte.
fn text(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&bytes[..end]).ok()
}

fn size(word: u32) -> usize {
    usize::try_from(word).unwrap_or(usize::MAX)
}
