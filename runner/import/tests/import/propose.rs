//! What `infra init` proposes.

use infra_import::{Found, propose};

#[test]
fn what_is_there_becomes_tasks() {
    let found = Found {
        project: "shop".to_owned(),
        compose: vec![("docker/compose.yaml".to_owned(), vec!["postgres:16".to_owned(), "app:${TAG}".to_owned()])],
        terraform: vec!["infra/dev".to_owned(), "infra/prod".to_owned()],
        manifests: vec![("k8s/base".to_owned(), true), ("deploy/base".to_owned(), false)],
        charts: vec!["charts/api".to_owned()],
    };
    insta::assert_snapshot!(propose(&found), @r#"
    # Proposed by `infra init` from what is in this repository.
    # `infra list` shows the tasks, `infra plan TASK` what one would do, `infra run TASK` does it.

    [project]
    name = "shop"

    [params]
    TF_DIR = { default = "infra/dev", choices = ["infra/dev", "infra/prod"], help = "The Terraform directory" }

    [grants.services]
    files = { read = ["docker/**"] }
    docker = [{ images = ["app:*", "postgres:16"], verbs = ["pull", "run", "stop", "remove", "networks", "volumes", "logs"], ports = ["127.0.0.1:*"] }]

    [grants.terraform]
    process = [{ program = "terraform", env = ["**"], confine = false }]

    [grants.kubectl]
    process = [{ program = "kubectl", env = ["**"], confine = false }]

    [grants.helm]
    process = [{ program = "helm", env = ["**"], confine = false }]

    [tasks.doctor]
    help  = "Check that what the tasks need is there"
    group = "Checks"
    uses  = "std/doctor"
    with  = { docker = true, programs = ["terraform", "kubectl", "helm"] }
    allow = [{ docker = [{ verbs = ["inspect"] }] }]

    [tasks.services-up]
    help  = "Start the services"
    group = "Services"
    needs = ["doctor"]
    uses  = "std/services"
    with  = { action = "up", files = ["docker/compose.yaml"] }
    allow = ["services"]

    [tasks.services-status]
    help  = "Show how the services are"
    group = "Services"
    uses  = "std/services"
    with  = { action = "status" }
    allow = ["services"]

    [tasks.services-down]
    help  = "Stop and remove the services; their data stays"
    group = "Services"
    uses  = "std/services"
    with  = { action = "down" }
    allow = ["services"]

    [tasks.tf-init]
    help  = "Prepare the directory"
    group = "Terraform"
    run   = ["terraform", "-chdir=${TF_DIR}", "init", "-input=false"]
    allow = ["terraform"]

    [tasks.tf-plan]
    help  = "Show what would change"
    group = "Terraform"
    needs = ["tf-init"]
    run   = ["terraform", "-chdir=${TF_DIR}", "plan", "-input=false"]
    allow = ["terraform"]

    [tasks.tf-apply]
    help    = "Change it"
    group   = "Terraform"
    needs   = ["tf-init"]
    confirm = "apply"
    run     = ["terraform", "-chdir=${TF_DIR}", "apply", "-input=false", "-auto-approve"]
    allow   = ["terraform"]

    [tasks.k8s-base-diff]
    help  = "Show what would change in the cluster: k8s/base"
    group = "Kubernetes"
    run   = ["kubectl", "diff", "-k", "k8s/base"]
    allow = ["kubectl"]

    [tasks.k8s-base-apply]
    help  = "Apply the manifests: k8s/base"
    group = "Kubernetes"
    run   = ["kubectl", "apply", "-k", "k8s/base"]
    allow = ["kubectl"]

    [tasks.deploy-base-diff]
    help  = "Show what would change in the cluster: deploy/base"
    group = "Kubernetes"
    run   = ["kubectl", "diff", "-f", "deploy/base"]
    allow = ["kubectl"]

    [tasks.deploy-base-apply]
    help  = "Apply the manifests: deploy/base"
    group = "Kubernetes"
    run   = ["kubectl", "apply", "-f", "deploy/base"]
    allow = ["kubectl"]

    [tasks.charts-api-lint]
    help  = "Check the chart charts/api"
    group = "Helm"
    run   = ["helm", "lint", "charts/api"]
    allow = ["helm"]

    [tasks.charts-api-upgrade]
    help  = "Install or upgrade the chart charts/api"
    group = "Helm"
    run   = ["helm", "upgrade", "--install", "api", "charts/api", "--wait"]
    allow = ["helm"]
    "#);
}
