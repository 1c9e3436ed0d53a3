//! Values against the types of attributes and the shapes of keys.

use camkes_lang::ctypes::{CType, Width};
use camkes_lang::keys::Shape;
use camkes_lang::model::{Attribute, AttributeType};
use camkes_lang::{Diagnostic, Model, Span, Value, ValueKind};

use crate::number::parse_number;

/// What is wrong with a value: at which place in it, what was expected, and help.
pub(crate) struct Mismatch {
    pub span: Span,
    /// The place inside the value, such as `[2].mac_addr`; empty for the value itself.
    pub place: String,
    pub code: &'static str,
    pub message: String,
    /// What was given and what could have been meant by it.
    pub suggest: Option<(String, Vec<String>)>,
}

/// Whether a value fits. The error is boxed because nearly all values do.
pub(crate) type Fit = Result<(), Box<Mismatch>>;

impl Mismatch {
    /// A type error at a value.
    fn expected(value: &Value, expected: &str) -> Box<Self> {
        Box::new(Self {
            span: value.span,
            place: String::new(),
            code: "wrong-type",
            message: format!("expected {expected}, found {}", describe(value)),
            suggest: None,
        })
    }

    fn inside(mut self: Box<Self>, place: &str) -> Box<Self> {
        self.place.insert_str(0, place);
        self
    }

    /// The diagnostic for a setting of that name.
    pub fn diagnostic(self, name: &str) -> Diagnostic {
        let message = format!("`{name}{}`: {}", self.place, self.message);
        let diagnostic = Diagnostic::error(self.code, message).at(self.span);
        match &self.suggest {
            Some((given, names)) => diagnostic.suggest(given, names.iter().map(String::as_str)),
            None => diagnostic,
        }
    }
}

/// A value as messages call it: short ones are shown.
pub(crate) fn describe(value: &Value) -> String {
    match &value.kind {
        ValueKind::Integer(number) => format!("the integer {number}"),
        ValueKind::Float(number) => format!("the number {number:?}"),
        ValueKind::String(text) if text.chars().count() <= 40 => format!("the string \"{text}\""),
        _ => value.describe().to_owned(),
    }
}

/// Checks a value against an attribute's type; an array attribute takes a list.
pub(crate) fn fits_attribute(model: &Model, attribute: &Attribute, value: &Value) -> Fit {
    if !attribute.array {
        return fits_type(model, &attribute.ty, value);
    }
    let Some(items) = value.as_list() else {
        return Err(Mismatch::expected(value, "a list, since the attribute is an array"));
    };
    for (index, item) in items.iter().enumerate() {
        fits_type(model, &attribute.ty, item)
            .map_err(|error| error.inside(&format!("[{index}]")))?;
    }
    Ok(())
}

fn fits_type(model: &Model, ty: &AttributeType, value: &Value) -> Fit {
    match ty {
        AttributeType::Scalar(name, ty) => fits_scalar(name, *ty, value),
        AttributeType::List if value.as_list().is_none() => {
            Err(Mismatch::expected(value, "a list"))
        }
        AttributeType::Dict if value.as_dict().is_none() => {
            Err(Mismatch::expected(value, "a dictionary"))
        }
        AttributeType::Struct(id) => fits_struct(model, &model[*id].fields, value),
        // Not checked any further: a C type that is written down nowhere.
        AttributeType::List | AttributeType::Dict | AttributeType::Unknown(_) => Ok(()),
    }
}

fn fits_scalar(name: &str, ty: CType, value: &Value) -> Fit {
    match (ty, &value.kind) {
        (CType::String, ValueKind::String(_))
        | (CType::Float { .. }, ValueKind::Float(_) | ValueKind::Integer(_)) => Ok(()),
        (CType::Integer { width, signed }, ValueKind::Integer(number)) => {
            let bits = match width {
                Width::Bits(bits) => u32::from(bits),
                Width::Word => 64,
            };
            // A physical address such as 0xf9060000 is commonly kept in an `int`: both readings
            // of the bits are fine.
            let least = if signed { -(1_i128 << (bits - 1)) } else { 0 };
            if (least..1 << bits).contains(number) {
                Ok(())
            } else {
                let mut error = Mismatch::expected(value, &format!("a `{name}`"));
                error.code = "out-of-range";
                error.message = format!("{number} does not fit into {name} ({bits} bits)");
                Err(error)
            }
        }
        (CType::Bool, ValueKind::Integer(0 | 1)) => Ok(()),
        (CType::Char, ValueKind::Integer(0..=255)) => Ok(()),
        (CType::Char, ValueKind::String(text)) if text.len() == 1 => Ok(()),
        (CType::Struct(_), ValueKind::Dict(_)) => Ok(()),
        (ty, _) => Err(Mismatch::expected(value, &scalar(name, ty))),
    }
}

fn scalar(name: &str, ty: CType) -> String {
    match ty {
        CType::Integer { .. } => format!("an integer ({name})"),
        CType::Bool => "true or false".to_owned(),
        CType::Char => "a character".to_owned(),
        CType::Float { .. } => format!("a number ({name})"),
        CType::String => "a string".to_owned(),
        CType::Struct(_) => format!("a dictionary ({name})"),
    }
}

fn fits_struct(model: &Model, fields: &[Attribute], value: &Value) -> Fit {
    let names = || fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    let Some(entries) = value.as_dict() else {
        let expected = format!("a dictionary with the fields {}", names().join(", "));
        return Err(Mismatch::expected(value, &expected));
    };
    for (key, entry) in entries {
        let Some(field) = fields.iter().find(|field| field.name == key.text) else {
            return Err(unknown_field(key, names()));
        };
        fits_attribute(model, field, entry)
            .map_err(|error| error.inside(&format!(".{}", key.text)))?;
    }
    let missing =
        fields.iter().find(|field| field.default.is_none() && value.get(&field.name).is_none());
    match missing {
        Some(field) => Err(missing_field(value, &field.name)),
        None => Ok(()),
    }
}

fn unknown_field(key: &camkes_lang::value::Key, names: Vec<String>) -> Box<Mismatch> {
    Box::new(Mismatch {
        span: key.span,
        place: String::new(),
        code: "unknown-field",
        message: format!("there is no field `{}`; the fields are {}", key.text, names.join(", ")),
        suggest: Some((key.text.clone(), names)),
    })
}

fn missing_field(value: &Value, name: &str) -> Box<Mismatch> {
    Box::new(Mismatch {
        span: value.span,
        place: String::new(),
        code: "missing-field",
        message: format!("the field `{name}` is missing and has no default"),
        suggest: None,
    })
}

/// Checks a value against the shape of a declared key. `query` says that the value is the result of
/// a `dtb()` or `gpio()` query.
pub(crate) fn fits_shape(shape: &Shape, value: &Value, query: bool) -> Fit {
    match shape {
        Shape::Any => Ok(()),
        Shape::Query(name) if !query => {
            let expected = format!("a query: `{name}({{...}})`");
            Err(Mismatch::expected(value, &expected))
        }
        Shape::Query(_) => Ok(()),
        Shape::Int => match value.kind {
            ValueKind::Integer(_) => Ok(()),
            _ => Err(Mismatch::expected(value, "an integer")),
        },
        Shape::Bool => match value.kind {
            ValueKind::Integer(0 | 1) => Ok(()),
            _ => Err(Mismatch::expected(value, "true or false")),
        },
        Shape::Str => match value.kind {
            ValueKind::String(_) => Ok(()),
            _ => Err(Mismatch::expected(value, "a string")),
        },
        Shape::Literal(text) if value.as_str() == Some(text) => Ok(()),
        Shape::Literal(text) => Err(Mismatch::expected(value, &format!("\"{text}\""))),
        Shape::Text { fields, repeated } => match value.as_str() {
            Some(text) if fits_text(text, fields, *repeated) => Ok(()),
            _ => Err(Mismatch::expected(value, &text_format(fields, *repeated))),
        },
        Shape::List(shape) => match value.as_list() {
            Some(items) => elements(items.iter().map(|item| (shape.as_ref(), item)), query),
            None => Err(Mismatch::expected(value, "a list")),
        },
        Shape::Tuple(shapes) => match value.as_list() {
            Some(items) if items.len() == shapes.len() => elements(shapes.iter().zip(items), query),
            _ => {
                let expected = format!("a list of {} elements: {shape}", shapes.len());
                Err(Mismatch::expected(value, &expected))
            }
        },
        Shape::Dict(fields) => fits_dict(fields, value, query),
        Shape::OneOf(shapes) => one_of(shape, shapes, value, query),
    }
}

fn elements<'a>(pairs: impl Iterator<Item = (&'a Shape, &'a Value)>, query: bool) -> Fit {
    for (index, (shape, item)) in pairs.enumerate() {
        fits_shape(shape, item, query).map_err(|error| error.inside(&format!("[{index}]")))?;
    }
    Ok(())
}

fn fits_dict(fields: &[camkes_lang::keys::Field], value: &Value, query: bool) -> Fit {
    let names = || fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    let Some(entries) = value.as_dict() else {
        let expected = format!("a dictionary with the keys {}", names().join(", "));
        return Err(Mismatch::expected(value, &expected));
    };
    for (key, entry) in entries {
        let Some(field) = fields.iter().find(|field| field.name == key.text) else {
            return Err(unknown_field(key, names()));
        };
        fits_shape(&field.shape, entry, query)
            .map_err(|error| error.inside(&format!(".{}", key.text)))?;
    }
    let missing = fields.iter().find(|field| !field.optional && value.get(&field.name).is_none());
    match missing {
        Some(field) => Err(missing_field(value, &field.name)),
        None => Ok(()),
    }
}

/// A value that fits none of several shapes gets the message of the one that it fits best: the
/// one that it went furthest into.
fn one_of(whole: &Shape, shapes: &[Shape], value: &Value, query: bool) -> Fit {
    let mut deepest: Option<Box<Mismatch>> = None;
    for shape in shapes {
        match fits_shape(shape, value, query) {
            Ok(()) => return Ok(()),
            Err(error) if error.place.is_empty() && error.code == "wrong-type" => {}
            Err(error) => deepest = Some(error),
        }
    }
    Err(deepest.unwrap_or_else(|| Mismatch::expected(value, &format!("one of {whole}"))))
}

fn fits_text(text: &str, fields: &[String], repeated: bool) -> bool {
    let one = |item: &str| {
        let parts: Vec<&str> = item.split(':').collect();
        parts.len() == fields.len() && parts.iter().all(|part| parse_number(part).is_some())
    };
    if repeated { text.split(',').all(|item| one(item.trim())) } else { one(text) }
}

fn text_format(fields: &[String], repeated: bool) -> String {
    let one = fields.join(":");
    if repeated {
        format!("a string of the form \"{one},{one},...\"")
    } else {
        format!("a string of the form \"{one}\"")
    }
}

#[cfg(test)]
mod tests {
    use camkes_lang::keys::Shape;
    use camkes_lang::value::Key;
    use camkes_lang::{SourceMap, Span, Value, ValueKind};

    use super::fits_shape;

    fn span() -> Span {
        let mut sources = SourceMap::default();
        let file = sources.add(std::path::Path::new("a"), String::new);
        Span { file, start: 0, end: 0 }
    }

    fn value(kind: ValueKind) -> Value {
        Value { kind, span: span() }
    }

    fn text(text: &str) -> Value {
        value(ValueKind::String(text.to_owned()))
    }

    fn dict(entries: Vec<(&str, Value)>) -> Value {
        let entries = entries.into_iter();
        value(ValueKind::Dict(
            entries
                .map(|(key, value)| (Key { text: key.to_owned(), span: span() }, value))
                .collect(),
        ))
    }

    fn error(shape: &str, value: &Value) -> String {
        let shape = Shape::parse(shape).expect("a shape");
        match fits_shape(&shape, value, false) {
            Ok(()) => "fits".to_owned(),
            Err(error) => format!("{}: {}", error.place, error.message),
        }
    }

    #[test]
    fn scalars() {
        let two = value(ValueKind::Integer(2));
        assert_eq!(error("int", &two), "fits");
        assert_eq!(error("bool", &two), ": expected true or false, found the integer 2");
        assert_eq!(error("string", &two), ": expected a string, found the integer 2");
        assert_eq!(error("int", &text("x")), ": expected an integer, found the string \"x\"");
    }

    #[test]
    fn texts_of_numbers() {
        assert_eq!(error("text<paddr:bits>", &text("0x8040000:12")), "fits");
        assert_eq!(error("text<first:last,...>", &text("0x3f8:0x3ff,0x2f8:0x2ff")), "fits");
        assert_eq!(
            error("text<paddr:bits>", &text("0x8040000")),
            ": expected a string of the form \"paddr:bits\", found the string \"0x8040000\""
        );
    }

    #[test]
    fn a_mistake_inside_is_placed() {
        let entry = dict(vec![("drv", text("vm0.send")), ("dve", text("vm1.recv"))]);
        let list = value(ValueKind::List(vec![entry]));
        assert_eq!(
            error("[{drv: string, dev: string}]", &list),
            "[0]: there is no field `dve`; the fields are drv, dev"
        );
        let entry = dict(vec![("drv", text("vm0.send"))]);
        assert_eq!(
            error("{drv: string, dev: string}", &entry),
            ": the field `dev` is missing and has no default"
        );
    }

    #[test]
    fn alternatives() {
        assert_eq!(error("int | string", &text("a")), "fits");
        let list = value(ValueKind::List(vec![text("a")]));
        assert_eq!(error("int | [int]", &list), "[0]: expected an integer, found the string \"a\"");
        assert_eq!(
            error("int | bool", &text("a")),
            ": expected one of int | bool, found the string \"a\""
        );
    }
}
