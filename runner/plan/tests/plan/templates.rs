//! Templates: whatever is written, nothing panics, and what is not a reference stays as it is.

use crate::project::{args, planned};
use infra_infrafile::{Location, Template};
use infra_plan::{EvaluateError, Expression, Output, Outputs};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "[^\0]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec(("[a-z]{1,4}", inner), 0..4).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

struct One(Json);

impl Outputs for One {
    fn output(&self, _: infra_event::StepId) -> Output {
        Output::Known(self.0.clone())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in r"(\$|\{|\}|:|\.|[a-zA-Z]|matrix|needs|csv|json|.){0,30}") {
        if let Ok(Template::Literal(Json::String(literal))) = Template::parse(&text, &Location::default()) {
            prop_assert_eq!(literal, text.replace("$$", "$"));
        }
    }

    #[test]
    fn a_text_with_its_dollars_doubled_is_itself(text in r"(\$|\{|\}|[a-zA-Z]|.){0,30}") {
        let parsed = Template::parse(&text.replace('$', "$$"), &Location::default());
        prop_assert_eq!(parsed.ok(), Some(Template::Literal(Json::String(text))));
    }

    #[test]
    fn any_output_is_taken_or_refused(output in json_value(), fields in prop::collection::vec("[a-z0-9]{1,3}", 0..3)) {
        let steps = vec![infra_event::StepId(0)];
        let value = Expression::Output { steps, rows: false, fields: fields.clone(), origin: "needs.a".to_owned() };
        match value.evaluate(&One(output.clone())) {
            Ok(found) if fields.is_empty() => prop_assert_eq!(found.to_json(), output),
            Ok(_) => {}
            Err(EvaluateError::NoField { field, .. }) => prop_assert!(fields.contains(&field)),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn any_value_of_a_parameter_reaches_the_task_as_it_is(value in "[^\0\r]{0,40}") {
        let text = "[tasks.t]\nuses = 'std/x'\nparams = { V = { required = true } }\nwith = { v = '${V}', in = '<${V}>' }";
        let plan = planned(text, &["t", &format!("V={value}")]);
        let plan = plan.map_err(|wrong| TestCaseError::fail(wrong.to_string()))?;
        prop_assert_eq!(args(&plan, "t"), json!({ "v": value, "in": format!("<{value}>") }));
    }
}

/// Ten times the text takes about ten times the time; a parser that looks at the rest for every reference takes a hundred times.
#[test]
fn a_long_text_takes_time_in_proportion() {
    let parse = |count: usize| {
        let text = "a$b${X}$$ ".repeat(count);
        let begin = Instant::now();
        assert!(
            matches!(Template::parse(&text, &Location::default()), Ok(Template::Text(parts)) if parts.len() == 2 * count + 1)
        );
        begin.elapsed()
    };
    // A megabyte; with a quadratic parser it would be minutes.
    assert!(parse(100_000) < Duration::from_secs(60));
}
