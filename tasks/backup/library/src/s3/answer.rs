//! What a store answers: XML in a few forms.

use infra::{Error, Result};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use std::collections::BTreeMap;

/// The texts within an element, by their names.
pub(super) type Record = BTreeMap<String, String>;

/// The elements of a name, each with the texts right within it.
///
/// # Errors
/// `failed` where it is not XML.
pub(super) fn records(xml: &str, name: &str) -> Result<Vec<Record>> {
    let wrong = |why: String| Error::failed(format!("the store's answer is not understood: {why}"));
    let mut reader = Reader::from_str(xml);
    let (mut records, mut text) = (Vec::new(), String::new());
    // How deep it is within the element, and what was found there.
    let mut open: Option<(usize, Record)> = None;
    loop {
        match reader.read_event().map_err(|error| wrong(error.to_string()))? {
            Event::Start(start) => {
                text.clear();
                match &mut open {
                    Some((depth, _)) => *depth += 1,
                    None if start.local_name().as_ref() == name => open = Some((0, Record::new())),
                    None => {}
                }
            }
            Event::Text(piece) => text.push_str(&piece),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|error| wrong(error.to_string()))? {
                Some(letter) => text.push(letter),
                None => text.push_str(resolve_predefined_entity(&reference).unwrap_or_default()),
            },
            Event::End(end) => match open.take() {
                Some((0, record)) => records.push(record),
                Some((depth, mut record)) => {
                    if depth == 1 {
                        let name = end.local_name().as_ref().to_owned();
                        record.insert(name, std::mem::take(&mut text));
                    }
                    open = Some((depth - 1, record));
                }
                None => {}
            },
            Event::Eof => return Ok(records),
            _ => {}
        }
    }
}

/// A text right within the one element of a name.
///
/// # Errors
/// `failed` where it is not there.
pub(super) fn field(xml: &str, name: &str, field: &str) -> Result<String> {
    let found = records(xml, name)?.into_iter().next().and_then(|mut record| record.remove(field));
    found.ok_or_else(|| Error::failed(format!("the store's answer has no {field} in {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>true</IsTruncated>
<Contents><Key>a&amp;b</Key><Owner><ID>x</ID><Key>no</Key></Owner><Size>3</Size></Contents>
<Contents><Size>0</Size><Key>c&#x20;d</Key></Contents><NextContinuationToken>t/=</NextContinuationToken></ListBucketResult>"#;

    #[test]
    fn a_list_is_read_whatever_its_order() {
        let found = records(LIST, "Contents").unwrap_or_default();
        let keys: Vec<_> = found.iter().map(|record| (record["Key"].as_str(), record["Size"].as_str())).collect();
        assert_eq!(keys, [("a&b", "3"), ("c d", "0")]);
        assert_eq!(field(LIST, "ListBucketResult", "NextContinuationToken"), Ok("t/=".to_owned()));
        assert_eq!(field(LIST, "ListBucketResult", "IsTruncated"), Ok("true".to_owned()));
        assert!(field(LIST, "Error", "Code").is_err());
        assert_eq!(records("", "Contents"), Ok(vec![]));
        assert!(records("<a><b></a>", "a").is_err());
    }
}
