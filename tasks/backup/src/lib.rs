//! `std/backup`: databases and volumes into files.
//!
//! The data goes from the service's container to the file on the host's side. The file has its name once it is whole and synced; the
//! report beside it is written after the file was read back; the pointer to the latest follows.

mod postgres;
mod volume;

use infra::{Error, Grants, Params, Result, json};
use infra_backup::{Access, Compression, Kind, Listed, Place, Report, Service, Shelf, compact, in_words, now};
use serde::Serialize;
use std::collections::BTreeMap;

/// What to save, and where.
#[derive(Params)]
struct Backup {
    /// What to do. `list` shows the backups, and `verify` reads the newest, or the one that `backup` names, back.
    #[param(default = "backup", choices("backup", "list", "verify"))]
    action: String,
    /// What to save: all databases of a PostgreSQL server, or a volume.
    #[param(default = "postgres", choices("postgres", "volume"))]
    kind: String,
    /// The Compose service that has it.
    #[param(default = "postgres")]
    service: String,
    /// The service's Compose project; else the Infrafile's project.
    project: Option<String>,
    /// The volume: its name, its name in Compose, or its place in the container. Not needed where there is one.
    volume: Option<String>,
    /// What the backups are called; else as the service.
    name: Option<String>,
    /// Where they lie: a directory of the project, or `s3://BUCKET/PREFIX`.
    #[param(default = "backups")]
    directory: String,
    /// How they are compressed.
    #[param(default = "gzip", choices("gzip", "zstd"))]
    compression: String,
    /// From 1 (fast) to 9 (gzip) or 19 (zstd).
    level: Option<u32>,
    /// The server's superuser; else that of the container's `POSTGRES_USER`.
    user: Option<String>,
    /// How a new backup is verified: read back, also restored into a scratch container with its rows counted, or not at all.
    #[param(default = "checksum", choices("checksum", "restore", "none"))]
    verify: String,
    /// Remove backups of the name that are older than these days.
    keep_days: Option<u32>,
    /// But keep at least so many.
    #[param(default = 3_u32)]
    keep_least: u32,
    /// Stop the service while its volume is read, so that no file changes meanwhile.
    #[param(default = false)]
    stop: bool,
    /// The backup that is read back (verify): its id, its file's name, or `latest`.
    #[param(default = "latest")]
    backup: String,
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
    /// How much goes to the bucket at a time, in MiB, from 5 to 64. There are 10000 parts at most.
    #[param(default = 16_u32)]
    part_mib: u32,
    /// Make the bucket where it is not there.
    #[param(default = false)]
    create_bucket: bool,
}

impl Backup {
    fn place(&self) -> Place<'_> {
        Place {
            directory: &self.directory,
            endpoint: self.endpoint.as_deref(),
            region: &self.region,
            access_key: self.access_key.as_deref(),
            secret_key: self.secret_key.as_deref(),
            session_token: self.session_token.as_deref(),
            part: u64::from(self.part_mib.clamp(5, 64)) << 20,
            create: self.create_bucket,
        }
    }
}

/// What was done.
#[derive(Serialize)]
#[serde(untagged)]
enum Done {
    Made(Box<Made>),
    Listed(Vec<Listed>),
}

/// A backup that was made or read back.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    report: Report,
    /// Those that were too old.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
}

fn requires(params: &Backup) -> Result<Grants> {
    if params.action != "backup" {
        return params.place().grants(Access::Read);
    }
    let mut verbs = vec![if params.kind == "volume" { "copy" } else { "exec" }];
    if params.stop {
        verbs.extend(["run", "stop"]);
    }
    if params.verify == "restore" {
        verbs.extend(["run", "remove"]);
    }
    Ok(params.place().grants(Access::Write)?.docker(json!({ "verbs": verbs })))
}

/// Saves databases and volumes into files that are whole, verified, and kept for a time.
#[infra::task(requires = requires)]
fn backup(params: Backup) -> Result<Done> {
    if !(5..=64).contains(&params.part_mib) {
        return Err(
            Error::new("invalid", format!("a part cannot have {} MiB", params.part_mib)).hint("set `part-mib` to 5 to 64")
        );
    }
    let shelf = Shelf::open(&params.place())?;
    let name = named(&params)?;
    match params.action.as_str() {
        "list" => Ok(Done::Listed(shelf.list(&name)?)),
        "verify" => {
            let report = shelf.find(&name, &params.backup)?;
            shelf.verify(&report)?;
            Ok(Done::Made(Box::new(Made { report, removed: vec![] })))
        }
        _ => make(&params, &shelf, name),
    }
}

fn named(params: &Backup) -> Result<String> {
    let name = params.name.clone().unwrap_or_else(|| params.service.clone());
    let fits = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
        return Err(Error::new("invalid", format!("`{name}` cannot be the name of backups"))
            .hint("letters, digits, dots, hyphens and underscores may stand in it"));
    }
    Ok(name)
}

fn make(params: &Backup, shelf: &Shelf, name: String) -> Result<Done> {
    let compression = Compression::of(&params.compression)?;
    let service = Service::find(params.project.as_deref(), &params.service)?;
    shelf.make(&name)?;
    let begun = now();
    let id = format!("{name}-{}", compact(begun));
    let kind = if params.kind == "volume" { Kind::Volume } else { Kind::Postgres };
    let file = format!("{id}.{}.{}", kind.extension(), compression.extension());
    if shelf.has(&file)? {
        return Err(Error::new("conflict", format!("there is a backup {file} already")).hint("wait a second").retryable());
    }
    let target = shelf.place(&file);
    let filters = [compression.filter(params.level)];
    let mut report = Report {
        version: 1,
        id,
        name,
        kind,
        file,
        created: in_words(begun),
        created_seconds: begun,
        duration_ms: 0,
        service: service.name.clone(),
        image: service.image.clone(),
        source: String::new(),
        raw_bytes: 0,
        raw_sha256: String::new(),
        stored_bytes: 0,
        stored_sha256: String::new(),
        compression: params.compression.clone(),
        versions: BTreeMap::new(),
        verified: None,
        rows: BTreeMap::new(),
    };
    let whole = match kind {
        Kind::Postgres => postgres::save(params, &service, &filters, shelf, &mut report),
        Kind::Volume => volume::save(params, &service, &filters, shelf, &mut report),
    };
    if let Err(error) = whole {
        // What is not known to be right must not look as if it were. In a plan there is nothing.
        if !error.is_unknown() {
            let _ = shelf.remove(&report.file);
        }
        return Err(error);
    }
    report.duration_ms = now().saturating_sub(begun).saturating_mul(1000).max(report.duration_ms);
    shelf.publish(&report)?;
    infra::info!("{target}: {} bytes of {}", report.stored_bytes, report.raw_bytes);
    let removed = match params.keep_days {
        Some(days) => shelf.prune(&report.name, days, params.keep_least, now())?,
        None => vec![],
    };
    for old in &removed {
        infra::info!("{old} was older than it is kept, and is removed");
    }
    Ok(Done::Made(Box::new(Made { report, removed })))
}

/// Takes over what was measured, and reads the file back.
fn measured(params: &Backup, shelf: &Shelf, found: infra::pipe::Measured, report: &mut Report) -> Result<()> {
    report.raw_bytes = found.read;
    report.raw_sha256 = found.read_sha256;
    report.stored_bytes = found.written;
    report.stored_sha256 = found.written_sha256;
    report.duration_ms = found.duration_ms;
    if params.verify != "none" {
        shelf.verify(report)?;
        report.verified = Some("checksum".to_owned());
    }
    Ok(())
}
