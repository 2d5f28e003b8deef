use super::api_error::docker_error;
use super::docker_host::DockerHost;
use super::operation::{Operation, send};
use super::step_docker::{StepDocker, draft};
use super::{ImagePull, credentials};
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptions;
use futures_util::StreamExt as _;
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use serde_json::json;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// The first attempt and the retries.
const ATTEMPTS: u32 = 4;
const FIRST_DELAY: Duration = Duration::from_millis(500);

/// One layer, or the whole where `layer` is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullProgress {
    /// The layer's short id.
    pub layer: String,
    /// As `Downloading`.
    pub status: String,
    /// Bytes.
    pub position: u64,
    /// Bytes, where they are known.
    pub total: Option<u64>,
}

impl StepDocker {
    /// Pulls an image. Dropping the operation stops it.
    ///
    /// # Errors
    /// When it is not granted.
    pub async fn pull_image(&self, name: &str) -> Result<ImagePull, TaskError> {
        let name = Self::checked_image(name)?;
        let mut effect = draft(DockerVerb::Pull, DockerObject::Image(name.clone()));
        effect.image = Some(name.clone());
        match self.admit(EffectKind::ImagePull, effect).await? {
            Decision::Perform(permit) => {
                let host = self.host.clone();
                Ok(Operation::start(Some(permit), move |sender| async move { pull(&host, &name, &sender).await }))
            }
            Decision::Simulate(_) => {
                self.plan_image(&name, json!({}));
                Ok(Operation::start(None, |_| async { Ok(()) }))
            }
        }
    }
}

async fn pull(host: &DockerHost, name: &str, sender: &Sender<Result<PullProgress, TaskError>>) -> Result<(), TaskError> {
    let mut attempt = 1;
    loop {
        let Err(error) = pull_once(host, name, sender).await else { return Ok(()) };
        if !error.retryable || attempt == ATTEMPTS {
            return Err(if attempt == 1 { error } else { tried(error, attempt) });
        }
        let delay = backoff(attempt);
        let status = format!("retrying in {:.1} s: {}", delay.as_secs_f64(), error.message);
        send(sender, PullProgress { status, ..PullProgress::default() }).await;
        tokio::time::sleep(delay).await;
        attempt += 1;
    }
}

fn tried(mut error: TaskError, attempts: u32) -> TaskError {
    error.message = format!("{} ({attempts} attempts)", error.message);
    error
}

/// Doubles with each attempt; up to half as much again at random, so that many pulls do not come back at the same time.
fn backoff(attempt: u32) -> Duration {
    let base = FIRST_DELAY * 2_u32.pow(attempt - 1);
    let random = std::hash::RandomState::new().build_hasher().finish() % 1000;
    base + base / 2 * u32::try_from(random).unwrap_or(0) / 1000
}

async fn pull_once(host: &DockerHost, name: &str, sender: &Sender<Result<PullProgress, TaskError>>) -> Result<(), TaskError> {
    let doing = format!("pull the image `{name}`");
    let credentials = credentials::for_image(host.settings(), name).await?;
    let connection = host.connection().await?;
    let options = CreateImageOptions { from_image: Some(name.to_owned()), ..CreateImageOptions::default() };
    let mut stream = connection.patient.create_image(Some(options), None, credentials);
    while let Some(info) = stream.next().await {
        let info = info.map_err(|error| host.note(docker_error(&doing, error)))?;
        if !send(sender, progress(info)).await {
            return Err(TaskError::new(ErrorCode::CANCELLED, format!("cannot {doing}: nobody waits for it any more")));
        }
    }
    // A daemon that ends in the middle also ends the stream.
    let image = name.to_owned();
    match host.inspection(&doing, |docker| async move { docker.inspect_image(&image).await }).await? {
        Some(_) => Ok(()),
        None => {
            Err(TaskError::new(ErrorCode::UNAVAILABLE, format!("cannot {doing}: the daemon ended before the image was there"))
                .hint("look whether the daemon still runs: `docker info`")
                .retryable())
        }
    }
}

fn progress(info: CreateImageInfo) -> PullProgress {
    let detail = info.progress_detail.unwrap_or_default();
    let bytes = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    let status = info.status.unwrap_or_default();
    // "Pulling from library/x" carries the tag where a layer's id stands otherwise.
    let layer = info.id.filter(|_| !status.starts_with("Pulling from")).unwrap_or_default();
    PullProgress {
        layer,
        status,
        position: bytes(detail.current).unwrap_or(0),
        total: bytes(detail.total).filter(|total| *total > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_and_differs() {
        for attempt in 1..ATTEMPTS {
            let least = FIRST_DELAY * 2_u32.pow(attempt - 1);
            let delay = backoff(attempt);
            assert!(delay >= least && delay <= least + least / 2, "{delay:?}");
        }
    }
}
