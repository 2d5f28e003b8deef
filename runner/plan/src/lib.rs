//! An Infrafile and a request to a [`Plan`]: a graph of steps. It looks at nothing but its arguments.

mod adding;
mod bounds;
mod builder;
mod condition;
mod evaluate;
mod expression;
mod instance;
mod matrix;
mod node;
mod order;
mod plan;
mod process;
mod scope;
mod step;
mod substitute;
mod unused_values;
mod up_to_date;
mod values;

pub use builder::build;
pub use evaluate::{EvaluateError, Output, Outputs};
pub use expression::Expression;
pub use plan::{Plan, Precondition};
pub use step::{Confirmation, Patterns, Prepared, Program, Service, Step, UpToDate, Work};
