use crate::{Backup, measured};
use infra::pipe::Filter;
use infra::{Context, Result, json};
use infra_backup::{Report, Scratch, Service, Shelf, postgres, wait_until};

/// How often a scratch server is asked whether it answers, twice a second.
const TRIES: u32 = 240;

/// Saves all databases of the server.
pub(crate) fn save(params: &Backup, service: &Service, filters: &[Filter], shelf: &Shelf, report: &mut Report) -> Result<()> {
    service.must_run()?;
    let user = params.user.as_deref();
    let restores = params.verify == "restore" && !infra::context::planning();
    let before = if restores { postgres::rows(&service.container, user)? } else { Default::default() };
    let source = postgres::dump(&service.container, user);
    let found = shelf.save(&format!("save {}", service.name), &source, filters, &report.file)?;
    measured(params, shelf, found, report)?;
    report.source = "all databases".to_owned();
    report.versions.insert("postgresql".to_owned(), postgres::version(&service.container)?);
    if restores {
        let after = postgres::rows(&service.container, user)?;
        let restored = restore(params, service, shelf, report).context("try the backup in a scratch container")?;
        postgres::compare(&before, &after, &restored)?;
        report.rows = restored;
        report.verified = Some("restore".to_owned());
    }
    Ok(())
}

/// Restores into a server of its own; the rows that it has then.
fn restore(
    params: &Backup,
    service: &Service,
    shelf: &Shelf,
    report: &Report,
) -> Result<std::collections::BTreeMap<String, u64>> {
    let body = json!({ "Image": service.image, "Env": postgres::scratch_environment(service) });
    let scratch = Scratch::start("verify", &body)?;
    // The image's own first start listens on no port.
    wait_until(&scratch.name, &["pg_isready", "-q", "-h", "127.0.0.1"], TRIES)?;
    let user = params.user.as_deref();
    let sink = postgres::load(&scratch.name, &report.raw_sha256, user);
    shelf.load("try the backup", report, &sink)?;
    let rows = postgres::rows(&scratch.name, user)?;
    scratch.remove()?;
    Ok(rows)
}
