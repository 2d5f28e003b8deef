//! In a plan.

use crate::server::{ok, server};
use crate::world::{LOCAL, denied, get, make};
use infra_event::Mode;
use infra_host::http::{HttpRequest, Resolver};

#[tokio::test]
async fn a_plan_reads_and_does_not_write() {
    let server = server(|_| ok("there")).await;
    let plan = make(Mode::Plan, LOCAL, None, Resolver::system());
    assert_eq!(plan.ask(get(&server.url("/"))).await.unwrap().1, "there");
    let write = HttpRequest { method: "DELETE".into(), ..get(&server.url("/x")) };
    let error = plan.ask(write.clone()).await.unwrap_err();
    assert_eq!(error.code, "unknown-until-applied");
    assert_eq!(server.times(), 1);
    assert_eq!(plan.told().last().unwrap(), &format!("http.write Planned DELETE {}", server.url("/x")));
    denied(make(Mode::Plan, "{}", None, Resolver::system()).ask(write).await, "DELETE");
}
