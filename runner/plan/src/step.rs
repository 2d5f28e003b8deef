use crate::process;
use crate::{EvaluateError, Expression, Outputs};
use infra_effect::{Grants, PathPattern, SecretGrant, SecretSink, SinkKind};
use infra_event::{Limits, StepId, Value};
use infra_infrafile::{Location, Param, Retries, Spanned};
use std::collections::BTreeMap;
use std::time::Duration;

/// One node of a plan: a task with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its place in the plan.
    pub id: StepId,
    /// The name that people see.
    pub name: String,
    /// The task.
    pub task: String,
    /// Where the task is declared.
    pub at: Location,
    /// Must have succeeded, or been skipped, before it starts.
    pub needs: Vec<StepId>,
    /// For a finalizer: it starts when these have ended, however they did, where one of them had started.
    pub finalizes: Vec<StepId>,
    /// Whether the task was named on the command line.
    pub requested: bool,
    /// What it does.
    pub work: Work,
    /// Parameters whose values come from other steps: they are checked when they are known.
    pub params: Vec<(Param, Expression)>,
    /// The environment of its programs.
    pub env: Vec<(String, Expression)>,
    /// Where its programs start.
    pub dir: Option<Expression>,
    /// What the Infrafile's `allow` grants. [`Step::prepare`] adds what `run` and `sh` grant.
    pub allow: Grants,
    /// Names that no two steps hold at once.
    pub locks: Vec<String>,
    /// How often it is tried.
    pub retries: Retries,
    /// The longest that an attempt may take.
    pub timeout: Option<Duration>,
    /// What it may use.
    pub limits: Limits,
    /// Whether it gets the terminal.
    pub interactive: bool,
    /// Where it lives on: how it is seen to be ready, and whether it is started again.
    pub service: Option<Service>,
    /// What it is made from and what it makes.
    pub up_to_date: Option<UpToDate>,
    /// Why it is not done.
    pub skip: Option<String>,
}

/// What a step is made from, and what it makes.
#[derive(Clone, Debug, PartialEq)]
pub struct UpToDate {
    /// Patterns of the files that it is made from.
    pub inputs: Vec<Expression>,
    /// Patterns of the files that it makes.
    pub outputs: Vec<Expression>,
    /// Whether what it made is kept and brought back.
    pub cache: bool,
}

/// The same with everything known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patterns {
    /// Of the files that it is made from.
    pub inputs: Vec<PathPattern>,
    /// Of the files that it makes.
    pub outputs: Vec<PathPattern>,
    /// Whether what it made is kept and brought back.
    pub cache: bool,
}

/// A step that lives on.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `tcp://HOST:PORT` that accepts a connection when it is ready.
    pub ready: Option<Expression>,
    /// Whether it is started again when its program fails.
    pub restart: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Nothing: it stands for what it needs.
    Nothing,
    /// A component.
    Component {
        /// As it is written after `uses`.
        uses: Spanned<String>,
        /// Its arguments, a table.
        args: Expression,
        /// For `run` and `sh`: the program that is granted with the task.
        program: Option<Program>,
    },
}

/// The program that `run` and `sh` grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Whether it is confined.
    pub confine: bool,
}

/// A step with everything known.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The arguments.
    pub args: Value,
    /// The environment of its programs.
    pub env: BTreeMap<String, String>,
    /// Where its programs start, relative to the project's root.
    pub dir: String,
    /// For a service: the address that accepts connections when it is ready.
    pub ready: Option<String>,
    /// All that it may do.
    pub grants: Grants,
    /// What it is made from and what it makes.
    pub up_to_date: Option<Patterns>,
}

/// A word that a person types before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The task that asks.
    pub task: String,
    /// The word.
    pub word: String,
}

impl Step {
    /// A step that does nothing, needs nothing and may do nothing.
    #[must_use]
    pub fn nothing(name: &str) -> Self {
        Self {
            id: StepId(0),
            name: name.to_owned(),
            task: name.to_owned(),
            at: Location::default(),
            needs: vec![],
            finalizes: vec![],
            requested: false,
            work: Work::Nothing,
            params: vec![],
            env: vec![],
            dir: None,
            allow: Grants::default(),
            locks: vec![],
            retries: Retries::default(),
            timeout: None,
            limits: Limits::default(),
            interactive: false,
            service: None,
            up_to_date: None,
            skip: None,
        }
    }

    /// What `env` of `run` and `sh` spells out, the program may have, as its arguments. An included file gets no secrets.
    fn secrets_of_program(&self, grants: &Grants) -> Vec<SecretGrant> {
        let spelled_out = self.at.file == 0 && grants.process.len() > self.allow.process.len();
        let Some(program) = grants.process.last().filter(|_| spelled_out) else { return vec![] };
        let sink = SecretSink::new(SinkKind::Process, program.program.0.clone());
        let names = self.env.iter().flat_map(|(_, value)| value.secrets());
        names.map(|name| SecretGrant::exactly(name, sink.clone())).collect()
    }

    /// Puts the outputs of earlier steps into the arguments.
    ///
    /// # Errors
    /// When an output does not have what a reference names, or is no value of the parameter that it is given to.
    pub fn prepare(&self, outputs: &dyn Outputs) -> Result<Prepared, EvaluateError> {
        for (param, value) in &self.params {
            if let Value::Json(json) = value.evaluate(outputs)? {
                param.accept(&json).map_err(|wrong| EvaluateError::Param { message: wrong.message })?;
            }
        }
        let mut env = BTreeMap::new();
        for (name, value) in &self.env {
            env.insert(name.clone(), value.text(outputs)?);
        }
        let dir = match &self.dir {
            Some(dir) => dir.text(outputs)?,
            None => ".".to_owned(),
        };
        let ready = match self.service.as_ref().and_then(|service| service.ready.as_ref()) {
            Some(ready) => Some(ready.text(outputs)?),
            None => None,
        };
        let (args, grants) = match &self.work {
            Work::Nothing => (Value::Json(serde_json::json!({})), self.allow.clone()),
            Work::Component { args, program, .. } => {
                let args = args.evaluate(outputs)?;
                let grants = match program {
                    Some(program) => {
                        let mut grants = process::grants(&self.allow, &args, *program, ready.as_deref());
                        grants.secrets.extend(self.secrets_of_program(&grants));
                        grants
                    }
                    None => self.allow.clone(),
                };
                (args, grants)
            }
        };
        let up_to_date = self.up_to_date.as_ref().map(|patterns| patterns.evaluate(outputs)).transpose()?;
        Ok(Prepared { args, env, dir, ready, grants, up_to_date })
    }
}
