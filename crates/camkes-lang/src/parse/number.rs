//! Numeric expressions, evaluated as they are read.
//!
//! Integers are exact; division rounds down and the remainder has the
//! divisor's sign, as in Python, which the C tool is written in. Logical and
//! comparison operators give 0 or 1.

use chumsky::pratt::{infix, left};
use chumsky::prelude::*;

use super::basic::mark;
use super::{Parse, Places};
use crate::lexer::Token;
use crate::value::{Value, ValueKind};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Integer(i128),
    Float(f64),
}

/// A number, or why there is none.
type Evaluated = Result<Number, String>;

/// A numeric expression.
pub(super) fn number<'t>(places: Places<'t>) -> impl Parse<'t, Value> {
    expression()
        .validate(|result, extra, emitter| {
            result.unwrap_or_else(|reason| {
                emitter.emit(Rich::custom(extra.span(), reason));
                Number::Integer(0)
            })
        })
        .map_with(move |number, extra| Value {
            kind: match number {
                Number::Integer(value) => ValueKind::Integer(value),
                Number::Float(value) => ValueKind::Float(value),
            },
            span: places.span(extra.span()),
        })
}

fn expression<'t>() -> impl Parse<'t, Evaluated> {
    recursive(|expression| {
        let atom = choice((
            select! {
                Token::Number(text) => literal(text),
                Token::Keyword("true" | "True") => Ok(Number::Integer(1)),
                Token::Keyword("false" | "False") => Ok(Number::Integer(0)),
            },
            expression.clone().delimited_by(mark("("), mark(")")),
        ))
        .labelled("a number");
        let sign = select! { Token::Mark(sign @ ("-" | "+" | "!" | "~")) => sign };
        let unary = sign.repeated().collect::<Vec<&str>>().then(atom).map(|(signs, atom)| {
            signs.into_iter().rev().fold(atom, |value, sign| apply_unary(sign, value?))
        });
        let operator = |level, symbol: &'static str| {
            infix(left(level), mark(symbol), move |a: Evaluated, (), b: Evaluated, _| {
                apply(symbol, a?, b?)
            })
        };
        let binary = unary
            .labelled("a number")
            .pratt((
                (operator(10, "*"), operator(10, "/"), operator(10, "%"), operator(10, "**")),
                (operator(9, "+"), operator(9, "-")),
                (operator(8, "<<"), operator(8, ">>")),
                (operator(7, "<"), operator(7, "<="), operator(7, ">"), operator(7, ">=")),
                (operator(6, "=="), operator(6, "!=")),
                operator(5, "&"),
                operator(4, "^"),
                operator(3, "|"),
                operator(2, "&&"),
                operator(1, "||"),
            ))
            .boxed();
        let branches =
            mark("?").ignore_then(expression).then_ignore(mark(":")).then(binary.clone());
        binary.then(branches.or_not()).map(|(condition, branches)| match branches {
            Some((yes, no)) => {
                if truth(condition?) {
                    yes
                } else {
                    no
                }
            }
            None => condition,
        })
    })
}

fn literal(text: &str) -> Evaluated {
    let too_large = |_| format!("the number {text} is too large");
    if let Some(digits) = text.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).map(Number::Integer).map_err(too_large);
    }
    if text.contains('.') {
        return text.parse().map(Number::Float).map_err(|_| format!("{text} is not a number"));
    }
    if text.len() > 1 && text.starts_with('0') && text.bytes().any(|digit| digit != b'0') {
        return Err(format!("{text} has a leading zero: octal numbers are not supported"));
    }
    text.parse().map(Number::Integer).map_err(too_large)
}

fn truth(number: Number) -> bool {
    match number {
        Number::Integer(value) => value != 0,
        Number::Float(value) => value != 0.0,
    }
}

fn apply_unary(sign: &str, number: Number) -> Evaluated {
    let overflow = || format!("the result of `{sign}` is too large");
    Ok(match (sign, number) {
        ("-", Number::Integer(value)) => Number::Integer(value.checked_neg().ok_or_else(overflow)?),
        ("-", Number::Float(value)) => Number::Float(-value),
        ("!", value) => Number::Integer(i128::from(!truth(value))),
        ("~", Number::Integer(value)) => Number::Integer(!value),
        ("~", Number::Float(_)) => return Err("`~` needs an integer".to_owned()),
        (_, value) => value,
    })
}

fn apply(symbol: &str, a: Number, b: Number) -> Evaluated {
    let flag = |value: bool| Ok(Number::Integer(i128::from(value)));
    match symbol {
        "&&" => return flag(truth(a) && truth(b)),
        "||" => return flag(truth(a) || truth(b)),
        _ => {}
    }
    match (a, b) {
        (Number::Integer(a), Number::Integer(b)) => integers(symbol, a, b),
        (Number::Float(a), Number::Float(b)) => floats(symbol, a, b),
        (Number::Integer(a), Number::Float(b)) => floats(symbol, to_float(a), b),
        (Number::Float(a), Number::Integer(b)) => floats(symbol, a, to_float(b)),
    }
}

/// An integer as a floating point number, rounded as C and Python round it.
#[expect(clippy::cast_precision_loss, reason = "rounding is what is meant")]
fn to_float(value: i128) -> f64 {
    value as f64
}

fn integers(symbol: &str, a: i128, b: i128) -> Evaluated {
    let flag = |value: bool| Some(i128::from(value));
    if matches!(symbol, "/" | "%") && b == 0 {
        return Err("division by zero".to_owned());
    }
    if matches!(symbol, "<<" | ">>") && b < 0 {
        return Err(format!("shift by a negative number, {b}"));
    }
    if symbol == "**" && b < 0 {
        return Ok(Number::Float(to_float(a).powf(to_float(b))));
    }
    let result = match symbol {
        "*" => a.checked_mul(b),
        "/" => a.checked_div_euclid(b).and_then(|q| floor_quotient(a, b, q)),
        "%" => a.checked_rem_euclid(b).map(|r| if r != 0 && b < 0 { r + b } else { r }),
        "**" => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "<<" => shift_left(a, b),
        ">>" => Some(a >> b.min(127)),
        "<" => flag(a < b),
        "<=" => flag(a <= b),
        ">" => flag(a > b),
        ">=" => flag(a >= b),
        "==" => flag(a == b),
        "!=" => flag(a != b),
        "&" => Some(a & b),
        "^" => Some(a ^ b),
        _ => Some(a | b),
    };
    result
        .map(Number::Integer)
        .ok_or_else(|| format!("the result of {a} {symbol} {b} is too large"))
}

/// Rust's Euclidean quotient differs from the rounded-down one by one if the
/// divisor is negative and there is a remainder.
fn floor_quotient(a: i128, b: i128, euclidean: i128) -> Option<i128> {
    if b < 0 && a.rem_euclid(b) != 0 { euclidean.checked_sub(1) } else { Some(euclidean) }
}

fn shift_left(a: i128, b: i128) -> Option<i128> {
    let shifted = a.checked_shl(u32::try_from(b).ok()?)?;
    (shifted >> b == a).then_some(shifted)
}

fn floats(symbol: &str, a: f64, b: f64) -> Evaluated {
    let flag = |value: bool| Ok(Number::Integer(i128::from(value)));
    #[expect(clippy::float_cmp, reason = "`==` of the language is exact")]
    match symbol {
        "*" => Ok(Number::Float(a * b)),
        "/" | "%" if b == 0.0 => Err("division by zero".to_owned()),
        "/" => Ok(Number::Float(a / b)),
        "%" => Ok(Number::Float(a - b * (a / b).floor())),
        "**" => Ok(Number::Float(a.powf(b))),
        "+" => Ok(Number::Float(a + b)),
        "-" => Ok(Number::Float(a - b)),
        "<" => flag(a < b),
        "<=" => flag(a <= b),
        ">" => flag(a > b),
        ">=" => flag(a >= b),
        "==" => flag(a == b),
        "!=" => flag(a != b),
        _ => Err(format!("`{symbol}` needs integers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(text: &str) -> Evaluated {
        let tokens: Vec<Token<'_>> =
            crate::lexer::tokens(text).into_iter().map(|(token, _)| token).collect();
        // The borrow of the tokens ends with this statement.
        let result = expression().then_ignore(end()).parse(tokens.as_slice()).into_output();
        result.expect("an expression")
    }

    #[test]
    fn operators_bind_as_in_c() {
        for (text, value) in [
            ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9),
            ("1 << 27", 1 << 27),
            ("0x1fffffff & ~0x1fffe", 0x1ffe_0001),
            ("1 ? 2 : 3", 2),
            ("0 ? 2 : 3", 3),
            ("1 || 0 && 0", 1),
            ("- - 5", 5),
            ("!3 + ~0", -1),
            ("7 == 7 != 0", 1),
            ("1 | 6 ^ 2 & 3", 5),
            ("2 * 3 ** 2", 36),
            ("true + True + false", 2),
        ] {
            assert_eq!(evaluate(text), Ok(Number::Integer(value)), "{text}");
        }
    }

    #[test]
    fn division_rounds_down() {
        for (text, value) in [
            ("7 / 2", 3),
            ("-7 / 2", -4),
            ("7 / -2", -4),
            ("-7 / -2", 3),
            ("7 % 3", 1),
            ("-7 % 3", 2),
            ("7 % -3", -2),
            ("-7 % -3", -1),
            ("6 / -3", -2),
        ] {
            assert_eq!(evaluate(text), Ok(Number::Integer(value)), "{text}");
        }
        assert_eq!(evaluate("1 / 2.0"), Ok(Number::Float(0.5)));
    }

    #[test]
    fn what_has_no_value_says_why() {
        for (text, reason) in [
            ("1 / 0", "division by zero"),
            ("1 << -1", "shift by a negative number, -1"),
            ("010", "010 has a leading zero: octal numbers are not supported"),
            ("1.5 & 1", "`&` needs integers"),
            ("2 ** 200", "the result of 2 ** 200 is too large"),
            ("1 << 4000", "the result of 1 << 4000 is too large"),
        ] {
            assert_eq!(evaluate(text), Err(reason.to_owned()), "{text}");
        }
    }
}
