//! Images made from Debian packages: a base by `mmdebstrap`, and builds on it.

use crate::{Base, Build};
use infra::docker::{self, BuildOptions};
use infra::process::{Command, Running};
use infra::ui::Progress;
use infra::{Context, Error, Result, cmd};

/// Documentation and translations, which no service needs.
const LEAVE_OUT: [&str; 4] = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*"];

/// Builds what the daemon does not have.
pub(crate) fn build_missing(base: &Base, builds: &[&Build]) -> Result<()> {
    let mut missing = Vec::new();
    for build in builds {
        if docker::inspect_image(&build.tag)?.is_none() {
            missing.push(build);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    // What takes long goes on beside the others, and its image comes last.
    missing.sort_by_key(|build| !build.prepare.is_empty());
    let mut preparing: Vec<Result<Option<Running>>> = missing.iter().map(|build| prepare(build)).collect();
    if docker::inspect_image(&base.tag)?.is_none() {
        make_base(base)?;
    }
    for (build, prepared) in missing.iter().zip(preparing.drain(..)) {
        match prepared {
            Ok(Some(running)) => {
                let status = running.wait()?;
                if !status.success() {
                    let program = build.prepare.first().map(String::as_str).unwrap_or_default();
                    return Err(
                        Error::failed(format!("{program}, which {} needs, has failed", build.tag)).hint("its lines are above")
                    );
                }
            }
            Ok(None) => {}
            // A plan goes on with what would be built.
            Err(error) if error.is_unknown() => {}
            Err(error) => return Err(error),
        }
        image(&build.context, &build.tag)?;
    }
    Ok(())
}

fn prepare(build: &Build) -> Result<Option<Running>> {
    let Some((program, args)) = build.prepare.split_first() else { return Ok(None) };
    infra::info!("{}: {program} runs meanwhile", build.tag);
    Command::new(program).args(args).start().map(Some)
}

fn make_base(base: &Base) -> Result<()> {
    let tar = format!("{}/base.tar", base.context);
    let bar = Progress::spinner(&format!("{}: unpacking Debian {}", base.tag, base.suite));
    let mirrors = mirrors(&base.suite)?;
    let leave_out: Vec<String> = LEAVE_OUT.iter().map(|path| format!("--dpkgopt=path-exclude={path}")).collect();
    let suite = &base.suite;
    let strapped = cmd!(
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--include=ca-certificates,netbase",
        "--aptopt=Acquire::Languages \"none\"",
        "--aptopt=APT::Install-Recommends \"false\"",
        @leave_out,
        "{suite}",
        "{tar}",
        @mirrors
    )
    .run();
    match strapped {
        // A plan cannot know the base, and goes on with what would be built on it.
        Err(error) if error.is_unknown() => {}
        other => other.context(format!("make the base of Debian {suite}"))?,
    }
    bar.finish();
    let built = image(&base.context, &base.tag);
    infra::files::remove(&tar)?;
    built
}

/// The mirrors that this machine's apt uses, as lines of `sources.list`; none where there is no apt, and `mmdebstrap` takes its own.
fn mirrors(suite: &str) -> Result<Vec<String>> {
    if infra::process::find("apt-get")?.is_none() {
        return Ok(Vec::new());
    }
    // Only asked, apt would still write its caches of packages.
    let targets = cmd!(
        "apt-get",
        "indextargets",
        "--option=Dir::Cache::pkgcache=",
        "--option=Dir::Cache::srcpkgcache=",
        "--format",
        "deb $(REPO_URI) $(RELEASE) main",
        "Created-By: Packages"
    )
    .read()?;
    let mut lines: Vec<String> = targets
        .lines()
        .filter(|line| line.split(' ').nth(2).is_some_and(|release| release.starts_with(suite)))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines.dedup();
    Ok(lines)
}

fn image(context: &str, tag: &str) -> Result<()> {
    let bar = Progress::spinner(&format!("build {tag}"));
    let options =
        BuildOptions { context: context.to_owned(), tags: vec![tag.to_owned()], cache: true, ..BuildOptions::default() };
    let build = docker::build_image(&options)?;
    let mut last = Vec::new();
    loop {
        match build.next() {
            Ok(Some(line)) => {
                infra::debug!("{line}");
                if line.starts_with("Step ") {
                    bar.label(&format!("build {tag}: {line}"));
                }
                last.push(line);
                if last.len() > 20 {
                    last.remove(0);
                }
            }
            Ok(None) => break,
            Err(error) => return Err(with_lines(error, tag, &last)),
        }
    }
    bar.finish();
    infra::info!("built {tag}");
    Ok(())
}

fn with_lines(error: Error, tag: &str, last: &[String]) -> Error {
    for line in last {
        infra::error!("{line}");
    }
    Error { message: format!("build {tag}: {}", error.message), ..error }
}
