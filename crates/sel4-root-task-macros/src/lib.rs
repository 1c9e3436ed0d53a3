//! Macros behind [`sel4-root-task`](../sel4_root_task/index.html).

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, ItemFn, Result, ReturnType, Token, Type, parse2};

/// Declares a function to be the root task's main function.
///
/// ```ignore
/// #[root_task(stack_size = 0x8000, heap_size = 0x10_0000)]
/// fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
///     sel4::init_thread::suspend_self()
/// }
/// ```
///
/// The function gets the bootinfo and returns `!`, or a type that implements `Termination`.
/// Both parameters are optional and are constant expressions, in bytes. With a `heap_size`, the
/// program gets a `#[global_allocator]` with a heap of that size.
#[proc_macro_attribute]
pub fn root_task(parameters: TokenStream, item: TokenStream) -> TokenStream {
    expand(parameters.into(), item.into()).unwrap_or_else(Error::into_compile_error).into()
}

/// The attribute's parameters.
#[derive(Default)]
struct Parameters {
    stack_size: Option<Expr>,
    heap_size: Option<Expr>,
}

impl Parse for Parameters {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut parameters = Self::default();
        let parse_one = |input: ParseStream| {
            let name: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            let value: Expr = input.parse()?;
            Ok((name, value))
        };
        for (name, value) in Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_one)? {
            let parameter = match name.to_string().as_str() {
                "stack_size" => &mut parameters.stack_size,
                "heap_size" => &mut parameters.heap_size,
                other => {
                    return Err(Error::new(
                        name.span(),
                        format!(
                            "unknown parameter `{other}`; expected `stack_size` or `heap_size`"
                        ),
                    ));
                }
            };
            if parameter.replace(value).is_some() {
                return Err(Error::new(name.span(), format!("`{name}` is given twice")));
            }
        }
        Ok(parameters)
    }
}

fn expand(parameters: TokenStream2, item: TokenStream2) -> Result<TokenStream2> {
    let parameters: Parameters = parse2(parameters)?;
    let item: ItemFn = parse2(item)?;
    let name = &item.sig.ident;
    let stack_size = match &parameters.stack_size {
        Some(size) => quote!(#size),
        None => quote!(::sel4_root_task::DEFAULT_STACK_SIZE),
    };
    let heap = parameters.heap_size.map(|size| quote!(::sel4_root_task::declare_heap!(#size);));
    // `!` can't implement a trait in stable Rust, but it becomes any type.
    let main = match &item.sig.output {
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => {
            quote!(|bootinfo| -> ::sel4_root_task::Never { #name(bootinfo) })
        }
        _ => quote!(#name),
    };
    Ok(quote! {
        ::sel4_root_task::declare_stack!(#stack_size);
        #heap
        ::sel4_root_task::declare_main!(#main);

        #item
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(parameters: TokenStream2) -> Result<String> {
        let item = quote!(
            fn main(_: &sel4::BootInfoPtr) -> ! {
                loop {}
            }
        );
        expand(parameters, item).map(|tokens| tokens.to_string())
    }

    #[test]
    fn a_heap_is_made_only_on_request() {
        assert!(!expanded(quote!()).unwrap().contains("declare_heap"));
        let text = expanded(quote!(heap_size = 4096, stack_size = 1 << 14)).unwrap();
        assert!(text.contains("declare_heap ! (4096)"), "{text}");
        assert!(text.contains("declare_stack ! (1 << 14)"), "{text}");
    }

    #[test]
    fn wrong_parameters_are_named() {
        let error = |parameters| expanded(parameters).unwrap_err().to_string();
        assert_eq!(
            error(quote!(stack = 1)),
            "unknown parameter `stack`; expected `stack_size` or `heap_size`"
        );
        assert_eq!(error(quote!(heap_size = 1, heap_size = 2)), "`heap_size` is given twice");
    }
}
