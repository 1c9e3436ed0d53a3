//! Conditions over configuration keys, in the syntax of `#[cfg]`.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Lit, Result, Token, parenthesized};

use crate::config::{Value, lookup};

/// A parsed condition.
#[derive(Debug)]
pub(crate) enum Condition {
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// A switch.
    Key(Ident),
    /// A key that isn't a switch, and the value it has to have.
    Equal(Ident, Lit),
}

impl Parse for Condition {
    fn parse(input: ParseStream) -> Result<Self> {
        let key: Ident = input.parse()?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Self::Equal(key, input.parse()?));
        }
        if !input.peek(syn::token::Paren) {
            return Ok(Self::Key(key));
        }
        let content;
        parenthesized!(content in input);
        let mut operands: Vec<Self> =
            Punctuated::<Self, Token![,]>::parse_terminated(&content)?.into_iter().collect();
        match key.to_string().as_str() {
            "all" => Ok(Self::All(operands)),
            "any" => Ok(Self::Any(operands)),
            "not" if operands.len() == 1 => Ok(Self::Not(Box::new(operands.remove(0)))),
            "not" => Err(Error::new(key.span(), "`not` takes exactly one condition")),
            other => Err(Error::new(
                key.span(),
                format!("`{other}` isn't an operator; expected `all`, `any` or `not`"),
            )),
        }
    }
}

impl Condition {
    /// Evaluates the condition. Every key in it must exist, decided or not.
    pub(crate) fn holds(&self) -> Result<bool> {
        match self {
            Self::Not(operand) => Ok(!operand.holds()?),
            Self::All(operands) => operands.iter().try_fold(true, |acc, c| Ok(c.holds()? && acc)),
            Self::Any(operands) => operands.iter().try_fold(false, |acc, c| Ok(c.holds()? || acc)),
            Self::Key(key) => match lookup(key)? {
                Value::Bool(value) => Ok(value),
                Value::Text(value) => Err(Error::new(
                    key.span(),
                    format!("`{key}` is {value:?}, not a switch; write `{key} = {value:?}`"),
                )),
            },
            Self::Equal(key, literal) => match (lookup(key)?, literal) {
                (Value::Text(value), Lit::Str(wanted)) => Ok(value == wanted.value()),
                (Value::Text(value), Lit::Int(wanted)) => Ok(value == wanted.base10_digits()),
                (Value::Bool(value), Lit::Bool(wanted)) => Ok(value == wanted.value),
                (value, _) => Err(Error::new(
                    literal.span(),
                    format!("can't compare: the value of `{key}` is {value:?}"),
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Result<bool> {
        syn::parse_str::<Condition>(text)?.holds()
    }

    #[test]
    fn operators() {
        assert!(!holds("KERNEL_MCS").unwrap());
        assert!(holds("not(KERNEL_MCS)").unwrap());
        assert!(holds("all(ARCH_ARM, not(KERNEL_MCS))").unwrap());
        assert!(holds("any(KERNEL_MCS, ARCH_ARM)").unwrap());
        assert!(holds("all()").unwrap());
        assert!(!holds("any()").unwrap());
    }

    #[test]
    fn equality() {
        assert!(holds(r#"MAX_NUM_NODES = "1""#).unwrap());
        assert!(holds("MAX_NUM_NODES = 1").unwrap());
        assert!(!holds("MAX_NUM_NODES = 2").unwrap());
        assert!(holds("KERNEL_MCS = false").unwrap());
    }

    #[test]
    fn errors_say_what_was_expected() {
        let err = holds("MAX_NUM_NODES").unwrap_err().to_string();
        assert!(err.contains(r#"write `MAX_NUM_NODES = "1"`"#), "{err}");
        let err = holds("xor(KERNEL_MCS, ARCH_ARM)").unwrap_err().to_string();
        assert!(err.contains("expected `all`, `any` or `not`"), "{err}");
        let err = holds("any(ARCH_ARM, TYPO)").unwrap_err().to_string();
        assert!(err.contains("no key `TYPO`"), "{err}");
    }
}
