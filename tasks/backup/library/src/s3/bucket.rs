use super::requests::Requests;
use super::{Address, Credentials, answer};
use crate::store::Store;
use infra::pipe::{self, Expected, Filter, Measured, Sink, Source};
use infra::{Error, Result, context};

/// A place in a bucket.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(super) requests: Requests,
    /// Bytes of a part of a large object.
    pub(super) part: u64,
    create: bool,
}

impl Bucket {
    pub(crate) const fn new(address: Address, credentials: Credentials, part: u64, create: bool) -> Self {
        Self { requests: Requests { address, credentials }, part, create }
    }

    pub(super) fn key(&self, file: &str) -> String {
        format!("{}{file}", self.requests.address.prefix)
    }

    /// The elements of a list about the files that begin so, page by page.
    pub(super) fn pages(
        &self,
        pairs: &[(&str, &str)],
        start: &str,
        (root, element): (&str, &str),
        (token, next): (&str, &str),
    ) -> Result<Vec<answer::Record>> {
        let (prefix, mut at, mut all) = (self.key(start), String::new(), Vec::new());
        loop {
            let mut pairs = [pairs, &[("prefix", prefix.as_str())]].concat();
            if !at.is_empty() {
                pairs.push((token, &at));
            }
            let answer = self.requests.must(self.requests.bare("GET", "", &pairs))?.text();
            all.extend(answer::records(&answer, element)?);
            let more = answer::field(&answer, root, "IsTruncated").is_ok_and(|more| more == "true");
            if !more {
                return Ok(all);
            }
            let next = answer::field(&answer, root, next)?;
            if next == at {
                return Err(Error::failed("the store's list does not end"));
            }
            at = next;
        }
    }
}

impl Store for Bucket {
    fn place(&self, file: &str) -> String {
        self.requests.address.place(file)
    }

    fn make(&self, name: &str) -> Result<()> {
        match self.files(&format!("{name}.")) {
            Err(error) if error.code == "not-found" && self.create => {
                match self.requests.must(self.requests.bare("PUT", "", &[])) {
                    // A plan goes on with what would be saved there.
                    Err(error) if error.is_unknown() => {}
                    made => drop(made?),
                }
            }
            other => {
                other?;
                if !context::planning() {
                    self.abort_forgotten(name);
                }
            }
        }
        Ok(())
    }

    fn files(&self, start: &str) -> Result<Vec<String>> {
        let found = self.pages(
            &[("list-type", "2")],
            start,
            ("ListBucketResult", "Contents"),
            ("continuation-token", "NextContinuationToken"),
        )?;
        let names = found.into_iter().filter_map(|mut record| record.remove("Key"));
        let prefix = &self.requests.address.prefix;
        let inside = |key: String| key.strip_prefix(prefix.as_str()).map(str::to_owned);
        let mut names: Vec<String> = names.filter_map(inside).filter(|name| !name.contains('/')).collect();
        names.sort();
        Ok(names)
    }

    fn size(&self, file: &str) -> Result<Option<u64>> {
        let Some(head) = self.requests.ask(self.requests.bare("HEAD", &self.key(file), &[]))? else { return Ok(None) };
        let length = head.header("content-length").and_then(|length| length.parse().ok());
        length.map(Some).ok_or_else(|| Error::failed(format!("the store does not tell the size of {}", self.place(file))))
    }

    fn read(&self, file: &str) -> Result<Option<String>> {
        Ok(self.requests.ask(self.requests.bare("GET", &self.key(file), &[]))?.map(|response| response.text()))
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        self.requests.must(self.requests.with("PUT", &self.key(file), &[], text)).map(drop)
    }

    fn remove(&self, file: &str) -> Result<()> {
        self.requests.ask(self.requests.bare("DELETE", &self.key(file), &[])).map(drop)
    }

    fn save(&self, label: &str, source: &Source, filters: &[Filter], file: &str) -> Result<Measured> {
        let measured = self.upload(label, source, filters, file)?;
        match self.size(file)? {
            Some(size) if size == measured.written => Ok(measured),
            found => {
                let found = found.map_or_else(|| "is not there".to_owned(), |size| format!("has {size} bytes"));
                let message = format!("{} {found} after an upload of {} bytes", self.place(file), measured.written);
                Err(Error::failed(message).hint("look at the store's log"))
            }
        }
    }

    fn load(&self, label: &str, file: &str, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Measured> {
        let request = self.requests.bare("GET", &self.key(file), &[]);
        pipe::fetch(label, &request, filters, sink, expected).map_err(|error| {
            let detail = |name: &str| error.details.as_ref().and_then(|details| details.get(name));
            let status = detail("status").and_then(|status| status.as_u64()).and_then(|status| u16::try_from(status).ok());
            match (status, detail("body").and_then(|body| body.as_str())) {
                (Some(404), Some(body)) if !body.contains("NoSuchBucket") => {
                    Error::new("not-found", format!("{} is not there", self.place(file)))
                }
                (Some(status), Some(body)) => self.requests.refusal(status, body),
                _ => error,
            }
        })
    }

    fn is_far(&self) -> bool {
        true
    }
}
