//! How Docker finds out whether a container is healthy.

use crate::duration::Duration;
use crate::fields::{Fields, is_default, texts};
use crate::problems::Problems;
use crate::yaml::{Node, Value};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Healthcheck {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    test: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_period: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_interval: Option<Duration>,
    #[serde(skip_serializing_if = "is_default")]
    disable: bool,
}

impl Healthcheck {
    pub(crate) fn read(name: &str, node: &Node, problems: &Problems) -> Self {
        let mut fields = Fields::open(format!("{name}.healthcheck"), node, problems);
        let test = fields.get("test").map(|node| (node, test(node)));
        if let Some((node, None)) = &test {
            let known = "text, or a list that starts with CMD, CMD-SHELL or NONE";
            problems.add(&node.place, format!("`{}` must be {known}", fields.path("test")));
        }
        let check = Self {
            test: test.and_then(|(_, test)| test).unwrap_or_default(),
            timeout: fields.duration("timeout"),
            interval: fields.duration("interval"),
            retries: fields.integer("retries"),
            start_period: fields.duration("start_period"),
            start_interval: fields.duration("start_interval"),
            disable: fields.flag("disable").unwrap_or(false),
        };
        fields.finish();
        check
    }

    /// Whether the container's health is asked at all.
    pub(crate) fn checks(&self) -> bool {
        !self.disable && self.test.first().is_none_or(|first| first != "NONE")
    }

    pub(crate) fn body(&self) -> Json {
        if !self.checks() {
            return json!({ "Test": ["NONE"] });
        }
        let mut body = Map::new();
        if !self.test.is_empty() {
            body.insert("Test".into(), json!(self.test));
        }
        let numbers = [
            ("Interval", self.interval.map(|duration| duration.0)),
            ("Timeout", self.timeout.map(|duration| duration.0)),
            ("StartPeriod", self.start_period.map(|duration| duration.0)),
            ("StartInterval", self.start_interval.map(|duration| duration.0)),
            ("Retries", self.retries),
        ];
        body.extend(numbers.into_iter().filter_map(|(key, number)| Some((key.to_owned(), json!(number?)))));
        Json::Object(body)
    }
}

fn test(node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::Text(line) => Some(vec!["CMD-SHELL".to_owned(), line.clone()]),
        _ => {
            texts(node).filter(|words| words.first().is_some_and(|first| matches!(first.as_str(), "CMD" | "CMD-SHELL" | "NONE")))
        }
    }
}
