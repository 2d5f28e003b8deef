use super::connection::Connection;
use super::request::{Request, soon};
use super::resource::{Resource, split_api_version};
use futures_util::StreamExt as _;
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

const DOING: &str = "ask the API server for its kinds";
/// Questions at once.
const AT_ONCE: usize = 16;

impl Connection {
    /// The kind that is called so. Where it is not known, the server is asked again: its definition may have come since.
    pub(super) async fn resolve(self: &Arc<Self>, api_version: Option<&str>, kind: &str) -> Result<Resource, TaskError> {
        for fresh in [false, true] {
            let found = match api_version {
                Some(api_version) => self.kinds_of(api_version, fresh).await?.iter().find(|one| one.is_called(kind)).cloned(),
                None => self.preferred(kind, fresh).await?,
            };
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(self.unknown_kind(api_version, kind).await)
    }

    /// Kubernetes' own kinds come before those of the same name that someone defined, as kubectl has it.
    async fn preferred(self: &Arc<Self>, kind: &str, fresh: bool) -> Result<Option<Resource>, TaskError> {
        // Most kinds are of these.
        for usual in ["v1", "apps/v1", "batch/v1"] {
            let kinds = self.kinds_of(usual, fresh).await?;
            if let Some(found) = kinds.iter().find(|one| one.is_called(kind)) {
                return Ok(Some(found.clone()));
            }
        }
        Ok(self.all_kinds(fresh).await?.into_iter().find(|one| one.is_called(kind)))
    }

    async fn unknown_kind(self: &Arc<Self>, api_version: Option<&str>, kind: &str) -> TaskError {
        let named = api_version.map_or_else(|| format!("`{kind}`"), |version| format!("`{kind}` of `{version}`"));
        let error =
            TaskError::new(ErrorCode::NOT_FOUND, format!("the cluster of the context `{}` has no kind {named}", self.context));
        let elsewhere = self.all_kinds(false).await.unwrap_or_default().into_iter().find(|one| one.is_called(kind));
        match elsewhere {
            Some(other) if api_version.is_some() => {
                error.hint(format!("this server has it as `apiVersion: {}`", other.api_version()))
            }
            _ => error.hint("apply its CustomResourceDefinition first; `kubectl api-resources` lists what there is"),
        }
    }

    /// The kinds of a version of a group; none where the server does not have it.
    pub(super) async fn kinds_of(self: &Arc<Self>, api_version: &str, fresh: bool) -> Result<Arc<Vec<Resource>>, TaskError> {
        if !fresh && let Some(known) = self.kinds.lock().await.get(api_version) {
            return Ok(Arc::clone(known));
        }
        let (group, version) = split_api_version(api_version);
        let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        let answer = self.find(DOING, &Request::get(path), soon()).await?;
        let kinds = Arc::new(answer.as_ref().map(Resource::of_list).unwrap_or_default());
        if !kinds.is_empty() {
            self.kinds.lock().await.insert(api_version.to_owned(), Arc::clone(&kinds));
        }
        Ok(kinds)
    }

    /// Every kind, each in the version that the server prefers. A group whose own server is not well is left out.
    pub(super) async fn all_kinds(self: &Arc<Self>, fresh: bool) -> Result<Vec<Resource>, TaskError> {
        let groups = self.send(DOING, &Request::get("/apis"), soon()).await?;
        let mut versions = vec!["v1".to_owned()];
        for group in groups["groups"].as_array().into_iter().flatten() {
            let preferred = group.pointer("/preferredVersion/groupVersion").and_then(Value::as_str);
            let all = group["versions"].as_array().into_iter().flatten().filter_map(|version| version["groupVersion"].as_str());
            versions.extend(preferred.into_iter().chain(all.filter(|version| Some(*version) != preferred)).map(str::to_owned));
        }
        let asked = versions.into_iter().map(|version| {
            let connection = Arc::clone(self);
            async move { connection.kinds_of(&version, fresh).await }
        });
        let answers: Vec<_> = futures_util::stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        for resource in answers.into_iter().flatten().flat_map(|kinds| kinds.to_vec()) {
            if seen.insert((resource.group.clone(), resource.kind.clone())) {
                all.push(resource);
            }
        }
        Ok(all)
    }
}
