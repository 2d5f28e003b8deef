use crate::LoadError;
use wasmparser::{Parser, Payload};

/// What a component must look like, as data: the WIT package that it may import, and what it exports.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// The package, as `infra:task`.
    pub package: &'static str,
    /// The version that the runner offers, as `0.1.0`.
    pub version: &'static str,
    /// The functions that a task exports.
    pub exports: &'static [&'static str],
}

impl Contract {
    /// Checks a component's bytes without compiling anything.
    ///
    /// # Errors
    /// When it is no component, or not such a component.
    pub fn check(&self, bytes: &[u8]) -> Result<(), LoadError> {
        const MAGIC: &[u8] = b"\0asm";
        if bytes.len() < 8 {
            return Err(if MAGIC.starts_with(bytes.get(..4.min(bytes.len())).unwrap_or_default()) && !bytes.is_empty() {
                LoadError::Truncated(bytes.len())
            } else {
                LoadError::NotWebAssembly
            });
        }
        if !bytes.starts_with(MAGIC) {
            return Err(LoadError::NotWebAssembly);
        }
        if Parser::is_core_wasm(bytes) {
            return Err(LoadError::CoreModule);
        }
        let mut depth = 0_usize;
        let mut exports = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(|error| damaged(bytes, &error))? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        self.check_import(import.map_err(|error| damaged(bytes, &error))?.name.name)?;
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        exports.push(export.map_err(|error| damaged(bytes, &error))?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        match self.exports.iter().find(|wanted| !exports.iter().any(|export| export == *wanted)) {
            Some(missing) => Err(LoadError::NoTask((*missing).to_owned())),
            None => Ok(()),
        }
    }

    /// An import `infra:task/ui@0.1.3` fits an offer of 0.1.x when its patch is not newer; see semantic versioning below 1.0.
    fn check_import(&self, name: &str) -> Result<(), LoadError> {
        let Some(rest) = name.strip_prefix(self.package).and_then(|rest| rest.strip_prefix('/')) else { return Ok(()) };
        let found = rest.split_once('@').map_or("", |(_, version)| version);
        let fits = match (numbers(found), numbers(self.version)) {
            (Some([major, minor, patch]), Some(offered)) => {
                major == offered[0] && (major > 0 || minor == offered[1]) && (minor, patch) <= (offered[1], offered[2])
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        Err(LoadError::Version {
            package: self.package.to_owned(),
            found: if found.is_empty() { "no version".to_owned() } else { found.to_owned() },
            spoken: self.version.to_owned(),
        })
    }
}

fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

fn damaged(bytes: &[u8], error: &wasmparser::BinaryReaderError) -> LoadError {
    let text = error.message();
    if text.contains("unexpected end") || text.contains("unexpected-eof") || error.offset() >= bytes.len() as u64 {
        LoadError::Truncated(bytes.len())
    } else {
        LoadError::Invalid(format!("{text} at byte {}", error.offset()))
    }
}
