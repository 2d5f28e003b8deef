use crate::{Backup, measured};
use infra::pipe::Filter;
use infra::{Error, Result, docker};
use infra_backup::{Report, Service, Shelf, volume};

/// Saves a volume of the service.
pub(crate) fn save(params: &Backup, service: &Service, filters: &[Filter], shelf: &Shelf, report: &mut Report) -> Result<()> {
    if params.verify == "restore" {
        return Err(
            Error::new("unsupported", "a volume's backup is verified by its checksum").hint("take `restore` out of `verify`")
        );
    }
    let mount = service.mount(params.volume.as_deref())?;
    report.source.clone_from(&mount.volume);
    let stops = params.stop && service.running;
    if stops {
        docker::stop_container(&service.container, None)?;
    }
    let source = volume::archive(service, mount);
    let label = format!("save {}", mount.volume);
    let found = shelf.save(&label, &source, filters, &report.file);
    if stops {
        docker::start_container(&service.container)?;
    }
    measured(params, shelf, found?, report)
}
