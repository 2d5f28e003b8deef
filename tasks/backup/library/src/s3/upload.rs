//! What is large goes in parts, which the store joins at the end: until then nothing has the name.

use super::{Bucket, answer};
use crate::time::{in_words, now};
use infra::http::Exchange;
use infra::pipe::{self, Expected, Filter, Measured, Portion, Portions, Source};
use infra::ui::{Progress, Unit};
use infra::{Context as _, Error, Result, context};
use std::fmt::Write as _;

/// What S3 takes.
const MOST_PARTS: usize = 10_000;
/// How old an unfinished upload is that nobody works on any more, in seconds.
const FORGOTTEN: u64 = 86_400;

impl Bucket {
    /// Uploads what a source gives. What is smaller than a part goes at once.
    pub(super) fn upload(&self, label: &str, source: &Source, filters: &[Filter], file: &str) -> Result<Measured> {
        let key = self.key(file);
        let portions = pipe::cut(source, filters, &Expected::default());
        if context::planning() {
            // Both ends are shown.
            let put = self.requests.with("PUT", &key, &[], "").start();
            let told = portions.err().into_iter().chain(put.err()).find(|error| !error.is_unknown());
            let unknown = || Error::new("unknown-until-applied", "what is saved is not known before it is");
            return Err(told.unwrap_or_else(unknown));
        }
        let portions = portions?;
        let bar = Progress::bar(label, 0, Unit::Bytes);
        bar.total(None);
        let first = portions.next(self.part)?;
        match first {
            Some(first) if first.size() == self.part => self.in_parts(&key, first, &portions, &bar)?,
            Some(only) => {
                let exchange = only.send(&self.requests.signed("PUT", &key, &[], &only.sha256()))?;
                self.taken(exchange)?;
                // It was shorter than a part: this is the end.
                drop(portions.next(1)?);
            }
            None => {
                self.requests.must(self.requests.with("PUT", &key, &[], ""))?;
            }
        }
        bar.finish();
        portions.measured()
    }

    fn in_parts(&self, key: &str, first: Portion, portions: &Portions, bar: &Progress) -> Result<()> {
        let begun = self.requests.must(self.requests.bare("POST", key, &[("uploads", "")]))?.text();
        let id = answer::field(&begun, "InitiateMultipartUploadResult", "UploadId")?;
        let done = self.parts(key, &id, first, portions, bar).and_then(|tags| self.complete(key, &id, &tags));
        if done.is_err()
            && let Err(error) = self.abort(key, &id)
        {
            infra::warning!("the unfinished upload of {key} stays in the store, invisible: {}", error.message);
        }
        done
    }

    /// Sends the parts, and reads the next one while one is sent. Their tags.
    fn parts(&self, key: &str, id: &str, first: Portion, portions: &Portions, bar: &Progress) -> Result<Vec<String>> {
        let (mut tags, mut sent, mut next) = (Vec::new(), 0, Some(first));
        while let Some(portion) = next {
            if tags.len() == MOST_PARTS {
                let message = format!("a backup has more than {MOST_PARTS} parts of {} MiB", self.part >> 20);
                return Err(Error::new("limit", message).hint("raise `part-mib`"));
            }
            let number = (tags.len() + 1).to_string();
            let pairs = [("partNumber", number.as_str()), ("uploadId", id)];
            let exchange = portion.send(&self.requests.signed("PUT", key, &pairs, &portion.sha256()))?;
            next = portions.next(self.part)?;
            tags.push(self.taken(exchange).context(format!("part {number}"))?);
            sent += portion.size();
            bar.position(sent);
        }
        Ok(tags)
    }

    /// The tag of what the store has taken. It has compared the checksum that is part of the signature.
    fn taken(&self, exchange: Exchange) -> Result<String> {
        let response = exchange.read()?;
        if !(200..300).contains(&response.status()) {
            return Err(self.requests.refusal(response.status(), &response.text()));
        }
        let tag = response.header("etag").map(str::to_owned);
        tag.ok_or_else(|| Error::failed("the store gives no tag for what it has taken"))
    }

    fn complete(&self, key: &str, id: &str, tags: &[String]) -> Result<()> {
        let mut body = "<CompleteMultipartUpload>".to_owned();
        for (index, tag) in tags.iter().enumerate() {
            let tag = quick_xml::escape::escape(tag.as_str());
            let _ = write!(body, "<Part><PartNumber>{}</PartNumber><ETag>{tag}</ETag></Part>", index + 1);
        }
        body.push_str("</CompleteMultipartUpload>");
        let answer = self.requests.must(self.requests.with("POST", key, &[("uploadId", id)], &body))?;
        // A failure may come after the status was sent.
        if answer::records(&answer.text(), "Error")?.is_empty() {
            return Ok(());
        }
        Err(self.requests.refusal(500, &answer.text()))
    }

    fn abort(&self, key: &str, id: &str) -> Result<()> {
        self.requests.ask(self.requests.bare("DELETE", key, &[("uploadId", id)])).map(drop)
    }

    /// Removes what runs that were killed a day ago or earlier have begun to upload for backups of this name.
    pub(super) fn abort_forgotten(&self, name: &str) {
        let limit = in_words(now().saturating_sub(FORGOTTEN));
        let found = self.pages(
            &[("uploads", "")],
            &format!("{name}-"),
            ("ListMultipartUploadsResult", "Upload"),
            ("key-marker", "NextKeyMarker"),
        );
        for upload in found.unwrap_or_default() {
            let (Some(key), Some(id), Some(begun)) = (upload.get("Key"), upload.get("UploadId"), upload.get("Initiated")) else {
                continue;
            };
            // Both begin with the date and go on with the time of the day in UTC.
            if begun.get(..19) < limit.get(..19) && self.abort(key, id).is_ok() {
                infra::info!("an upload of {key} that was begun at {begun} and never finished is removed");
            }
        }
    }
}
