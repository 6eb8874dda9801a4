#!/usr/bin/env bash
# A scan of many rows through psql: millrace and PostgreSQL on this machine, turn by turn in one run. It prints the best of
# RUNS times of each, the CPU-seconds of the server, and how much memory the server's process took at most.
#
#   scripts/bench-wire.sh [ROWS]      5000000 rows of (BIGINT, BIGINT, TEXT, TIMESTAMP)
#
# Environment: RUNS (3).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh
rows=${1:-5000000}
runs=${RUNS:-3}
need_go
need psql postgresql-client
need_postgres
complain

dir=$(mktemp -d "${TMPDIR:-/tmp}/millrace-wire.XXXXXX")
pid=
finish() {
  local rc=$?
  trap - EXIT
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null && wait "$pid" || :; fi
  stop_services
  rm -rf "$dir"
  exit $rc
}
trap finish EXIT

start_services postgres
host=${MILLRACE_POSTGRES%:*} port=${MILLRACE_POSTGRES#*:}
http=$(free_port 1)
go build -o "$dir/millrace" ./cmd/millrace
serve() {
  "$dir/millrace" serve --data-dir "$dir/data" --auth trust --pg-listen "127.0.0.1:$((http + 1))" --http-listen "127.0.0.1:$http" >"$dir/log" 2>&1 &
  pid=$!
  for _ in $(seq 120); do if (exec 3<>"/dev/tcp/127.0.0.1/$((http + 1))") 2>/dev/null; then break; fi; sleep 0.5; done
}
serve

declare -A url=(
  [millrace]="postgresql://bench@127.0.0.1:$((http + 1))/millrace"
  [postgres]="postgresql://postgres@$host:$port/postgres"
)
for who in millrace postgres; do
  psql -X -q -v ON_ERROR_STOP=1 "${url[$who]}" \
    -c 'CREATE TABLE scan (id BIGINT PRIMARY KEY, n BIGINT, name TEXT, at TIMESTAMP)' \
    -c "INSERT INTO scan SELECT g, g::bigint * 7919 % 1000003, 'name of ' || g, TIMESTAMP '2026-01-01 00:00:00' + g * INTERVAL '1 second' FROM generate_series(1, $rows) AS t(g)"
done
psql -X -q "${url[postgres]}" -c 'VACUUM ANALYZE scan'
# another process, whose memory is that of the scans alone: the INSERT above is held in memory until it is committed
kill "$pid" && wait "$pid" || :
serve

# cpu is the CPU-seconds so far of the server: for PostgreSQL, of the ended children of its postmaster as well.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13 + $14 + $15}'; }
declare -A server=([millrace]=$pid [postgres]=$(cut -d' ' -f1 "$SERVICES_DIR/postgres/1/pid"))
best() { sort -n | head -1; }
printf '%-34s %10s %10s %8s\n' "$rows rows" millrace postgres ratio
measure() { # NAME ARGS...
  local name=$1 who i t0 out=()
  shift
  declare -A least=() cpu=()
  for i in $(seq "$runs"); do
    for who in millrace postgres; do
      local c0 c1 t
      c0=$(ticks "${server[$who]}")
      t0=$EPOCHREALTIME
      psql -X "${url[$who]}" "$@" >/dev/null
      t=$(awk "BEGIN {print $EPOCHREALTIME - $t0}")
      c1=$(ticks "${server[$who]}")
      if [ -z "${least[$who]:-}" ] || awk "BEGIN {exit !($t < ${least[$who]})}"; then
        least[$who]=$t
        cpu[$who]=$(awk "BEGIN {print ($c1 - $c0) / $(getconf CLK_TCK)}")
      fi
    done
  done
  printf '%-34s %8.2f s %8.2f s %8.2f\n' "$name" "${least[millrace]}" "${least[postgres]}" "$(awk "BEGIN {print ${least[postgres]} / ${least[millrace]}}")"
  printf '%-34s %8.2f s %8.2f s\n' '  CPU of the server' "${cpu[millrace]}" "${cpu[postgres]}"
}
measure 'psql, unaligned' -At -c 'SELECT * FROM scan'
measure 'psql, in pieces (FETCH_COUNT)' -At -v FETCH_COUNT=10000 -c 'SELECT * FROM scan'
measure 'COPY TO STDOUT' -c 'COPY scan TO STDOUT'
measure 'COPY TO STDOUT, binary' -c 'COPY scan TO STDOUT (FORMAT binary)'
printf 'millrace: at most %s MiB resident\n' "$(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$pid/status")"
