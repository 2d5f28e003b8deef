use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, LitStr, Result, Token};

pub(crate) enum Word {
    Text(LitStr),
    List(Expr),
    Value(Expr),
}

pub(crate) struct Words(Vec<Word>);

impl Parse for Words {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut words = Vec::new();
        while !input.is_empty() {
            words.push(if input.parse::<Option<Token![@]>>()?.is_some() {
                Word::List(input.parse()?)
            } else if input.peek(LitStr) {
                Word::Text(input.parse()?)
            } else {
                Word::Value(input.parse()?)
            });
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(Self(words))
    }
}

pub(crate) fn expand(words: Words) -> Result<TokenStream> {
    let mut words = words.0.into_iter();
    let program = match words.next() {
        Some(Word::Text(text)) => text_of(&text)?,
        Some(Word::Value(value)) => quote! { ::std::string::ToString::to_string(&#value) },
        Some(Word::List(list)) => return Err(Error::new_spanned(list, "the program is one word")),
        None => return Err(Error::new(proc_macro2::Span::call_site(), "a command starts with its program")),
    };
    let args = words
        .map(|word| {
            Ok(match word {
                Word::Text(text) => {
                    let text = text_of(&text)?;
                    quote! { .arg(#text) }
                }
                Word::Value(value) => quote! { .arg(::std::string::ToString::to_string(&#value)) },
                Word::List(list) => quote! { .args((#list).iter().map(::std::string::ToString::to_string)) },
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(quote! { ::infra::process::Command::new(#program) #(#args)* })
}

/// The literal with its placeholders filled in: `{a.b}` is the expression `a.b`, `{{` and `}}` are braces.
fn text_of(literal: &LitStr) -> Result<TokenStream> {
    let text = literal.value();
    let mut format = String::new();
    let mut values = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        format.push_str(&rest[..at]);
        let doubled = rest.get(at..at + 2).filter(|pair| matches!(*pair, "{{" | "}}"));
        if let Some(pair) = doubled {
            format.push_str(pair);
            rest = &rest[at + 2..];
            continue;
        }
        let inside = rest[at..].strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let Some((name, behind)) = inside else {
            return Err(Error::new_spanned(literal, "a brace stands alone; write `{{` or `}}`"));
        };
        let value: Expr = syn::parse_str(name).map_err(|_| Error::new_spanned(literal, format!("`{name}` is no expression")))?;
        format.push_str("{}");
        values.push(value);
        rest = behind;
    }
    format.push_str(rest);
    let format = LitStr::new(&format, literal.span());
    Ok(quote! { ::std::format!(#format #(, #values)*) })
}
