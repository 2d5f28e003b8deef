//! `std/images`: makes sure that a project's images are there, from a registry or made from Debian packages.
//!
//! Where no registry answers (a closed network with only package mirrors), the same services run from images that are built on a base
//! from `mmdebstrap`. Those have names of their own, so nobody takes one for the other.

mod debian;

use infra::{Error, Grants, Params, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which images, and where they come from.
#[derive(Params)]
struct Images {
    /// Where they come from. `auto` takes what an earlier run chose, else the registry where it answers, else Debian.
    #[param(default = "auto", choices("auto", "registry", "debian"))]
    source: String,
    /// The images, by a name that the result uses.
    images: BTreeMap<String, Image>,
    /// The base of the Debian images.
    base: Option<Base>,
    /// The file that keeps the choice of `auto` for later runs.
    #[param(default = "platform/.images")]
    choice: String,
    /// The groups of images that are wanted besides those without a group.
    #[param(default = Vec::<String>::new())]
    groups: Vec<String>,
}

/// One image in both forms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    /// Its name in a registry.
    registry: String,
    /// How it is made from Debian packages.
    debian: Option<Build>,
    /// It is made sure of only where `groups` has this.
    group: Option<String>,
}

/// A build from a directory of the project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    /// The directory with the Dockerfile.
    context: String,
    /// The image's name.
    tag: String,
    /// A program with its arguments that puts what is missing into the directory; it runs beside what does not need it.
    #[serde(default)]
    prepare: Vec<String>,
}

/// The base of the Debian images.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    /// The directory with a Dockerfile that adds `base.tar`.
    context: String,
    /// The image's name.
    tag: String,
    /// The suite, as `bookworm`.
    suite: String,
}

/// What there is now.
#[derive(Debug, PartialEq, Serialize)]
struct Chosen {
    /// `registry` or `debian`.
    source: &'static str,
    /// The images' names in Docker.
    images: BTreeMap<String, String>,
    /// Whether they are to be had from there: `true` or `false`, for the variables of Compose files.
    available: BTreeMap<String, &'static str>,
    /// For the names of volumes: data of one image never meets the other's. Empty for the registry.
    suffix: &'static str,
}

fn requires(params: &Images) -> Result<Grants> {
    let names: Vec<&str> = wanted(params).map(|(_, image)| image.registry.as_str()).collect();
    let mut grants = Grants::new().write(&params.choice);
    if params.source != "debian" {
        grants = grants.docker(serde_json::json!({ "images": names, "verbs": ["pull"] }));
    }
    if params.source == "debian" {
        grants = grants.docker(serde_json::json!({ "verbs": ["build"] })).program("mmdebstrap");
    }
    Ok(grants)
}

fn wanted(params: &Images) -> impl Iterator<Item = (&String, &Image)> {
    params.images.iter().filter(|(_, image)| image.group.as_ref().is_none_or(|group| params.groups.contains(group)))
}

/// Makes sure that images are there, from a registry or made from Debian packages.
#[infra::task(requires = requires)]
fn images(params: Images) -> Result<Chosen> {
    let kept = kept_choice(&params)?;
    let source = match (params.source.as_str(), kept.as_deref()) {
        ("registry", _) | ("auto", Some("registry")) => "registry",
        ("debian", _) | ("auto", Some("debian")) => "debian",
        _ => return choose(&params),
    };
    infra::info!("images from {source}{}", if params.source == "auto" { ", as an earlier run chose" } else { "" });
    from(source, &params)
}

/// Asks the registry, and makes the images where none answers.
fn choose(params: &Images) -> Result<Chosen> {
    let source = match first_missing(params)?.map(infra::docker::inspect_distribution) {
        Some(Err(error)) if error.code == "unavailable" && params.base.is_some() => {
            infra::warning!("{}", error.message);
            infra::warning!("no registry answers: images are made from Debian packages; IMAGES=registry tries again");
            "debian"
        }
        // What the registry says about one image is the pull's to tell.
        _ => "registry",
    };
    let chosen = from(source, params)?;
    keep_choice(params, chosen.source)?;
    Ok(chosen)
}

/// The first image that would have to be pulled.
fn first_missing(params: &Images) -> Result<Option<&str>> {
    for (_, image) in wanted(params) {
        if infra::docker::inspect_image(&image.registry)?.is_none() {
            return Ok(Some(&image.registry));
        }
    }
    Ok(None)
}

fn from(source: &'static str, params: &Images) -> Result<Chosen> {
    if source == "registry" {
        let images: BTreeMap<String, String> =
            params.images.iter().map(|(name, image)| (name.clone(), image.registry.clone())).collect();
        infra::docker::pull_missing_images(wanted(params).map(|(_, image)| image.registry.as_str()))?;
        let available = params.images.keys().map(|name| (name.clone(), "true")).collect();
        return Ok(Chosen { source, images, available, suffix: "" });
    }
    let base = params.base.as_ref().ok_or_else(|| Error::new("invalid", "images from Debian need `base`"))?;
    let (mut images, mut available) = (BTreeMap::new(), BTreeMap::new());
    for (name, image) in &params.images {
        let tag = image.debian.as_ref().map_or(&image.registry, |build| &build.tag);
        images.insert(name.clone(), tag.clone());
        available.insert(name.clone(), if image.debian.is_some() { "true" } else { "false" });
    }
    let mut builds = Vec::new();
    for (name, image) in wanted(params) {
        match &image.debian {
            Some(build) => builds.push(build),
            None if image.group.is_some() => {
                infra::warning!("{name} is not available from Debian packages: {} comes from a registry only", image.registry);
            }
            None => return Err(Error::new("invalid", format!("image `{name}` has no `debian`: it comes from a registry only"))),
        }
    }
    debian::build_missing(base, &builds)?;
    Ok(Chosen { source, images, available, suffix: "-debian" })
}

fn kept_choice(params: &Images) -> Result<Option<String>> {
    match infra::files::stat(&params.choice)? {
        None => Ok(None),
        Some(_) => Ok(Some(infra::files::read_to_string(&params.choice)?.trim().to_owned())),
    }
}

fn keep_choice(params: &Images, source: &str) -> Result<()> {
    infra::files::write(&params.choice, format!("{source}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra::testing::TestHost;
    use serde_json::{Value, json};

    fn args(source: &str) -> Value {
        json!({
            "source": source,
            "images": { "redis": { "registry": "redis:7", "debian": { "context": "platform/redis", "tag": "demo/redis:debian" } } },
            "base": { "context": "platform/base", "tag": "demo/base:debian", "suite": "bookworm" },
        })
    }

    fn call(host: &TestHost, args: Value) -> Result<Chosen> {
        host.run(|| images(Images::from_json(args)?))
    }

    #[test]
    fn the_registry_comes_first_and_the_choice_is_kept() {
        let host = TestHost::new();
        let chosen = call(&host, args("auto"));
        assert_eq!(chosen.as_ref().map(|chosen| chosen.source), Ok("registry"));
        assert_eq!(host.content("platform/.images").as_deref(), Some(b"registry\n".as_slice()));
    }

    #[test]
    fn where_no_registry_answers_images_are_made() {
        let host = TestHost::new().without_registry().image("demo/redis:debian").image("demo/base:debian");
        let chosen = call(&host, args("auto"));
        assert_eq!(chosen.map(|chosen| (chosen.source, chosen.suffix)), Ok(("debian", "-debian")));
        assert_eq!(host.content("platform/.images").as_deref(), Some(b"debian\n".as_slice()));
        assert!(call(&TestHost::new().without_registry(), args("registry")).is_err_and(|error| error.code == "unavailable"));
    }

    #[test]
    fn a_kept_choice_is_taken_and_a_named_source_wins() {
        let world = || TestHost::new().file("platform/.images", "debian\n").image("demo/redis:debian").image("demo/base:debian");
        assert_eq!(call(&world(), args("auto")).map(|chosen| chosen.images["redis"].clone()), Ok("demo/redis:debian".to_owned()));
        assert_eq!(call(&world(), args("registry")).map(|chosen| chosen.suffix), Ok(""));
    }

    #[test]
    fn a_group_counts_where_it_is_wanted() {
        let mut args = args("debian");
        args["images"]["grafana"] = json!({ "registry": "grafana:1", "group": "monitoring" });
        args["images"]["store"] = json!({
            "registry": "store:1", "group": "s3",
            "debian": { "context": "platform/store", "tag": "demo/store:debian", "prepare": ["platform/store/make", "it"] },
        });
        let world =
            || TestHost::new().image("demo/redis:debian").image("demo/base:debian").command("platform/store/make it", 0, "");
        let host = world();
        let chosen = call(&host, args.clone());
        assert_eq!(
            chosen.map(|chosen| (chosen.images["store"].clone(), chosen.available["grafana"])),
            Ok(("demo/store:debian".to_owned(), "false"))
        );
        assert!(host.calls().iter().all(|call| !call.contains("store")), "{:?}", host.calls());
        args["groups"] = json!(["s3", "monitoring"]);
        let host = world();
        assert!(call(&host, args).is_ok());
        assert!(host.calls().iter().any(|call| call.contains("platform/store/make it")), "{:?}", host.calls());
        assert!(host.logs().iter().any(|(_, line)| line.contains("grafana is not available")), "{:?}", host.logs());
    }

    #[test]
    fn an_image_that_cannot_be_made_is_named() {
        let mut args = args("debian");
        args["images"]["redis"] = json!({ "registry": "redis:7" });
        let message = call(&TestHost::new(), args).err().map(|error| error.message);
        assert_eq!(message.as_deref(), Some("image `redis` has no `debian`: it comes from a registry only"));
    }
}
