//! The config hashes that Docker Compose 2.40.3 gives the same files. `fixtures/compatibility/README.md` says how they were found.

use crate::config_hash::config_hash;
use crate::project::{Project, Source};
use infra::testing::TestHost;
use std::collections::BTreeMap;

fn project() -> Project {
    let host = TestHost::new()
        .file("svc/compose.yaml", include_str!("../fixtures/compatibility/compose.yaml"))
        .file("svc/e.env", include_str!("../fixtures/compatibility/e.env"))
        .file("svc/.env", include_str!("../fixtures/compatibility/dotenv"));
    let env = BTreeMap::from([("BAZ".to_owned(), "zzz".to_owned())]);
    let source = Source { patterns: &["svc/compose.yaml".to_owned()], merged: false, env: &env, name: None };
    match host.run(|| Project::load(&source)) {
        Ok(project) => project,
        Err(error) => panic!("{}", error.message),
    }
}

#[test]
fn hashes_of_services_are_composes() {
    let project = project();
    let json = |name: &str| serde_json::to_string_pretty(&project.services[name]).unwrap_or_default();
    for (name, hash) in [
        ("plain", "c4c5d49051453ad0fbbe92e4bb0bc1e2f7ea4dd7a7111c4f1430b04610ce6c39"),
        ("built", "a255a90f60ab52d2285be43609d434293a08d1ea846113e4bf15ae8a6ab4f07b"),
        ("second", "896c15cc13909172f4fd535c8f6e36455c9aa7b23c043555fe9671f40cf75eda"),
        ("full", "6577329cbfcc3885e31d88a50da9905c0fabe5a8d8d224bb50cc53676c777986"),
    ] {
        assert_eq!(config_hash(&project.services[name]), hash, "{name}: {}", json(name));
    }
}

#[test]
fn hashes_of_networks_and_volumes_are_composes() {
    let project = project();
    for (name, hash) in [
        ("default", "abb5355340dcfbcbbc46cab335ff7a4e9818a53cfb81459c783010415a963558"),
        ("n2", "867888265534833aa705106d67f703ebd7fed3d51c5c16f97511e799626d18c9"),
        ("n3", "f39eeff961791e8fd8aa2f3add10d6b5446cdbe770fa4c7de399e0d3615afa5d"),
        ("n4", "b755830cd59e7e1cf9f07b6a81d6ed3f200c528af026c807f6a6b17bb0d9bbf6"),
    ] {
        assert_eq!(config_hash(&project.networks[name]), hash, "{name}");
    }
    let volume = "3a4849137fa544f52c78a86a09901564d17325c50af4ed450d3870e4190de18b";
    assert_eq!(config_hash(&project.volumes["vol"]), volume);
}

#[test]
fn layers_and_extensions_have_composes_hashes() {
    let host = TestHost::new()
        .file("svc/layers.yaml", include_str!("../fixtures/compatibility/layers.yaml"))
        .file("svc/layers.override.yaml", include_str!("../fixtures/compatibility/layers.override.yaml"));
    let files = ["svc/layers.yaml", "svc/layers.override.yaml"].map(str::to_owned);
    let source = Source { patterns: &files, merged: false, env: &BTreeMap::new(), name: None };
    let project = match host.run(|| Project::load(&source)) {
        Ok(project) => project,
        Err(error) => panic!("{}", error.message),
    };
    for (name, hash) in [
        ("base", "1c219588fbeb923065ee90d4bac3955b33bd18cccdc3fedb36c23926cc2efb9d"),
        ("child", "fe64f51773d0e8862c50b4a3659235dca4e5e3f4e91ea502a577b5bad2c79d14"),
    ] {
        let json = serde_json::to_string_pretty(&project.services[name]).unwrap_or_default();
        assert_eq!(config_hash(&project.services[name]), hash, "{name}: {json}");
    }
}
