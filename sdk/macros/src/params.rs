use crate::documentation::documentation;
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value, json};
use syn::{
    Data, DeriveInput, Error, Expr, ExprLit, ExprUnary, Field, Fields, GenericArgument, Lit, LitStr, PathArguments, Result, Type,
    UnOp,
};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "Params can be derived for a structure only"));
    };
    let fields: Vec<&Field> = match &data.fields {
        Fields::Named(fields) => fields.named.iter().collect(),
        Fields::Unit => vec![],
        Fields::Unnamed(fields) => return Err(Error::new_spanned(fields, "the fields of Params need names")),
    };
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut takes = Vec::new();
    let mut names = Vec::new();
    for field in fields {
        let param = Param::read(field)?;
        properties.insert(param.name.clone(), param.schema());
        if param.required() {
            required.push(param.name.clone());
        }
        takes.push(param.take(field));
        names.push(param.name);
    }
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    })
    .to_string();
    let type_name = &input.ident;
    Ok(quote! {
        impl ::infra::Params for #type_name {
            const SCHEMA: &'static str = #schema;

            fn from_json(json: ::infra::private::serde_json::Value) -> ::infra::Result<Self> {
                let mut arguments = ::infra::Arguments::new(json)?;
                let params = Self { #(#takes)* };
                arguments.finish(&[#(#names),*])?;
                ::core::result::Result::Ok(params)
            }
        }
    })
}

struct Param {
    name: String,
    help: String,
    default: Option<Expr>,
    choices: Vec<LitStr>,
    optional: bool,
    kind: Value,
}

impl Param {
    fn read(field: &Field) -> Result<Self> {
        let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        let (optional, inner) = match argument_of(&field.ty, "Option") {
            Some(inner) => (true, inner),
            None => (false, &field.ty),
        };
        let mut param = Self {
            name: ident.trim_start_matches("r#").replace('_', "-"),
            help: documentation(&field.attrs),
            default: None,
            choices: vec![],
            optional,
            kind: kind(inner),
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("param")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("default") {
                    param.default = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("name") {
                    param.name = meta.value()?.parse::<LitStr>()?.value();
                } else if meta.path.is_ident("choices") {
                    let content;
                    syn::parenthesized!(content in meta.input);
                    param.choices =
                        content.parse_terminated(<LitStr as syn::parse::Parse>::parse, syn::Token![,])?.into_iter().collect();
                } else {
                    return Err(meta.error("known are `default`, `choices` and `name`"));
                }
                Ok(())
            })?;
        }
        Ok(param)
    }

    fn required(&self) -> bool {
        self.default.is_none() && !self.optional
    }

    fn schema(&self) -> Value {
        let mut schema = match &self.kind {
            Value::Object(kind) => kind.clone(),
            _ => Map::new(),
        };
        if !self.help.is_empty() {
            schema.insert("description".into(), self.help.clone().into());
        }
        if let Some(default) = self.default.as_ref().and_then(literal) {
            schema.insert("default".into(), default);
        }
        if !self.choices.is_empty() {
            schema.insert("enum".into(), self.choices.iter().map(|choice| Value::from(choice.value())).collect());
        }
        Value::Object(schema)
    }

    fn take(&self, field: &Field) -> TokenStream {
        let (ident, kind, name) = (&field.ident, &field.ty, &self.name);
        let taken = match (&self.default, self.optional) {
            (_, true) => quote! { arguments.take(#name)? },
            (None, false) => quote! { arguments.take_required(#name)? },
            (Some(default), false) => {
                quote! {
                    match arguments.take(#name)? {
                        ::core::option::Option::Some(value) => value,
                        ::core::option::Option::None => <#kind as ::core::convert::From<_>>::from(#default),
                    }
                }
            }
        };
        if self.choices.is_empty() {
            return quote! { #ident: #taken, };
        }
        let choices = &self.choices;
        let text = if self.optional {
            quote! { value.as_deref().unwrap_or(CHOICES[0]) }
        } else {
            quote! { ::core::convert::AsRef::<str>::as_ref(&value) }
        };
        quote! {
            #ident: {
                const CHOICES: &[&str] = &[#(#choices),*];
                let value: #kind = #taken;
                let text: &str = #text;
                if !CHOICES.contains(&text) {
                    return ::core::result::Result::Err(::infra::Error::new(
                        "invalid",
                        ::std::format!("`{}` cannot be `{}`: choose one of {}", #name, text, CHOICES.join(", ")),
                    ));
                }
                value
            },
        }
    }
}

/// `T` of `NAME<T>`.
fn argument_of<'a>(kind: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

/// What the JSON Schema says of a Rust type; nothing of one that this macro does not know.
fn kind(of: &Type) -> Value {
    if let Some(item) = argument_of(of, "Vec") {
        return json!({ "type": "array", "items": kind(item) });
    }
    let Type::Path(path) = of else { return json!({}) };
    match path.path.segments.last().map(|segment| segment.ident.to_string()).as_deref() {
        Some("String") => json!({ "type": "string" }),
        Some("bool") => json!({ "type": "boolean" }),
        Some("f32" | "f64") => json!({ "type": "number" }),
        Some("u8" | "u16" | "u32" | "u64" | "usize") => json!({ "type": "integer", "minimum": 0 }),
        Some("i8" | "i16" | "i32" | "i64" | "isize") => json!({ "type": "integer" }),
        Some("Secret") => json!({ "type": "string", "format": "secret" }),
        Some("BTreeMap" | "HashMap" | "Map") => json!({ "type": "object" }),
        _ => json!({}),
    }
}

fn literal(expression: &Expr) -> Option<Value> {
    match expression {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(text) => Some(text.value().into()),
            Lit::Bool(value) => Some(value.value.into()),
            Lit::Int(number) => number.base10_parse::<i64>().ok().map(Into::into),
            Lit::Float(number) => number.base10_parse::<f64>().ok().map(Into::into),
            _ => None,
        },
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr)?.as_i64().map(|number| (-number).into()),
        _ => None,
    }
}
