//! Servers over HTTP behind the gate.
//!
//! [`StepHttp`] performs: a URL that can be read in one way only becomes an effect, its name is resolved once, each address is admitted, and
//! the connection goes to one of those. Each redirect begins anew.

mod attempt;
mod body;
mod connect;
mod exchange;
mod failure;
mod guest;
mod headers;
mod http_host;
mod location;
mod permit_slot;
mod probe;
mod request;
mod resolver;
mod step_http;
mod trust;
mod turn;

pub use exchange::{Exchange, ResponseHead};
pub(crate) use guest::read;
pub use http_host::HttpHost;
#[doc(hidden)]
pub use location::{leads_to, read_url};
pub use probe::{Connecting, Reached};
pub use request::{HttpBody, HttpRequest};
pub use resolver::Resolver;
pub use step_http::StepHttp;
pub use trust::Trust;
