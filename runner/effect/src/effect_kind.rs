use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kind of an effect: one row of the effect table each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum EffectKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl EffectKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The kind's name, as it stands in the journal and in events.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A program runs.
    ProcessRun = "process.run",
    /// A file's content is read.
    FileRead = "file.read",
    /// A directory is listed.
    FileList = "file.list",
    /// A file's kind and size are asked for.
    FileStat = "file.stat",
    /// A file is created or replaced.
    FileWrite = "file.write",
    /// A directory is created.
    FileCreateDirectory = "file.create-directory",
    /// A file or an empty directory is removed.
    FileRemove = "file.remove",
    /// The daemon is asked for its version.
    DockerPing = "docker.ping",
    /// An image is inspected.
    ImageInspect = "docker.image.inspect",
    /// An image's registry is asked about it.
    ImageDistribution = "docker.image.distribution",
    /// Images are listed.
    ImageList = "docker.image.list",
    /// An image is pulled.
    ImagePull = "docker.image.pull",
    /// An image is built.
    ImageBuild = "docker.image.build",
    /// An image gets another name.
    ImageTag = "docker.image.tag",
    /// An image is removed.
    ImageRemove = "docker.image.remove",
    /// A container is inspected.
    ContainerInspect = "docker.container.inspect",
    /// Containers are listed.
    ContainerList = "docker.container.list",
    /// A container is created.
    ContainerCreate = "docker.container.create",
    /// A container is started.
    ContainerStart = "docker.container.start",
    /// A container is stopped.
    ContainerStop = "docker.container.stop",
    /// A container is removed.
    ContainerRemove = "docker.container.remove",
    /// A container's end or health is waited for.
    ContainerWait = "docker.container.wait",
    /// A container's log is read.
    ContainerLogs = "docker.container.logs",
    /// A command runs in a container.
    ContainerExec = "docker.container.exec",
    /// Files of a container are read as a tar archive.
    ContainerArchive = "docker.container.archive",
    /// A tar archive is unpacked in a container.
    ContainerExtract = "docker.container.extract",
    /// A network is inspected.
    NetworkInspect = "docker.network.inspect",
    /// A network is created.
    NetworkCreate = "docker.network.create",
    /// A network is removed.
    NetworkRemove = "docker.network.remove",
    /// A volume is inspected.
    VolumeInspect = "docker.volume.inspect",
    /// A volume is created.
    VolumeCreate = "docker.volume.create",
    /// A volume and its data are removed.
    VolumeRemove = "docker.volume.remove",
    /// A cluster is connected to.
    KubernetesConnect = "kubernetes.connect",
    /// The API server is asked for its version, its kinds, or what the user may do.
    KubernetesInspect = "kubernetes.inspect",
    /// Objects are read.
    KubernetesGet = "kubernetes.get",
    /// Events are read.
    KubernetesEvents = "kubernetes.events",
    /// An object's state is waited for.
    KubernetesWait = "kubernetes.wait",
    /// Logs of containers are read.
    KubernetesLogs = "kubernetes.logs",
    /// An object is compared with what is there.
    KubernetesDiff = "kubernetes.diff",
    /// An object is created or changed by server-side apply.
    KubernetesApply = "kubernetes.apply",
    /// An object is deleted.
    KubernetesDelete = "kubernetes.delete",
    /// An object is changed by a patch: also scaled, restarted, given another image, rolled back.
    KubernetesPatch = "kubernetes.patch",
    /// A command runs in a pod's container.
    KubernetesExec = "kubernetes.exec",
    /// A port of this machine is forwarded to a pod.
    KubernetesPortForward = "kubernetes.port-forward",
    /// A job runs to its end.
    KubernetesRun = "kubernetes.run",
    /// A server is asked over HTTP for what it has.
    HttpRead = "http.read",
    /// A server is sent something over HTTP.
    HttpWrite = "http.write",
    /// A TCP port is looked at: a connection is opened and closed.
    TcpConnect = "tcp.connect",
    /// A secret goes to a program, a container, a file or a server.
    SecretUse = "secret.use",
    /// A secret's text is told to the task.
    SecretReveal = "secret.reveal",
}

impl fmt::Display for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
