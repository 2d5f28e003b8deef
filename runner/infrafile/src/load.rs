use crate::{Diagnostic, Diagnostics, Infrafile, Request, Sources};

/// Reads and checks an Infrafile, with the profile that the values choose.
pub fn load(request: &Request) -> Result<Infrafile, Diagnostics> {
    let message = format!("{} cannot be loaded yet", request.file.display());
    Err(Diagnostics { all: vec![Diagnostic::new(message)], sources: Sources::default(), usage: false })
}

/// Reads and checks an Infrafile with every one of its profiles.
pub fn check(request: &Request) -> Result<Vec<Infrafile>, Diagnostics> {
    load(request).map(|infrafile| vec![infrafile])
}
