use crate::EffectKind;
use std::time::Duration;

/// Whether an effect changes the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It does not.
    Read,
    /// It may.
    Write,
}

/// What happens to an effect under way when its step is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// It is dropped, and nothing remains.
    Abort,
    /// It may end within the grace, then it is stopped.
    Finish(Duration),
    /// It is undone by name or label.
    Compensate,
}

/// What a plan does instead of performing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulation {
    /// The effect is performed, because it only reads; the overlay's objects are seen too.
    Perform,
    /// The overlay remembers what would be there, and later reads see it.
    Overlay,
    /// The server is asked to check without doing.
    ServerDryRun,
    /// The answer is `unknown until applied`.
    Unknown,
}

/// When the intent of an effect is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It survives the end of the process, also by kill -9.
    Relaxed,
    /// It is synced to the disk before the effect is performed, and survives a loss of power.
    Durable,
}

/// One row of the effect table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectRow {
    /// Read or write.
    pub nature: Nature,
    /// At cancellation.
    pub cancellation: Cancellation,
    /// In a plan.
    pub simulation: Simulation,
    /// Of the intent.
    pub durability: Durability,
    /// Whether a step with this effect may be cached when all its conditions hold; else never.
    pub cacheable: bool,
}

/// Programs get TERM, this long, then KILL.
const PROGRAM_GRACE: Duration = Duration::from_secs(15);
/// A daemon's short call may end by itself.
const CALL_GRACE: Duration = Duration::from_secs(10);

impl EffectKind {
    /// The kind's row of the effect table.
    #[must_use]
    pub const fn row(self) -> EffectRow {
        use Cancellation::{Abort, Compensate, Finish};
        use Durability::{Durable, Relaxed};
        const fn read(cacheable: bool) -> EffectRow {
            EffectRow {
                nature: Nature::Read,
                cancellation: Abort,
                simulation: Simulation::Perform,
                durability: Relaxed,
                cacheable,
            }
        }
        const fn write(cancellation: Cancellation, simulation: Simulation, durability: Durability) -> EffectRow {
            EffectRow { nature: Nature::Write, cancellation, simulation, durability, cacheable: false }
        }
        match self {
            Self::FileRead | Self::FileList | Self::FileStat => read(true),
            Self::FileWrite | Self::FileCreateDirectory | Self::FileRemove => {
                EffectRow { cacheable: true, ..write(Finish(CALL_GRACE), Simulation::Overlay, Relaxed) }
            }
            Self::ProcessRun => EffectRow { cacheable: true, ..write(Finish(PROGRAM_GRACE), Simulation::Unknown, Relaxed) },
            Self::DockerPing
            | Self::ImageInspect
            | Self::ImageDistribution
            | Self::ImageList
            | Self::ContainerInspect
            | Self::ContainerList
            | Self::ContainerWait
            | Self::ContainerLogs
            | Self::ContainerArchive
            | Self::NetworkInspect
            | Self::VolumeInspect
            | Self::KubernetesConnect
            | Self::KubernetesInspect
            | Self::KubernetesGet
            | Self::KubernetesEvents
            | Self::KubernetesWait
            | Self::KubernetesLogs
            | Self::KubernetesDiff
            | Self::HttpRead
            | Self::TcpConnect
            // What it goes to is an effect of its own.
            | Self::SecretUse
            | Self::SecretReveal => read(false),
            Self::ImagePull | Self::ImageBuild => write(Abort, Simulation::Overlay, Durable),
            Self::ContainerCreate | Self::NetworkCreate => write(Compensate, Simulation::Overlay, Durable),
            Self::ContainerExec => write(Compensate, Simulation::Unknown, Durable),
            // The daemon stops to unpack when the connection breaks; what it has unpacked is there.
            Self::ContainerExtract => write(Abort, Simulation::Unknown, Durable),
            Self::KubernetesApply | Self::KubernetesDelete | Self::KubernetesPatch => {
                write(Finish(CALL_GRACE), Simulation::ServerDryRun, Durable)
            }
            // The server ends a command when its connection breaks, and a forwarded port is this process's own.
            Self::KubernetesExec | Self::KubernetesPortForward => write(Abort, Simulation::Unknown, Durable),
            Self::KubernetesRun => write(Compensate, Simulation::ServerDryRun, Durable),
            // What was sent cannot be called back: it is in doubt until the server has answered.
            Self::HttpWrite => write(Abort, Simulation::Unknown, Durable),
            Self::ImageTag
            | Self::ImageRemove
            | Self::ContainerStart
            | Self::ContainerStop
            | Self::ContainerRemove
            | Self::NetworkRemove
            | Self::VolumeCreate
            | Self::VolumeRemove => write(Finish(CALL_GRACE), Simulation::Overlay, Durable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_performed_in_a_plan_and_a_write_never_is() {
        for kind in EffectKind::ALL {
            let row = kind.row();
            assert_eq!(row.nature == Nature::Read, row.simulation == Simulation::Perform, "{kind}");
        }
    }

    #[test]
    fn a_write_elsewhere_has_a_durable_intent() {
        for kind in EffectKind::ALL {
            let elsewhere = ["docker.", "kubernetes.", "http."].iter().any(|lead| kind.name().starts_with(lead));
            if elsewhere && kind.row().nature == Nature::Write {
                assert_eq!(kind.row().durability, Durability::Durable, "{kind}");
            }
        }
    }
}
