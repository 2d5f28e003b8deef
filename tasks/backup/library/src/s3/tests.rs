use super::{Address, Bucket, Credentials};
use crate::store::Store;
use infra::testing::TestHost;

const HOST: &str = "http://127.0.0.1:9000";

fn bucket() -> Bucket {
    let address = Address::parse("s3://backups/db", HOST).unwrap();
    let credentials = Credentials::new("garage", "GK0", "secret", None).unwrap();
    Bucket::new(address, credentials, 16, false)
}

fn list(query: &str) -> String {
    format!("GET {HOST}/backups/?{query}")
}

#[test]
fn a_list_goes_on_where_it_was_cut() {
    let one = |key: &str| format!("<Contents><Key>{key}</Key></Contents>");
    let first = format!(
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a=/</NextContinuationToken>{}{}</ListBucketResult>",
        one("db/x-2.json"),
        one("db/x-sub/3.json"),
    );
    let second = format!("<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>", one("db/x-1.json"));
    let host = TestHost::new().response(&list("list-type=2&prefix=db%2Fx-"), 200, first).response(
        &list("continuation-token=a%3D%2F&list-type=2&prefix=db%2Fx-"),
        200,
        second,
    );
    assert_eq!(host.run(|| bucket().files("x-")), Ok(vec!["x-1.json".to_owned(), "x-2.json".to_owned()]));
}

#[test]
fn a_list_that_does_not_end_is_an_error() {
    let page =
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken></ListBucketResult>";
    let host = TestHost::new().response(&list("list-type=2&prefix=db%2Fx-"), 200, page).response(
        &list("continuation-token=a&list-type=2&prefix=db%2Fx-"),
        200,
        page,
    );
    assert_eq!(host.run(|| bucket().files("x-")).map_err(|error| error.code), Err("failed".to_owned()));
}

#[test]
fn what_a_store_refuses_is_told_by_its_reason() {
    let xml = |code: &str| format!("<Error><Code>{code}</Code><Message>because</Message></Error>");
    for (status, code, kind, told) in [
        (403, "SignatureDoesNotMatch", "failed", "http://127.0.0.1:9000 refuses these credentials for s3://backups/db"),
        (404, "NoSuchBucket", "not-found", "there is no bucket `backups` on http://127.0.0.1:9000"),
        (400, "AuthorizationHeaderMalformed", "failed", "in another region"),
        (503, "SlowDown", "unavailable", "cannot do it now"),
        (409, "Other", "failed", "refuses a request"),
    ] {
        let host = TestHost::new().response(&list("list-type=2&prefix=db%2Fx-"), status, xml(code));
        let error = host.run(|| bucket().files("x-")).unwrap_err();
        assert_eq!(error.code, kind, "{code}");
        assert!(error.message.contains(told) && error.message.contains("because") && error.hint.is_some(), "{error:?}");
        assert_eq!(error.retryable, status == 503);
    }
}

#[test]
fn what_is_not_there_is_none() {
    let at = |method: &str, key: &str| format!("{method} {HOST}/backups/db/{key}");
    let host = TestHost::new()
        .response(&at("HEAD", "a"), 404, "")
        .response(&at("GET", "a"), 404, "<Error><Code>NoSuchKey</Code></Error>")
        .response(&at("DELETE", "a"), 204, "")
        .response(&at("GET", "b"), 200, "text");
    host.run(|| {
        assert_eq!(bucket().size("a"), Ok(None));
        assert_eq!(bucket().read("a"), Ok(None));
        assert_eq!(bucket().remove("a"), Ok(()));
        assert_eq!(bucket().read("b"), Ok(Some("text".to_owned())));
    });
}
