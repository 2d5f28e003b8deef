use futures_util::future::BoxFuture;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// The most addresses of a name that are tried.
const MOST: usize = 8;

type Lookup = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

/// Finds the addresses of a name.
#[derive(Clone)]
pub struct Resolver(Arc<Lookup>);

impl Resolver {
    /// As the system does it.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        })
    }

    /// In a way of one's own.
    #[must_use]
    pub fn new(lookup: impl Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// The addresses of a name, each once and in its plain form.
    pub(super) async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in (self.0)(name.to_owned()).await? {
            let address = address.to_canonical();
            if !addresses.contains(&address) && addresses.len() < MOST {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolver")
    }
}
