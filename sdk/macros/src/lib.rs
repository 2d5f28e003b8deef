//! The macros of `infra-sdk`: [`macro@Params`], [`macro@task`] and [`cmd!`](macro@cmd).

mod command;
mod documentation;
mod params;
mod task;

use proc_macro::TokenStream;

/// Derives the reading of arguments and their JSON Schema from a structure with named fields.
///
/// A field `max_size` is the argument `max-size`; its documentation is the parameter's help. A field without a default is required,
/// unless it is an `Option`.
///
/// - `#[param(default = 3)]`: the value where none is given; a literal or any expression for `schema`-less defaults.
/// - `#[param(choices("up", "down"))]`: the only values.
/// - `#[param(name = "with-data")]`: another name.
#[proc_macro_derive(Params, attributes(param))]
pub fn params(input: TokenStream) -> TokenStream {
    params::expand(syn::parse_macro_input!(input)).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a function the task of its component: `fn NAME(params: P) -> infra::Result<R>`, where `P` derives `Params` and `R`
/// can be serialised. Without an argument the task has no parameters.
///
/// - `#[infra::task(requires = FUNCTION)]`: `fn(&P) -> infra::Result<infra::Grants>`, the grants that a call needs.
/// - `#[infra::task(name = "NAME")]`: another name than the function's.
#[proc_macro_attribute]
pub fn task(attributes: TokenStream, input: TokenStream) -> TokenStream {
    let attributes = syn::parse_macro_input!(attributes with task::Attributes::parse);
    task::expand(&attributes, &syn::parse_macro_input!(input)).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// A command: `cmd!("git", "log", "--author={name}", @paths)`.
///
/// Every literal is one argument whatever its placeholders hold, never split and never seen by a shell. Placeholders are paths:
/// `{name}`, `{params.revision}`. `@list` adds each element of a list as an argument.
#[proc_macro]
pub fn cmd(input: TokenStream) -> TokenStream {
    command::expand(syn::parse_macro_input!(input)).unwrap_or_else(syn::Error::into_compile_error).into()
}
