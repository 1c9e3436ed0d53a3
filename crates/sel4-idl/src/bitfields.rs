//! Packed words: `*.pbf`.
//!
//! A file states a base (the word size) and then blocks. The fields of a block are listed from
//! its most significant bit down; the first word in memory comes last. A tagged union names the
//! field that tells its blocks apart.

use crate::error::{Error, Result};

/// The files of a prefix, below `libsel4/include`.
pub const FILES: [&str; 2] = ["sel4/shared_types.pbf", "sel4/sel4_arch/types.pbf"];

/// The content of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bitfields {
    /// Bits of a word.
    pub base: u32,
    /// The blocks in the order of the file.
    pub blocks: Vec<Block>,
    /// The tagged unions in the order of the file.
    pub unions: Vec<TaggedUnion>,
}

/// A packed structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Name.
    pub name: String,
    /// All its bits, padding included; a multiple of the base.
    pub bits: u32,
    /// Its fields, from the most significant one down.
    pub fields: Vec<Field>,
}

/// A field of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Lowest bit, counted from the block's least significant bit.
    pub offset: u32,
    /// Number of bits.
    pub width: u32,
    /// Whether the bits are the upper ones of a word-sized value.
    pub high: bool,
}

/// Blocks that share storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedUnion {
    /// Name.
    pub name: String,
    /// The field that holds the tag in every block.
    pub tag_field: String,
    /// Name of a block and its tag value.
    pub tags: Vec<(String, u64)>,
}

impl Bitfields {
    /// Reads a file; `file` is its name, for messages. The `mask` clauses of the kernel's own
    /// capability unions, which no prefix has, are not supported.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let mut this = Self::default();
        let mut words = Words::new(file, text);
        while let Some((line, word)) = words.next() {
            match word {
                "base" => this.base = words.number("the word size")?,
                "block" => {
                    let block = words.block()?;
                    if this.base == 0 || !block.bits.is_multiple_of(this.base) {
                        let found = format!("a block \"{}\" of {} bits", block.name, block.bits);
                        return Err(words.error(line, found, "a multiple of the base before it"));
                    }
                    this.blocks.push(block);
                }
                "tagged_union" => this.unions.push(words.tagged_union()?),
                _ => {
                    let found = format!("\"{word}\"");
                    return Err(words.error(line, found, "base, block or tagged_union"));
                }
            }
        }
        Ok(this)
    }

    /// The block with this name.
    pub fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }
}

impl Block {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The words of a file with their lines, comments left out. Braces are words.
struct Words<'a> {
    file: &'a str,
    words: std::vec::IntoIter<(u32, &'a str)>,
    last_line: u32,
}

impl<'a> Words<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        let words: Vec<_> = (1..)
            .zip(text.lines())
            .flat_map(|(number, line)| {
                let code = line.split_once("--").map_or(line, |(code, _)| code);
                code.split_whitespace().map(move |word| (number, word))
            })
            .collect();
        Self { file, words: words.into_iter(), last_line: 1 }
    }

    fn next(&mut self) -> Option<(u32, &'a str)> {
        let word = self.words.next();
        if let Some((line, _)) = word {
            self.last_line = line;
        }
        word
    }

    fn word(&mut self, expected: &'static str) -> Result<&'a str> {
        match self.next() {
            Some((_, word)) => Ok(word),
            None => Err(self.error(self.last_line, String::from("the end of the file"), expected)),
        }
    }

    fn number<T: core::str::FromStr>(&mut self, expected: &'static str) -> Result<T> {
        let word = self.word(expected)?;
        word.parse().map_err(|_| self.error(self.last_line, format!("\"{word}\""), expected))
    }

    fn open(&mut self) -> Result<()> {
        match self.word("{")? {
            "{" => Ok(()),
            other => Err(self.error(self.last_line, format!("\"{other}\""), "{")),
        }
    }

    fn block(&mut self) -> Result<Block> {
        let name = self.word("the name of a block")?.to_owned();
        let mut segments = Vec::new();
        self.open()?;
        loop {
            let (name, high) = match self.word("field, padding or }")? {
                "}" => break,
                "padding" => (None, false),
                "field" => (Some(self.word("the name of a field")?), false),
                "field_high" => (Some(self.word("the name of a field")?), true),
                other => {
                    let found = format!("\"{other}\"");
                    return Err(self.error(self.last_line, found, "field, padding or }"));
                }
            };
            segments.push((name, high, self.number::<u32>("a number of bits")?));
        }
        let bits = segments
            .iter()
            .try_fold(0_u32, |sum, (_, _, width)| sum.checked_add(*width))
            .ok_or_else(|| {
                let found = format!("a block \"{name}\" of more than 2^32 bits");
                self.error(self.last_line, found, "a smaller one")
            })?;
        let mut offset = bits;
        let mut fields = Vec::new();
        for (name, high, width) in segments {
            offset -= width;
            if let Some(name) = name {
                fields.push(Field { name: name.to_owned(), offset, width, high });
            }
        }
        Ok(Block { name, bits, fields })
    }

    fn tagged_union(&mut self) -> Result<TaggedUnion> {
        let name = self.word("the name of a tagged union")?.to_owned();
        let tag_field = self.word("the name of the tag field")?.to_owned();
        let mut tags = Vec::new();
        self.open()?;
        loop {
            match self.word("tag or }")? {
                "}" => break,
                "tag" => {
                    let block = self.word("the name of a block")?.to_owned();
                    tags.push((block, self.number("a tag value")?));
                }
                other => {
                    return Err(self.error(self.last_line, format!("\"{other}\""), "tag or }"));
                }
            }
        }
        Ok(TaggedUnion { name, tag_field, tags })
    }

    fn error(&self, line: u32, found: String, expected: &'static str) -> Error {
        Error::Unexpected { file: self.file.to_owned(), line, found, expected }
    }
}

#[cfg(test)]
#[path = "bitfields_test.rs"]
mod test;
