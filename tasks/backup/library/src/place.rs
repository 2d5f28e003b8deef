use crate::directory::Directory;
use crate::s3::{Address, Bucket, Credentials};
use crate::store::Store;
use infra::secrets::{Secret, names_in};
use infra::{Grants, Result, json};

/// Where backups lie, as a task's parameters say it.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// A directory of the project, or `s3://BUCKET/PREFIX`.
    pub directory: &'a str,
    /// The store's `https://HOST:PORT`; none for that of Amazon.
    pub endpoint: Option<&'a str>,
    /// The store's region.
    pub region: &'a str,
    /// Who asks.
    pub access_key: Option<&'a str>,
    /// What only they know: a text, or the handle of a secret.
    pub secret_key: Option<&'a str>,
    /// Of credentials that are lent.
    pub session_token: Option<&'a str>,
    /// Bytes of a part of a large object.
    pub part: u64,
    /// Whether a bucket that is not there is made.
    pub create: bool,
}

/// What is done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Looked.
    Read,
    /// Also written and removed.
    Write,
}

impl Place<'_> {
    fn address(&self) -> Option<Result<Address>> {
        self.directory.starts_with("s3:").then(|| {
            let amazon = format!("https://s3.{}.amazonaws.com", self.region);
            Address::parse(self.directory, self.endpoint.filter(|endpoint| !endpoint.is_empty()).unwrap_or(&amazon))
        })
    }

    /// Each may be a secret.
    fn keys(&self) -> [&str; 3] {
        [self.access_key, self.secret_key, self.session_token].map(Option::unwrap_or_default)
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Store>> {
        let Some(address) = self.address() else { return Ok(Box::new(Directory::new(self.directory))) };
        let [access, secret, token] = self.keys().map(told);
        let credentials = Credentials::new(self.region, &access?, &secret?, Some(&token?))?;
        Ok(Box::new(Bucket::new(address?, credentials, self.part, self.create)))
    }

    /// What a task asks for to work there.
    ///
    /// # Errors
    /// `invalid` for an address that is none.
    pub fn grants(&self, access: Access) -> Result<Grants> {
        if let Some(address) = self.address() {
            let address = address?;
            let methods = if access == Access::Write { vec!["GET", "PUT", "POST", "DELETE"] } else { vec!["GET"] };
            let grants = Grants::new().http(json!({ "hosts": [address.host()], "methods": methods, "paths": address.paths() }));
            let secrets = self.keys().map(names_in);
            return Ok(secrets.iter().flatten().fold(grants, |grants, name| grants.revealed(name)));
        }
        let directory = self.directory.trim_end_matches('/');
        let files = format!("{directory}/**");
        let grants = Grants::new().read(directory).read(&files);
        Ok(if access == Access::Write { grants.write(directory).write(&files) } else { grants })
    }
}

/// The text of a key. Requests are signed with it, so the task itself must know it.
fn told(key: &str) -> Result<String> {
    if names_in(key).is_empty() { Ok(key.to_owned()) } else { Secret::try_from(key.to_owned())?.reveal() }
}
