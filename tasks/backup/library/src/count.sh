# Writes DATABASE, SCHEMA.TABLE and the number of rows, for each table. $1: the superuser, or nothing.
set -eu
export PGUSER="${1:-${POSTGRES_USER:-postgres}}" PGPASSWORD="${POSTGRES_PASSWORD:-}"
tab=$(printf '\t')
PGDATABASE=template1 psql -XAtqw -c "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1" |
  while IFS= read -r database; do
    PGDATABASE="$database" psql -XAtqw -F "$tab" -v ON_ERROR_STOP=1 <<'SQL'
SELECT format('SELECT %L, %L, count(*) FROM ONLY %I.%I', current_database(), n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1 \gexec
SQL
  done
