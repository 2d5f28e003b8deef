use crate::Seal;
use infra::secrets::{Secret, names_in};
use infra::{Error, Result};
use std::collections::BTreeMap;

/// The plain values.
pub(crate) fn values(params: &Seal) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut values = BTreeMap::new();
    for (key, value) in &params.data {
        let text = if names_in(value).is_empty() { value.clone() } else { Secret::try_from(value.clone())?.reveal()? };
        values.insert(key.clone(), text.into_bytes());
    }
    for (key, file) in &params.from_files {
        if values.insert(key.clone(), infra::files::read(file)?).is_some() {
            return Err(
                Error::new("invalid", format!("`{key}` stands in `data` and in `from-files`")).hint("leave one of them out")
            );
        }
    }
    match values.is_empty() {
        true => {
            Err(Error::new("invalid", "there is nothing to seal")
                .hint("name values in `data`: `{ password = \"${secrets.DB}\" }`"))
        }
        false => Ok(values),
    }
}
