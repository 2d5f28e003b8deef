//! Which services a call is about.

use crate::problems::nearest;
use crate::project::Project;
use crate::service::Service;
use infra::{Error, Result};
use std::collections::BTreeSet;

/// What the task's arguments say.
#[derive(Debug, Default)]
pub(crate) struct Choice<'a> {
    pub(crate) services: &'a [String],
    pub(crate) category: Option<&'a str>,
    pub(crate) profiles: &'a [String],
}

impl Choice<'_> {
    /// Whether nothing narrows it.
    pub(crate) const fn is_everything(&self) -> bool {
        self.services.is_empty() && self.category.is_none()
    }

    /// Whether a service takes part without being named.
    pub(crate) fn is_active(&self, service: &Service) -> bool {
        let profile =
            service.profiles.iter().any(|profile| self.profiles.iter().any(|chosen| chosen == profile || chosen == "*"));
        service.registration.enabled && (service.profiles.is_empty() || profile)
    }

    /// Exactly the services that are named, or of the category; all of the files where nothing is said, also those that take no part now.
    ///
    /// # Errors
    /// `not-found` for a name or a category that no file has.
    pub(crate) fn named(&self, project: &Project) -> Result<BTreeSet<String>> {
        self.check(project)?;
        let wanted = |service: &&Service| {
            self.is_everything()
                || self.services.contains(&service.name)
                || self.category.is_some_and(|category| service.category == category)
        };
        Ok(project.services.values().filter(wanted).map(|service| service.name.clone()).collect())
    }

    /// The services that shall run: those that are named, or take part and are of the category, with all that they depend on.
    ///
    /// # Errors
    /// `not-found` as above; `invalid` where one depends on a service that takes no part.
    pub(crate) fn active(&self, project: &Project) -> Result<BTreeSet<String>> {
        self.check(project)?;
        let mut wanted: Vec<&Service> = project
            .services
            .values()
            .filter(|service| {
                let of_category = self.category.is_none_or(|category| service.category == category);
                let chosen = self.services.is_empty() || self.category.is_some();
                self.services.contains(&service.name) || (chosen && of_category && self.is_active(service))
            })
            .collect();
        let mut selected = BTreeSet::new();
        while let Some(service) = wanted.pop() {
            if !selected.insert(service.name.clone()) {
                continue;
            }
            for dependency in &service.depends_on {
                let Some(needed) = project.services.get(&dependency.service) else { continue };
                if self.is_active(needed) || self.services.contains(&needed.name) || selected.contains(&needed.name) {
                    wanted.push(needed);
                } else if dependency.required {
                    return Err(asleep(service, needed));
                }
            }
        }
        Ok(selected)
    }

    fn check(&self, project: &Project) -> Result<()> {
        if let Some(name) = self.services.iter().find(|name| !project.services.contains_key(*name)) {
            let known: Vec<&str> = project.services.keys().map(String::as_str).collect();
            return Err(unknown(format!("there is no service `{name}`"), name, &known));
        }
        if let Some(category) = self.category {
            let known: BTreeSet<&str> = project.services.values().map(|service| service.category.as_str()).collect();
            if !known.contains(category) {
                let known: Vec<&str> = known.into_iter().collect();
                return Err(unknown(format!("no service is of the category `{category}`"), category, &known));
            }
        }
        Ok(())
    }
}

fn unknown(message: String, name: &str, known: &[&str]) -> Error {
    let error = Error::new("not-found", format!("{message}: known are {}", known.join(", ")));
    match nearest(name, known) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn asleep(service: &Service, needed: &Service) -> Error {
    let (why, hint) = if needed.registration.enabled {
        let profiles = needed.profiles.join(", ");
        (
            format!("has the profile {profiles}"),
            format!("choose the profile in `profiles`, or name `{}` in `services`", needed.name),
        )
    } else {
        (
            "is not enabled".to_owned(),
            format!("set `x-infra.enabled` at {}, or name `{}` in `services`", needed.place, needed.name),
        )
    };
    let message =
        format!("{}: service `{}` depends on `{}`, which {why} and takes no part", service.place, service.name, needed.name);
    Error::new("invalid", message).hint(hint)
}
