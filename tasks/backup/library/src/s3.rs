//! Buckets of S3 and of what speaks as it does, by paths: `ENDPOINT/BUCKET/KEY`.

mod address;
mod answer;
mod bucket;
mod credentials;
mod requests;
mod signature;
#[cfg(test)]
mod tests;
mod upload;

pub(crate) use address::Address;
pub(crate) use bucket::Bucket;
pub(crate) use credentials::Credentials;
