//! `std/restore`: brings back what `std/backup` has saved, all of it or nothing.
//!
//! The backup is read to its end before anything is touched. Then it goes to a script in the container, which loads it beside what is
//! there and changes the two only when all of it has come, with the right checksum.

use infra::{Error, Grants, Params, Result, docker, json};
use infra_backup::{Access, Kind, Place, Report, Service, Shelf, postgres, volume};
use serde::Serialize;

/// What to bring back, and where.
#[derive(Params)]
struct Restore {
    /// The backup: its id, its file's name, or `latest`.
    #[param(default = "latest")]
    backup: String,
    /// What the backups are called; else as the service.
    name: Option<String>,
    /// Where they lie: a directory of the project, or `s3://BUCKET/PREFIX`.
    #[param(default = "backups")]
    directory: String,
    /// The Compose service that gets it.
    #[param(default = "postgres")]
    service: String,
    /// The service's Compose project; else the Infrafile's project.
    project: Option<String>,
    /// What is brought back: databases, or a volume.
    #[param(default = "postgres", choices("postgres", "volume"))]
    kind: String,
    /// The volume: its name, its name in Compose, or its place in the container. Not needed where there is one.
    volume: Option<String>,
    /// The server's superuser; else that of the container's `POSTGRES_USER`.
    user: Option<String>,
    /// The image of the container that unpacks a volume: with `sh`, `tar` and `sha256sum`; else the service's own.
    helper: Option<String>,
    /// The store of the bucket, as `https://HOST:PORT`; else Amazon's.
    endpoint: Option<String>,
    /// The store's region.
    #[param(default = "us-east-1")]
    region: String,
    /// Who asks for the bucket.
    access_key: Option<String>,
    /// The key that belongs to it.
    secret_key: Option<String>,
    /// The session token of credentials that are lent.
    session_token: Option<String>,
}

impl Restore {
    fn place(&self) -> Place<'_> {
        Place {
            directory: &self.directory,
            endpoint: self.endpoint.as_deref(),
            region: &self.region,
            access_key: self.access_key.as_deref(),
            secret_key: self.secret_key.as_deref(),
            session_token: self.session_token.as_deref(),
            part: 0,
            create: false,
        }
    }
}

/// What was brought back.
#[derive(Serialize)]
struct Restored {
    backup: String,
    created: String,
    service: String,
    bytes: u64,
}

fn requires(params: &Restore) -> Result<Grants> {
    let verbs = if params.kind == "volume" { vec!["exec", "run", "stop", "remove"] } else { vec!["exec"] };
    Ok(params.place().grants(Access::Read)?.docker(json!({ "verbs": verbs })))
}

/// Brings back what std/backup has saved, all of it or nothing.
#[infra::task(requires = requires)]
fn restore(params: Restore) -> Result<Restored> {
    let shelf = Shelf::open(&params.place())?;
    let name = params.name.clone().unwrap_or_else(|| params.service.clone());
    let report = shelf.find(&name, &params.backup)?;
    let wanted = if params.kind == "volume" { Kind::Volume } else { Kind::Postgres };
    if report.kind != wanted {
        return Err(Error::new("invalid", format!("{} is not a backup of this kind", report.id)).hint("correct `kind`"));
    }
    let service = Service::find(params.project.as_deref(), &params.service)?;
    shelf.verify(&report)?;
    infra::info!("{} of {} is whole", report.file, report.created);
    match report.kind {
        Kind::Postgres => restore_databases(&params, &service, &report, &shelf)?,
        Kind::Volume => restore_volume(&params, &service, &report, &shelf)?,
    }
    Ok(Restored { backup: report.id, created: report.created, service: service.name, bytes: report.raw_bytes })
}

fn restore_databases(params: &Restore, service: &Service, report: &Report, shelf: &Shelf) -> Result<()> {
    service.must_run()?;
    let sink = postgres::load(&service.container, &report.raw_sha256, params.user.as_deref());
    shelf.load(&format!("restore {}", report.id), report, &sink).map(drop)
}

fn restore_volume(params: &Restore, service: &Service, report: &Report, shelf: &Shelf) -> Result<()> {
    let mount = service.mount(params.volume.as_deref())?;
    let helper = volume::helper(&mount.volume, params.helper.as_deref().unwrap_or(&service.image))?;
    if service.running {
        docker::stop_container(&service.container, None)?;
    }
    let sink = volume::unpack(&helper, &report.raw_sha256);
    let result = shelf.load(&format!("restore {}", report.id), report, &sink);
    if service.running {
        // As it was, also where the restore has failed.
        docker::start_container(&service.container)?;
    }
    result?;
    helper.remove()
}
