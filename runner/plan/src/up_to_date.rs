use crate::{EvaluateError, Expression, Outputs, Patterns, UpToDate};
use infra_effect::PathPattern;
use infra_infrafile::{cached_output_problem, input_problem, output_problem};

impl UpToDate {
    /// The patterns with the outputs of earlier steps in them.
    pub(crate) fn evaluate(&self, outputs: &dyn Outputs) -> Result<Patterns, EvaluateError> {
        let output = if self.cache { cached_output_problem } else { output_problem };
        Ok(Patterns {
            inputs: patterns(&self.inputs, outputs, input_problem)?,
            outputs: patterns(&self.outputs, outputs, output)?,
            cache: self.cache,
        })
    }
}

fn patterns(
    all: &[Expression],
    outputs: &dyn Outputs,
    problem: fn(&str) -> Option<&'static str>,
) -> Result<Vec<PathPattern>, EvaluateError> {
    let pattern = |one: &Expression| {
        let text = one.text(outputs)?;
        match problem(&text) {
            None => Ok(PathPattern(text)),
            Some(wrong) => Err(EvaluateError::Param { message: format!("the pattern `{text}` is wrong: {wrong}") }),
        }
    };
    all.iter().map(pattern).collect()
}
