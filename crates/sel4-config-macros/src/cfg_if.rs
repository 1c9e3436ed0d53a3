//! The chain `if #[sel4_cfg(...)] { ... } else if ... else { ... }`.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Result, Token, braced};

use crate::condition::Condition;

/// The tokens of the first branch whose condition holds, unparsed.
pub(crate) struct CfgIf {
    pub(crate) chosen: TokenStream,
}

impl Parse for CfgIf {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut chosen = None;
        loop {
            input.parse::<Token![if]>()?;
            let attrs = input.call(Attribute::parse_outer)?;
            let [attr] = attrs.as_slice() else {
                return Err(input.error("expected `#[sel4_cfg(...)]` after `if`"));
            };
            let holds = attr.parse_args::<Condition>()?.holds()?;
            let branch = block(input)?;
            if holds && chosen.is_none() {
                chosen = Some(branch);
            }
            if input.is_empty() {
                break;
            }
            input.parse::<Token![else]>()?;
            if input.peek(Token![if]) {
                continue;
            }
            let branch = block(input)?;
            if !input.is_empty() {
                return Err(Error::new(input.span(), "nothing can follow the last `else`"));
            }
            chosen.get_or_insert(branch);
            break;
        }
        Ok(Self { chosen: chosen.unwrap_or_default() })
    }
}

fn block(input: ParseStream) -> Result<TokenStream> {
    let content;
    braced!(content in input);
    content.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> String {
        syn::parse_str::<CfgIf>(text).unwrap().chosen.to_string()
    }

    #[test]
    fn the_first_branch_that_holds_is_taken() {
        assert_eq!(chosen("if #[sel4_cfg(KERNEL_MCS)] { a } else { b }"), "b");
        assert_eq!(
            chosen("if #[sel4_cfg(ARCH_ARM)] { a } else if #[sel4_cfg(ARCH_ARM)] { b } else { c }"),
            "a"
        );
        assert_eq!(chosen("if #[sel4_cfg(KERNEL_MCS)] { a }"), "");
    }
}
