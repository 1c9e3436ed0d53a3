//! Names of the description as names of Rust.

use proc_macro2::{Ident, Span};
use quote::format_ident;

/// A function, field or parameter.
pub(crate) fn value(name: &str) -> Ident {
    // These can't be made raw.
    if matches!(name, "self" | "Self" | "super" | "crate" | "_") {
        return format_ident!("{name}_");
    }
    syn::parse_str::<Ident>(name).unwrap_or_else(|_| Ident::new_raw(name, Span::call_site()))
}

/// A function that is named after an interface and something of it.
pub(crate) fn member(interface: &str, name: &str) -> Ident {
    value(&format!("{interface}_{name}"))
}

/// A type: `rtc_time_date_t` is `RtcTimeDate`, `VMDTBPassthrough` stays as it is.
pub(crate) fn ty(name: &str) -> Ident {
    let name = name.strip_suffix("_t").filter(|rest| !rest.is_empty()).unwrap_or(name);
    let mut camel = String::new();
    for word in name.split('_') {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    value(&camel)
}

/// A static variable.
pub(crate) fn upper(name: &str) -> Ident {
    value(&name.to_ascii_uppercase())
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn keywords_and_case() {
        assert_eq!(value("in").to_string(), "r#in");
        assert_eq!(value("self").to_string(), "self_");
        assert_eq!(value("flags").to_string(), "flags");
        assert_eq!(member("fs_ctrl", "open").to_string(), "fs_ctrl_open");
        assert_eq!(ty("rtc_time_date_t").to_string(), "RtcTimeDate");
        assert_eq!(ty("VMDTBPassthrough").to_string(), "VMDTBPassthrough");
        assert_eq!(ty("_t").to_string(), "T");
        assert_eq!(upper("vm_sem").to_string(), "VM_SEM");
    }
}
