use crate::{Request, Work, check, load};
use std::path::Path;

fn request(profile: &str) -> Request {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Infrafile.toml");
    Request { file, assignments: vec![("PROFILE".into(), profile.into())], ..Request::default() }
}

#[test]
fn the_reference_loads_with_both_profiles() {
    let local = load(&request("local")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(local.project, "comind-ops");
    assert_eq!(local.profiles, ["aws"]);
    assert!(matches!(&local.tasks["bootstrap"].work, Work::Steps(steps) if steps.len() >= 4));
    assert_eq!(local.tasks["images"].skip, None);
    assert_eq!(local.tasks["images"].allow.docker.len(), 2);
    let aws = load(&request("aws")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(aws.tasks["images"].skip.as_deref(), Some("managed services are used"));
    assert_eq!(check(&request("local")).unwrap().len(), 2);
}
