//! A limit of a container's processes: one number, or a soft and a hard one.

use crate::fields::Fields;
use crate::problems::Problems;
use crate::yaml::{Entry, Value};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ulimit {
    pub(crate) soft: i64,
    pub(crate) hard: i64,
    single: bool,
}

impl Ulimit {
    pub(crate) fn read(name: &str, entry: &Entry, problems: &Problems) -> Option<Self> {
        let name = format!("{name}.ulimits.{}", entry.key);
        if let Value::Map(_) = entry.value.value {
            let mut fields = Fields::open(name.as_str(), &entry.value, problems);
            let (soft, hard) = (fields.integer("soft"), fields.integer("hard"));
            fields.finish();
            if soft.is_none() || hard.is_none() {
                problems.add(&entry.place, format!("`{name}` needs `soft` and `hard`"));
            }
            return Some(Self { soft: soft?, hard: hard?, single: false });
        }
        let number = entry.value.text().and_then(|text| text.parse().ok());
        if number.is_none() {
            problems.add(&entry.place, format!("`{name}` must be a number, or a map with `soft` and `hard`"));
        }
        number.map(|number| Self { soft: number, hard: number, single: true })
    }
}

impl Serialize for Ulimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.single {
            return serializer.serialize_i64(self.soft);
        }
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in [("soft", self.soft), ("hard", self.hard)] {
            if value != 0 {
                map.serialize_entry(key, &value)?;
            }
        }
        map.end()
    }
}
