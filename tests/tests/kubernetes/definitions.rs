//! A definition of a kind and an object of that kind in one file.

use infra_tests::Cluster;

fn widgets(cluster: &Cluster) -> String {
    let group = format!("{}.example", cluster.namespace);
    cluster.goes_with_it(&format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}"));
    format!(
        "apiVersion: {group}/v1
kind: Widget
metadata: {{ name: w, namespace: NAMESPACE }}
spec: {{ size: 1 }}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{ name: widgets.{group} }}
spec:
  group: {group}
  scope: Namespaced
  names: {{ plural: widgets, singular: widget, kind: Widget }}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{ openAPIV3Schema: {{ type: object, properties: {{ spec: {{ type: object, properties: {{ size: {{ type: integer }} }} }} }} }} }}
"
    )
}

#[test]
fn the_definition_comes_first_and_a_plan_says_what_it_could_not_look_at() {
    let cluster = Cluster::new();
    cluster.file("k8s/widgets.yaml", &widgets(&cluster));
    let plan = cluster.infra(&["-v", "plan", "k", "--detailed-exitcode"]).output().expect_code(2);
    let shown = format!("{}{}", plan.stdout, plan.stderr);
    assert!(shown.contains("not validated: the kind Widget is not there yet"), "{shown}");
    let path = format!("/apis/{0}.example/v1/namespaces/{0}/widgets/w", cluster.namespace);
    let applied = cluster.run("apply", "").expect_success();
    let expected =
        [format!("CustomResourceDefinition/widgets.{}.example created", cluster.namespace), "Widget/w created".to_owned()];
    assert_eq!(Cluster::changes(&applied), expected);
    assert_eq!(cluster.get(&path).unwrap()["spec"]["size"], 1);
    assert!(cluster.plan("apply", "").expect_success().stdout.starts_with("No changes"));
    // What its schema does not allow is refused by the server in a plan already.
    cluster.file("k8s/widgets.yaml", &widgets(&cluster).replace("size: 1", "size: large"));
    let wrong = cluster.plan("apply", "").expect_code(1);
    assert!(wrong.stdout.contains("spec.size"), "{}", wrong.stdout);
    cluster.file("k8s/widgets.yaml", &widgets(&cluster));
    let gone = cluster.run("cleanup", "").expect_success();
    assert!(Cluster::changes(&gone).iter().all(|change| change.ends_with(" deleted")), "{}", gone.stdout);
    assert_eq!(cluster.get(&path), None);
}
