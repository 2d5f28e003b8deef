//! The vocabulary of the gate: what a task may ask of the world, how each kind of effect is treated, and what grants allow.
//!
//! [`Effect`] is a request that was parsed and normalised: paths are canonical, image names are in their familiar form,
//! containers are resolved to their project. [`Grants`] decide about it without looking at the world.

mod arguments;
mod coverage;
mod docker_effect;
mod docker_grant;
mod effect;
mod effect_kind;
mod effect_table;
mod file_effect;
mod grants;
mod home;
mod http_address;
mod http_coverage;
mod http_effect;
mod http_grant;
mod http_host;
mod http_method;
#[cfg(test)]
mod http_tests;
mod image_name;
mod kubernetes_effect;
mod kubernetes_grant;
mod kubernetes_verb;
mod needed_docker;
mod needed_kubernetes;
mod path_pattern;
mod port_pattern;
mod process_effect;
mod process_grant;
mod refusal;
mod secret_effect;
mod secret_grant;
mod secret_sink;
mod secret_source;
mod smallest;
mod text_pattern;
mod trace;

pub use arguments::ArgumentPatterns;
pub use docker_effect::{BindMount, ContainerRequest, DockerEffect, DockerObject, PortBinding};
pub use docker_grant::{DockerGrant, DockerVerb};
pub use effect::Effect;
pub use effect_kind::EffectKind;
pub use effect_table::{Cancellation, Durability, EffectRow, Nature, Simulation};
pub use file_effect::{FileEffect, FileVerb};
pub use grants::{FilesGrant, Grants};
pub use http_address::AddressClass;
pub use http_effect::{HttpEffect, HttpScheme};
pub use http_grant::HttpGrant;
pub use http_host::{HostPattern, HostPatternError};
pub use http_method::HttpMethod;
pub use image_name::familiar_image_name;
pub use kubernetes_effect::{KubernetesEffect, KubernetesObject, KubernetesScope};
pub use kubernetes_grant::KubernetesGrant;
pub use kubernetes_verb::KubernetesVerb;
pub use path_pattern::PathPattern;
pub use port_pattern::PortPattern;
pub use process_effect::ProcessEffect;
pub use process_grant::ProcessGrant;
pub use refusal::{Key, Refusal};
pub use secret_effect::SecretEffect;
pub use secret_grant::SecretGrant;
pub use secret_sink::{SecretSink, SecretSinkError, SinkKind};
pub use secret_source::{SecretDeclaration, SecretSource};
pub use smallest::{sayable, smallest};
pub use text_pattern::TextPattern;
pub use trace::Trace;
