use crate::Expression;
use crate::evaluate::scalar;
use crate::expression::Part;
use crate::scope::Scope;
use infra_infrafile::{Diagnostic, Part as TemplatePart, Reference, ReferenceName, Template};
use serde_json::Value as Json;

/// Puts parameters, the matrix row and the needed steps in the place of references.
pub(crate) fn substitute(template: &Template, scope: &Scope) -> Result<Expression, Diagnostic> {
    Ok(match template {
        Template::Literal(json) => Expression::Literal(json.clone()),
        Template::Reference(reference) => match reference.format {
            None => resolve(reference, scope)?,
            Some(_) => text(std::slice::from_ref(&TemplatePart::Reference(reference.clone())), scope)?,
        },
        Template::Text(parts) => text(parts, scope)?,
        Template::List(items) => {
            let mut list = Vec::new();
            for item in items {
                // `argv = ["kubectl", "${FLAGS}"]`: an element that is a list stays one element; that is what its type says.
                list.push(substitute(item, scope)?);
            }
            Expression::List(list)
        }
        Template::Table(entries) => {
            let mut table = Vec::new();
            for (key, value) in entries {
                table.push((key.clone(), substitute(value, scope)?));
            }
            Expression::Table(table)
        }
    })
}

fn resolve(reference: &Reference, scope: &Scope) -> Result<Expression, Diagnostic> {
    match &reference.name {
        ReferenceName::Param(name) => scope.params.get(name).cloned().ok_or_else(|| {
            Diagnostic::at(&reference.at, format!("the parameter `{name}` has no value"), "used here")
                .help(format!("give it on the command line: `{name}=VALUE`"))
        }),
        ReferenceName::Matrix(name) => scope
            .matrix
            .get(name)
            .cloned()
            .map(Expression::Literal)
            .ok_or_else(|| Diagnostic::at(&reference.at, format!("the matrix has no axis `{name}`"), "used here")),
        ReferenceName::Secret(name) => {
            let handle = scope.secrets.get(name).cloned();
            handle
                .map(|handle| Expression::Secret { name: name.clone(), handle })
                .ok_or_else(|| Diagnostic::at(&reference.at, format!("there is no secret `{name}`"), "used here"))
        }
        ReferenceName::Needs { task, fields } => {
            let (steps, rows) = scope.needs.get(task).cloned().ok_or_else(|| {
                Diagnostic::at(&reference.at, format!("`{task}` is not among what the task needs"), "used here")
            })?;
            Ok(Expression::Output { steps, rows, fields: fields.clone(), origin: reference.name.to_string() })
        }
    }
}

fn text(parts: &[TemplatePart], scope: &Scope) -> Result<Expression, Diagnostic> {
    let mut made: Vec<Part> = Vec::new();
    let literal = |text: String| Part { value: Expression::Literal(Json::String(text)), format: None, origin: String::new() };
    for part in parts {
        match part {
            TemplatePart::Literal(text) => made.push(literal(text.clone())),
            TemplatePart::Reference(reference) => {
                let value = resolve(reference, scope)?;
                let origin = reference.name.to_string();
                match value.literal() {
                    Some(json) => {
                        let text = scalar(&json, reference.format, &origin)
                            .map_err(|error| Diagnostic::at(&reference.at, error.to_string(), "used here"))?;
                        made.push(literal(text));
                    }
                    None => made.push(Part { value, format: reference.format, origin }),
                }
            }
        }
    }
    let known: Option<Vec<String>> = made
        .iter()
        .map(|part| match &part.value {
            Expression::Literal(Json::String(text)) => Some(text.clone()),
            _ => None,
        })
        .collect();
    Ok(known.map_or(Expression::Text(made), |texts| Expression::Literal(Json::String(texts.concat()))))
}
