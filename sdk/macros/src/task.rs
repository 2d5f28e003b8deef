use crate::documentation::documentation;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::ParseStream;
use syn::{Error, FnArg, ItemFn, LitStr, Path, Result, Token};

#[derive(Default)]
pub(crate) struct Attributes {
    name: Option<String>,
    requires: Option<Path>,
}

impl Attributes {
    pub(crate) fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attributes = Self::default();
        while !input.is_empty() {
            let key: syn::Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "name" => attributes.name = Some(input.parse::<LitStr>()?.value()),
                "requires" => attributes.requires = Some(input.parse()?),
                _ => return Err(Error::new_spanned(key, "known are `name` and `requires`")),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(attributes)
    }
}

pub(crate) fn expand(attributes: &Attributes, function: &ItemFn) -> Result<TokenStream> {
    let name = &function.sig.ident;
    let (params, call) = match function.sig.inputs.iter().collect::<Vec<_>>().as_slice() {
        [] => (quote! { () }, quote! { |()| #name() }),
        [FnArg::Typed(argument)] => {
            let kind = &argument.ty;
            (quote! { #kind }, quote! { #name })
        }
        _ => return Err(Error::new_spanned(&function.sig.inputs, "a task takes its parameters as one argument")),
    };
    if let Some(asyncness) = function.sig.asyncness {
        return Err(Error::new_spanned(asyncness, "a task is not async: start operations and `wait_any` for them"));
    }
    let requires = match &attributes.requires {
        Some(path) => quote! { #path },
        None => quote! { |_| ::core::result::Result::Ok(::infra::Grants::new()) },
    };
    let task_name = attributes.name.clone().unwrap_or_else(|| name.to_string().replace('_', "-"));
    let text = documentation(&function.attrs);
    let summary = text.split('\n').next().unwrap_or_default();
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let head = format!(r#"{{"name":{},"summary":{},"wit":"0.1.0","version":""#, json(&task_name), json(summary));
    Ok(quote! {
        #function

        // Natively nothing is exported: this keeps the same code checked, and used.
        #[cfg(not(target_family = "wasm"))]
        const _: (fn(&str) -> ::infra::Result<::std::string::String>, fn(&str) -> ::infra::Result<::std::string::String>) = (
            |args| ::infra::private::call::<#params, _>(#call, args),
            |args| ::infra::private::requires::<#params>(#requires, args),
        );

        #[cfg(target_family = "wasm")]
        const _: () = {
            const PARTS: &[&str] =
                &[#head, ::core::env!("CARGO_PKG_VERSION"), "\",\"params\":", <#params as ::infra::Params>::SCHEMA, "}"];
            // The linker collects every static of this name into the component's custom section.
            #[unsafe(link_section = "infra:task")]
            #[used]
            static DESCRIPTOR: [u8; ::infra::private::length(PARTS)] = ::infra::private::join(PARTS);

            struct Component;

            impl ::infra::bindings::Guest for Component {
                fn requires(
                    args: ::std::string::String,
                ) -> ::core::result::Result<::std::string::String, ::infra::bindings::infra::task::types::Error> {
                    ::infra::private::requires::<#params>(#requires, &args).map_err(::core::convert::Into::into)
                }

                fn run(
                    args: ::std::string::String,
                ) -> ::core::result::Result<::std::string::String, ::infra::bindings::infra::task::types::Error> {
                    ::infra::private::call::<#params, _>(#call, &args).map_err(::core::convert::Into::into)
                }
            }

            ::infra::bindings::export!(Component with_types_in ::infra::bindings);
        };
    })
}
