# Writes all databases of the server as SQL. $1: the superuser, or nothing.
set -eu
export PGUSER="${1:-${POSTGRES_USER:-postgres}}" PGPASSWORD="${POSTGRES_PASSWORD:-}"
unfinished=$(PGDATABASE=template1 psql -XAtqw -c "SELECT count(*) FROM pg_database WHERE datname LIKE 'infra-aside-%'")
if [ "$unfinished" != 0 ]; then
  echo "a restore of this server was cut short: restore again first" >&2
  exit 3
fi
exec pg_dumpall --no-password
