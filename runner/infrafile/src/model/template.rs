use crate::Location;
use serde_json::Value as Json;

/// A value that may hold references: `"apps/${APP}"`.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// No references.
    Literal(Json),
    /// The whole value is one reference and keeps its type.
    Reference(Reference),
    /// Text with references in it.
    Text(Vec<Part>),
    /// A list with references in it.
    List(Vec<Template>),
    /// A table with references in it.
    Table(Vec<(String, Template)>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As it is.
    Literal(String),
    /// To be replaced.
    Reference(Reference),
}

/// One `${…}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// What it names.
    pub name: ReferenceName,
    /// How a list or a table becomes text.
    pub format: Option<Format>,
    /// Where it is written.
    pub at: Location,
}

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceName {
    /// `${NAME}`: a parameter of the task, else of the project.
    Param(String),
    /// `${matrix.NAME}`.
    Matrix(String),
    /// `${needs.TASK.FIELD…}`: the output of a task that this one needs.
    Needs {
        /// The task.
        task: String,
        /// The path into its output; empty for the whole.
        fields: Vec<String>,
    },
    /// `${secrets.NAME}`: a secret of the Infrafile, which stays one.
    Secret(String),
}

/// How a list or a table becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `${NAME:csv}`: the elements with commas between.
    Csv,
    /// `${NAME:json}`: compact JSON.
    Json,
}

impl std::fmt::Display for ReferenceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Param(name) => f.write_str(name),
            Self::Matrix(name) => write!(f, "matrix.{name}"),
            Self::Secret(name) => write!(f, "secrets.{name}"),
            Self::Needs { task, fields } => {
                write!(f, "needs.{task}")?;
                fields.iter().try_for_each(|field| write!(f, ".{field}"))
            }
        }
    }
}
