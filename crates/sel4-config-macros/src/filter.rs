//! Removing the parts of an item whose `#[sel4_cfg(...)]` doesn't hold.

use syn::punctuated::{Pair, Punctuated};
use syn::{Arm, Attribute, Field, Fields, Result, Variant};

use crate::condition::Condition;

/// A syntax node that can carry attributes.
pub(crate) trait Attributed {
    fn attrs_mut(&mut self) -> &mut Vec<Attribute>;
}

macro_rules! attributed {
    ($($ty:ty),*) => {
        $(impl Attributed for $ty {
            fn attrs_mut(&mut self) -> &mut Vec<Attribute> {
                &mut self.attrs
            }
        })*
    };
}

attributed!(Arm, Field, Variant);

/// Whether the attribute is `#[sel4_cfg(...)]`, by its last path segment.
fn is_sel4_cfg(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "sel4_cfg")
}

/// Takes the `#[sel4_cfg(...)]` attributes off `node` and tells whether all of them hold.
pub(crate) fn keep(node: &mut impl Attributed) -> Result<bool> {
    let attrs = node.attrs_mut();
    let mut result = true;
    for attr in attrs.iter().filter(|attr| is_sel4_cfg(attr)) {
        result &= attr.parse_args::<Condition>()?.holds()?;
    }
    attrs.retain(|attr| !is_sel4_cfg(attr));
    Ok(result)
}

/// Keeps the elements of a separated list that the configuration asks for.
pub(crate) fn punctuated<T: Attributed, P: Default>(list: &mut Punctuated<T, P>) -> Result<()> {
    let mut kept = Punctuated::new();
    for pair in std::mem::take(list).into_pairs() {
        let (mut node, separator) = pair.into_tuple();
        if keep(&mut node)? {
            kept.extend([Pair::new(node, Some(separator.unwrap_or_default()))]);
        }
    }
    *list = kept;
    Ok(())
}

/// Keeps the fields that the configuration asks for.
pub(crate) fn fields(fields: &mut Fields) -> Result<()> {
    match fields {
        Fields::Named(named) => punctuated(&mut named.named),
        Fields::Unnamed(unnamed) => punctuated(&mut unnamed.unnamed),
        Fields::Unit => Ok(()),
    }
}

/// Keeps the match arms that the configuration asks for.
pub(crate) fn arms(arms: &mut Vec<Arm>) -> Result<()> {
    let mut kept = Vec::new();
    for mut arm in std::mem::take(arms) {
        if keep(&mut arm)? {
            kept.push(arm);
        }
    }
    *arms = kept;
    Ok(())
}
