use crate::scope::Scope;
use crate::substitute::substitute;
use infra_infrafile::{Diagnostic, Location, Template};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The most rows that a matrix may have.
const ROWS: usize = 10_000;

/// The combinations of a matrix, the first axis slowest; one empty row where there is no matrix. An element that is a reference to a
/// list stands for its elements.
pub(crate) fn rows(
    matrix: &[(String, Vec<Template>)],
    scope: &Scope,
    at: &Location,
) -> Result<Vec<BTreeMap<String, Json>>, Diagnostic> {
    let mut rows = vec![BTreeMap::new()];
    for (axis, templates) in matrix {
        let mut values = Vec::new();
        for template in templates {
            let value = substitute(template, scope)?.literal().ok_or_else(|| {
                Diagnostic::at(at, format!("the axis `{axis}` of the matrix depends on an output"), "in this task")
                    .help("a matrix is made before anything runs: use parameters in it")
            })?;
            match (template, value) {
                (Template::Reference(_), Json::Array(items)) => values.extend(items),
                (_, value) => values.push(value),
            }
        }
        if rows.len().saturating_mul(values.len()) > ROWS {
            return Err(Diagnostic::at(at, format!("the matrix has more than {ROWS} rows"), "in this task")
                .help("leave out an axis, or values of it"));
        }
        rows = rows
            .into_iter()
            .flat_map(|row: BTreeMap<String, Json>| {
                values.iter().map(move |value| {
                    let mut row = row.clone();
                    row.insert(axis.clone(), value.clone());
                    row
                })
            })
            .collect();
    }
    Ok(rows)
}

/// A row as people see it: `dev, amd64`.
pub(crate) fn row_name(matrix: &[(String, Vec<Template>)], row: &BTreeMap<String, Json>) -> String {
    let cell = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    matrix.iter().filter_map(|(axis, _)| row.get(axis)).map(cell).collect::<Vec<_>>().join(", ")
}
