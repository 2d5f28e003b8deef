# What a cloud would be asked for. `terraform_data` stands in its place, so that this plans and applies anywhere.

terraform {
  required_version = ">= 1.4"
}

resource "terraform_data" "platform" {
  input = {
    name        = "comind-ops"
    environment = terraform.workspace
  }
}

output "environment" {
  value = terraform_data.platform.output.environment
}
