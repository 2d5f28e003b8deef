#!/bin/bash
# Garage in the place of MinIO, in the parts that are used here: `server DIRECTORY`, MINIO_ROOT_USER and MINIO_ROOT_PASSWORD. There is no
# console. Garage wants keys of its own form: GK and 24 hexadecimal digits, and 64 hexadecimal digits.
set -Eeuo pipefail
[ "${1:-}" = server ] || exec "$@"

data=${2:-/data}
: "${MINIO_ROOT_USER:?MINIO_ROOT_USER must be set}" "${MINIO_ROOT_PASSWORD:?MINIO_ROOT_PASSWORD must be set}"
if ! [[ $MINIO_ROOT_USER =~ ^GK[0-9a-f]{24}$ && $MINIO_ROOT_PASSWORD =~ ^[0-9a-f]{64}$ ]]; then
  echo "the access key must be GK and 24 hexadecimal digits, the secret key 64 hexadecimal digits" >&2
  exit 64
fi
mkdir -p "$data/meta" "$data/objects"
[ -s "$data/rpc-secret" ] || (umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$data/rpc-secret")
cat >/etc/garage.toml <<TOML
metadata_dir = "$data/meta"
data_dir = "$data/objects"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:3901"
rpc_secret_file = "$data/rpc-secret"
[s3_api]
s3_region = "us-east-1"
api_bind_addr = "0.0.0.0:9000"
TOML
export GARAGE_DEFAULT_ACCESS_KEY=$MINIO_ROOT_USER GARAGE_DEFAULT_SECRET_KEY=$MINIO_ROOT_PASSWORD
unset MINIO_ROOT_USER MINIO_ROOT_PASSWORD
exec garage -c /etc/garage.toml server --single-node --default-access-key
