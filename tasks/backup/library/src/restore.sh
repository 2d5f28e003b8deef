# Restores all databases of the server from SQL on its standard input, or none.
#
# $1: the SHA-256 that the input must have; $2: the superuser, or nothing.
#
# The databases that are there are renamed, the dump is loaded, and only when all of it was loaded and its checksum is right they are
# dropped. What goes wrong before that brings them back: a failure, TERM, or an input that ends too early. What is killed or loses its power
# is brought back by the next restore, which begins with the same function.
set -u
export PGUSER="${2:-${POSTGRES_USER:-postgres}}" PGPASSWORD="${POSTGRES_PASSWORD:-}" PGDATABASE=template1
stopped=
loaders=
stop() {
  stopped=yes
  # shellcheck disable=SC2086 # they are words
  [ -z "$loaders" ] || kill -9 $loaders 2>/dev/null
}
trap stop TERM INT HUP

sql() { psql -XAtqw -v ON_ERROR_STOP=1 "$@"; }

# Drops the databases whose names have a pattern.
drop() {
  sql >/dev/null <<SQL
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid WHERE NOT d.datistemplate AND $1;
SELECT format('DROP DATABASE %I', d.datname) FROM pg_database d WHERE NOT d.datistemplate AND $1 \gexec
SQL
}

# Brings back what was put aside, and finishes what was complete.
bring_back() {
  if [ "$(sql -c "SELECT count(*) FROM pg_database WHERE datname LIKE 'infra-aside-%'")" != 0 ]; then
    drop "d.datname NOT LIKE 'infra-aside-%' AND d.datname NOT LIKE 'infra-old-%'" || return 1
    sql >/dev/null <<'SQL' || return 1
BEGIN;
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_database WHERE datname LIKE 'infra-aside-%' \gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, substr(datname, 13)) FROM pg_database WHERE datname LIKE 'infra-aside-%' \gexec
COMMIT;
SQL
  fi
  drop "d.datname LIKE 'infra-old-%'"
}

put_aside() {
  sql >/dev/null <<'SQL'
BEGIN;
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid WHERE NOT d.datistemplate;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, 'infra-aside-' || datname) FROM pg_database WHERE NOT datistemplate \gexec
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname) FROM pg_database WHERE datname LIKE 'infra-aside-%' \gexec
COMMIT;
SQL
}

fail() {
  echo "$1" >&2
  if ! bring_back; then
    echo "the databases could not be brought back: run the restore again" >&2
  fi
  rm -rf "$work"
  exit "$2"
}

rm -rf "${TMPDIR:-/tmp}"/infra-restore.*
work=$(mktemp -d "${TMPDIR:-/tmp}/infra-restore.XXXXXX") || exit 1
exec 3<&0
bring_back || fail "the server is not ready for a restore" 2
long=$(sql -c "SELECT datname FROM pg_database WHERE length(datname) > 50 LIMIT 1") || fail "the server does not answer" 2
[ -z "$long" ] || fail "the name of the database $long is too long to be put aside" 2
[ -z "$stopped" ] || fail "stopped" 5
tries=5
until put_aside 2>"$work/log"; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "the databases are in use: $(cat "$work/log")" 2
  sleep 1
done
[ -z "$stopped" ] || fail "stopped" 5
# A dump has this one's content, not its creation.
if [ "$(sql -c "SELECT count(*) FROM pg_database WHERE datname = 'infra-aside-postgres'")" != 0 ]; then
  sql -c "CREATE DATABASE postgres TEMPLATE template0" || fail "the database postgres cannot be made" 2
fi

mkfifo "$work/sum" "$work/dump" "$work/sql"
sha256sum <"$work/sum" >"$work/found" &
summer=$!
# Roles that are there are kept, and get what the dump says of them.
sed '1,/^\\connect /s/^CREATE ROLE \(.*\);$/DO $infra$BEGIN CREATE ROLE \1; EXCEPTION WHEN duplicate_object THEN NULL; END$infra$;/' \
  <"$work/dump" >"$work/sql" &
changer=$!
psql -Xqw -v ON_ERROR_STOP=1 -f - <"$work/sql" >"$work/log" 2>&1 &
loader=$!
tee "$work/sum" <&3 >"$work/dump" &
# The loader goes first: it must not take the end of the others for the end of its input.
loaders="$loader $!"
wait "$!"
wait "$changer"
wait "$loader"
ended=$?
wait "$summer"
loaders=
[ -z "$stopped" ] || fail "stopped; the databases are as they were" 5
[ "$ended" = 0 ] || fail "$(tail -n 5 "$work/log"); the databases are as they were" 3
read -r found _ <"$work/found"
[ "$found" = "$1" ] || fail "the input ended too early, or is not the backup; the databases are as they were" 4

# From here on the new ones count.
sql >/dev/null <<'SQL' || fail "the restore cannot be completed" 2
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, 'infra-old-' || substr(datname, 13))
FROM pg_database WHERE datname LIKE 'infra-aside-%' \gexec
COMMIT;
SQL
drop "d.datname LIKE 'infra-old-%'" || echo "the databases from before could not all be dropped" >&2
rm -rf "$work"
