use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The documentation comment as one text: lines joined, paragraphs kept apart.
pub(crate) fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    let text = lines.map(|line| if line.is_empty() { "\n".to_owned() } else { line }).collect::<Vec<_>>().join(" ");
    text.replace(" \n ", "\n").trim().to_owned()
}
