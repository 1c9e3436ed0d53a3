//! Macros behind [`sel4-config`](../sel4_config/index.html): code that depends on the
//! configuration of the kernel, which is read at build time from `SEL4_PREFIX`.
//!
//! Conditions have the syntax of `#[cfg]`. Unlike there, a key that the configuration lacks is
//! an error, so a typo can't silently disable code.

use proc_macro::TokenStream;
use proc_macro2::{Ident, TokenStream as TokenStream2};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, ExprMatch, ItemEnum, ItemStruct, LitInt, Meta, Result, Token, parse};

mod cfg_if;
mod condition;
mod config;
mod filter;

use condition::Condition;
use config::{Value, lookup};

fn finish(result: Result<TokenStream2>) -> TokenStream {
    result.unwrap_or_else(Error::into_compile_error).into()
}

/// Keeps the item only if the condition holds.
///
/// ```ignore
/// #[sel4_cfg(all(ARCH_AARCH64, MAX_NUM_NODES = "1"))]
/// fn only_there() {}
/// ```
#[proc_macro_attribute]
pub fn sel4_cfg(condition: TokenStream, item: TokenStream) -> TokenStream {
    finish(parse::<Condition>(condition).and_then(|condition| {
        Ok(if condition.holds()? { item.into() } else { TokenStream2::new() })
    }))
}

/// A condition, and the attributes to add where it holds.
struct CfgAttr {
    condition: Condition,
    attributes: Punctuated<Meta, Token![,]>,
}

impl Parse for CfgAttr {
    fn parse(input: ParseStream) -> Result<Self> {
        let condition = input.parse()?;
        input.parse::<Token![,]>()?;
        let attributes = Punctuated::parse_terminated(input)?;
        Ok(Self { condition, attributes })
    }
}

/// Adds attributes to the item if the condition holds, as `#[cfg_attr]` does.
#[proc_macro_attribute]
pub fn sel4_cfg_attr(input: TokenStream, item: TokenStream) -> TokenStream {
    let item = TokenStream2::from(item);
    finish(parse::<CfgAttr>(input).and_then(|CfgAttr { condition, attributes }| {
        let attributes = attributes.into_iter();
        Ok(if condition.holds()? { quote!(#(#[#attributes])* #item) } else { item })
    }))
}

/// Lets the fields of a structure carry `#[sel4_cfg(...)]`.
#[proc_macro_attribute]
pub fn sel4_cfg_struct(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(parse::<ItemStruct>(item).and_then(|mut item| {
        filter::fields(&mut item.fields)?;
        Ok(item.into_token_stream())
    }))
}

/// Lets the variants of an enumeration, and their fields, carry `#[sel4_cfg(...)]`.
#[proc_macro_attribute]
pub fn sel4_cfg_enum(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(parse::<ItemEnum>(item).and_then(|mut item| {
        filter::punctuated(&mut item.variants)?;
        for variant in &mut item.variants {
            filter::fields(&mut variant.fields)?;
        }
        Ok(item.into_token_stream())
    }))
}

fn filter_match(item: TokenStream) -> TokenStream {
    finish(parse::<ExprMatch>(item).and_then(|mut item| {
        filter::arms(&mut item.arms)?;
        Ok(item.into_token_stream())
    }))
}

/// Lets the arms of a `match` carry `#[sel4_cfg(...)]`. Attributes on expressions aren't stable
/// Rust yet: [`sel4_cfg_wrap_match!`] does the same today.
#[proc_macro_attribute]
pub fn sel4_cfg_match(_: TokenStream, item: TokenStream) -> TokenStream {
    filter_match(item)
}

/// Lets the arms of the `match` inside carry `#[sel4_cfg(...)]`.
#[proc_macro]
pub fn sel4_cfg_wrap_match(item: TokenStream) -> TokenStream {
    filter_match(item)
}

/// A chain of `if #[sel4_cfg(...)] { items } else { items }`.
#[proc_macro]
pub fn sel4_cfg_if(input: TokenStream) -> TokenStream {
    finish(parse::<cfg_if::CfgIf>(input).map(|cfg_if| cfg_if.chosen))
}

/// Whether the condition holds, as a `bool` literal.
#[proc_macro]
pub fn sel4_cfg_bool(condition: TokenStream) -> TokenStream {
    finish(parse::<Condition>(condition).and_then(|condition| {
        let value = condition.holds()?;
        Ok(quote!(#value))
    }))
}

fn text(key: &Ident) -> Result<&'static str> {
    match lookup(key)? {
        Value::Text(value) => Ok(value),
        Value::Bool(value) => Err(Error::new(
            key.span(),
            format!("`{key}` is the switch {value}; read it with `sel4_cfg_bool!({key})`"),
        )),
    }
}

fn number(key: &Ident, suffix: &str) -> Result<LitInt> {
    let value = text(key)?;
    let parsed = match value.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => value.parse(),
    };
    let parsed = parsed
        .map_err(|_| Error::new(key.span(), format!("`{key}` is {value:?}, not a number")))?;
    Ok(LitInt::new(&format!("{parsed}{suffix}"), key.span()))
}

/// The value of a key that isn't a switch, as a string literal.
#[proc_macro]
pub fn sel4_cfg_str(key: TokenStream) -> TokenStream {
    finish(parse::<Ident>(key).and_then(|key| {
        let value = text(&key)?;
        Ok(quote!(#value))
    }))
}

/// The value of a numeric key, as a `usize` literal.
#[proc_macro]
pub fn sel4_cfg_usize(key: TokenStream) -> TokenStream {
    finish(parse::<Ident>(key).and_then(|key| Ok(number(&key, "usize")?.into_token_stream())))
}

/// The value of a numeric key, as a literal of the kernel's word type, `u32` or `u64`.
#[proc_macro]
pub fn sel4_cfg_word(key: TokenStream) -> TokenStream {
    finish(parse::<Ident>(key).and_then(|key| {
        let suffix = match text(&format_ident!("WORD_SIZE"))? {
            "32" => "u32",
            _ => "u64",
        };
        Ok(number(&key, suffix)?.into_token_stream())
    }))
}

/// Declares a constant for every key of the configuration: `bool` for switches, `&str` else.
#[doc(hidden)]
#[proc_macro]
pub fn declare_constants(_: TokenStream) -> TokenStream {
    let constants = config::entries().iter().map(|(key, value)| {
        let name = format_ident!("{key}");
        let doc = format!("`CONFIG_{key}`");
        match value {
            Value::Bool(value) => quote!(#[doc = #doc] pub const #name: bool = #value;),
            Value::Text(value) => quote!(#[doc = #doc] pub const #name: &str = #value;),
        }
    });
    quote!(#(#constants)*).into()
}
