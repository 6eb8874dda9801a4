#!/usr/bin/env bash
# Runs a real PostgreSQL on this machine's loopback and on a socket in its own folder: the judge of what SQL means.
#
#   postgres.sh start     makes a database cluster where there is none, starts it and waits until it answers
#   postgres.sh stop      stops it (INT: at once, sessions are cut), only by the recorded pid; the data stay
#   postgres.sh status    one line; exit 0 only if it is up
#   postgres.sh wipe      stop, then remove the data
#   postgres.sh addresses prints host:port
#
# Anybody on this machine may log in as "postgres", database "postgres": it is for tests. The server refuses to run as
# root, so root runs it as the user POSTGRES_USER.
#
# Environment: SERVICES_DIR (/tmp/millrace-services), POSTGRES_PORT (25433), POSTGRES_BIN (the folder of initdb; the
# newest below /usr/lib/postgresql), POSTGRES_USER (nobody), POSTGRES_WAIT (seconds to wait for readiness, 60).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
me=postgres.sh
what=server
grace=20
dir=${SERVICES_DIR:-/tmp/millrace-services}/postgres
port=${POSTGRES_PORT:-$(cat "$dir/port" 2>/dev/null || echo 25433)} # later verbs take what start was given
user=${POSTGRES_USER:-nobody}
wait_s=${POSTGRES_WAIT:-60}
# shellcheck source=common.sh
. "$here/common.sh"

address() { echo "127.0.0.1:$port"; }

find_bin() {
  local b
  for b in "${POSTGRES_BIN:-}" $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    if [ -n "$b" ] && [ -x "$b/initdb" ]; then echo "$b"; return; fi
  done
  die "needs a PostgreSQL server, and there is none: apt-get install postgresql (or set POSTGRES_BIN)"
}

# as_user runs a command as somebody who is not root. The process is replaced, so its pid is the command's.
as_user() {
  if [ "$(id -u)" != 0 ]; then exec "$@"; fi
  exec setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"
}

configure() {
  local d=$dir/1
  mkdir -p "$d/data" "$d/socket"
  chmod 700 "$d/data"
  if [ "$(id -u)" = 0 ]; then
    chown -R "$user:$(id -gn "$user")" "$d/data" "$d/socket"
    reachable "$d/data"
  fi
  if [ -f "$d/data/PG_VERSION" ]; then return; fi
  (cd / && as_user "$bin/initdb" -D "$d/data" -U postgres --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync) \
    >"$d/initdb.log" 2>&1 </dev/null || { tail -20 "$d/initdb.log" >&2; die "initdb failed"; }
  cat >>"$d/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$d/socket'
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = log
log_min_error_statement = panic
# for tests: what a power cut would lose does not matter here
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
jit = off
max_connections = 20
shared_buffers = 64MB
max_parallel_workers_per_gather = 0
CONF
}

# reachable checks that the other user gets into the folder: one above it may be closed to all but root.
reachable() {
  if ! (cd / && as_user test -w "$1"); then
    die "$user can't reach $1: set SERVICES_DIR to a folder that is open to all, or POSTGRES_USER to one who can"
  fi
}

launch() {
  local d=$dir/1
  if live_pid 1 >/dev/null; then return; fi
  if open_port 127.0.0.1 "$port"; then die "port $port is taken by another process"; fi
  if [ -f "$d/server.log" ]; then mv "$d/server.log" "$d/server.log.old"; fi
  rm -f "$d/data/postmaster.pid" # of a server that died: ours is not running
  # The folder is the server's own: it must not hold on to the one of whoever calls.
  (cd / && as_user setsid nohup "$bin/postgres" -D "$d/data" -p "$port" >"$d/server.log" 2>&1 </dev/null) &
  record_pid 1 $!
}

stop_now() {
  local pid end=$((SECONDS + grace))
  if pid=$(live_pid 1); then
    kill -INT "$pid" 2>/dev/null || :
    while live_pid 1 >/dev/null; do
      if [ $SECONDS -ge "$end" ]; then kill -QUIT "$pid" 2>/dev/null || :; fi
      sleep 0.1
    done
  fi
  rm -f "$dir/1/pid"
}

case "${1:-}" in
start)
  bin=$(find_bin)
  begin 1 "$port" -
  if ! live_pid 1 >/dev/null; then configure; launch; fi
  await_log 1 'ready to accept connections' 127.0.0.1 "$port" "$wait_s"
  status_all
  ;;
stop) stop_now ;;
status) status_all ;;
wipe) stop_now; rm -rf "$dir" ;;
addresses) addresses ;;
*) usage ;;
esac
