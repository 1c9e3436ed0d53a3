//! The types of configuration values, in a notation of their own.
//!
//! ```text
//! int  bool  string  any          a number (expressions are evaluated), 0/1/true/false, a text, anything
//! dtb  gpio                       the result of a dtb(..) or gpio(..) query
//! "arm"                           exactly this text
//! text<paddr:bits>                a text of integers between colons: "0x8040000:12"
//! text<first:last,...>            the same, several times, between commas: "0x3f8:0x3ff,0x2f8:0x2ff"
//! [int]                           a list
//! (int, int)                      a list of exactly these
//! {name: string, badge?: string}  a dictionary; ? marks what may be left out
//! int | string                    either
//! ```

use std::fmt;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An integer.
    Int,
    /// `true`, `false`, 0 or 1: booleans are integers in the language.
    Bool,
    /// A text.
    Str,
    /// Anything.
    Any,
    /// The result of a query, by its name: `dtb`, `gpio`.
    Query(String),
    /// Exactly this text.
    Literal(String),
    /// A text of integers between colons, with the name of each; `repeated` ones are separated by commas.
    Text {
        /// What each integer is.
        fields: Vec<String>,
        /// Whether there may be several, separated by commas.
        repeated: bool,
    },
    /// A list of any length.
    List(Box<Shape>),
    /// A list with exactly these elements.
    Tuple(Vec<Shape>),
    /// A dictionary.
    Dict(Vec<Field>),
    /// One of several.
    OneOf(Vec<Shape>),
}

/// A member of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub name: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// The type of its value.
    pub shape: Shape,
}

/// A mistake in the notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeError {
    text: String,
    at: usize,
    expected: &'static str,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "shape `{}`: expected {} at `{}`",
            self.text,
            self.expected,
            &self.text[self.at..]
        )
    }
}

impl std::error::Error for ShapeError {}

impl Shape {
    /// Reads the notation of this module.
    ///
    /// # Errors
    /// If the text isn't in the notation.
    pub fn parse(text: &str) -> Result<Self, ShapeError> {
        let mut reader = Reader { text, at: 0 };
        let shape = reader.one_of()?;
        match reader.rest() {
            "" => Ok(shape),
            _ => Err(reader.error("the end")),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |shapes: &[Self], with: &str| {
            shapes.iter().map(Self::to_string).collect::<Vec<_>>().join(with)
        };
        match self {
            Self::Int => f.write_str("int"),
            Self::Bool => f.write_str("bool"),
            Self::Str => f.write_str("string"),
            Self::Any => f.write_str("any"),
            Self::Query(name) => f.write_str(name),
            Self::Literal(text) => write!(f, "\"{text}\""),
            Self::Text { fields, repeated } => {
                write!(f, "text<{}{}>", fields.join(":"), if *repeated { ",..." } else { "" })
            }
            Self::List(item) => write!(f, "[{item}]"),
            Self::Tuple(items) => write!(f, "({})", join(items, ", ")),
            Self::OneOf(shapes) => f.write_str(&join(shapes, " | ")),
            Self::Dict(fields) => {
                let field = |field: &Field| {
                    format!(
                        "{}{}: {}",
                        field.name,
                        if field.optional { "?" } else { "" },
                        field.shape
                    )
                };
                write!(f, "{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        &self.text[self.at..]
    }

    fn error(&self, expected: &'static str) -> ShapeError {
        ShapeError { text: self.text.into(), at: self.at, expected }
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn expect(&mut self, token: &'static str) -> Result<(), ShapeError> {
        if self.eat(token) { Ok(()) } else { Err(self.error(token)) }
    }

    fn name(&mut self) -> Result<&'t str, ShapeError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end == 0 {
            return Err(self.error("a name"));
        }
        self.at += end;
        Ok(&rest[..end])
    }

    fn one_of(&mut self) -> Result<Shape, ShapeError> {
        let mut shapes = vec![self.single()?];
        while self.eat("|") {
            shapes.push(self.single()?);
        }
        Ok(if shapes.len() == 1 { shapes.remove(0) } else { Shape::OneOf(shapes) })
    }

    fn single(&mut self) -> Result<Shape, ShapeError> {
        if self.eat("[") {
            let item = self.one_of()?;
            self.expect("]")?;
            return Ok(Shape::List(Box::new(item)));
        }
        if self.eat("(") {
            let mut items = vec![self.one_of()?];
            while self.eat(",") {
                items.push(self.one_of()?);
            }
            self.expect(")")?;
            return Ok(Shape::Tuple(items));
        }
        if self.eat("{") {
            let mut fields = vec![self.field()?];
            while self.eat(",") {
                fields.push(self.field()?);
            }
            self.expect("}")?;
            return Ok(Shape::Dict(fields));
        }
        if self.eat("\"") {
            let Some(length) = self.text[self.at..].find('"') else {
                return Err(self.error("a closing quote"));
            };
            let literal = &self.text[self.at..self.at + length];
            self.at += length + 1;
            return Ok(Shape::Literal(literal.into()));
        }
        let start = self.at;
        match self.name()? {
            "int" => Ok(Shape::Int),
            "bool" => Ok(Shape::Bool),
            "string" => Ok(Shape::Str),
            "any" => Ok(Shape::Any),
            query @ ("dtb" | "gpio") => Ok(Shape::Query(query.into())),
            "text" => self.text_fields(),
            _ => {
                self.at = start;
                Err(self.error("a type"))
            }
        }
    }

    fn field(&mut self) -> Result<Field, ShapeError> {
        let name = self.name()?.into();
        let optional = self.eat("?");
        self.expect(":")?;
        Ok(Field { name, optional, shape: self.one_of()? })
    }

    fn text_fields(&mut self) -> Result<Shape, ShapeError> {
        self.expect("<")?;
        let mut fields = vec![self.name()?.into()];
        while self.eat(":") {
            fields.push(self.name()?.into());
        }
        let repeated = self.eat(",...");
        self.expect(">")?;
        Ok(Shape::Text { fields, repeated })
    }
}
