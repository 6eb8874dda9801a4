#!/usr/bin/env bash
# Apache Superset on millrace: connects, lists schemas and tables, makes a chart on a materialized view, and takes a
# picture of it in a headless browser. Everything is started and stopped here.
#
#   scripts/superset.sh [PICTURE.png]     the default is docs/guide/superset.png
#
# Environment: SERVICES_CACHE (~/.cache/millrace-services), where Superset is installed once for each set of pins.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh
picture=$(realpath -m "${1:-docs/guide/superset.png}")
from=$PWD/internal/drivers

need_go
need python3 python3-venv
need psql postgresql-client
need curl curl
need chromium chromium
need chromedriver chromium-driver
complain

cache=${SERVICES_CACHE:-$HOME/.cache/millrace-services}
venv=$cache/superset-$(sha256sum <"$from/superset/requirements.txt" | cut -c1-12)
if [ ! -f "$venv/.complete" ]; then
  echo "installing Superset into $venv" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r "$from/superset/requirements.txt"
  : >"$venv/.complete"
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/millrace-superset.XXXXXX")
pids=()
finish() {
  local rc=$?
  trap - EXIT
  for p in "${pids[@]}"; do kill "$p" 2>/dev/null || :; done
  wait
  if [ $rc != 0 ]; then tail -20 "$dir"/*.log >&2; fi
  rm -rf "$dir"
  exit $rc
}
trap finish EXIT
# until_ok COMMAND... asks for a minute.
until_ok() {
  for _ in $(seq 120); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.5; done
  echo "no answer: $*" >&2
  return 1
}

pg=$(free_port 1 2)
go build -o "$dir/millrace" ./cmd/millrace
"$dir/millrace" serve --data-dir "$dir/data" --auth trust --pg-listen "127.0.0.1:$pg" --http-listen "127.0.0.1:$((pg + 1))" >"$dir/millrace.log" 2>&1 &
pids+=($!)
until_ok curl -sf "http://127.0.0.1:$((pg + 1))/readyz"
psql -X -q -v ON_ERROR_STOP=1 "postgresql://superset@127.0.0.1:$pg/millrace" -f "$from/schema.sql"

export SUPERSET_HOME=$dir/superset SUPERSET_CONFIG_PATH=$from/superset/superset_config.py FLASK_APP=superset
mkdir -p "$SUPERSET_HOME"
{
  "$venv/bin/superset" db upgrade
  "$venv/bin/superset" fab create-admin --username admin --firstname A --lastname B --email admin@localhost --password admin
  "$venv/bin/superset" init
} >"$dir/setup.log" 2>&1 </dev/null
"$venv/bin/superset" run -p $((pg + 2)) --with-threads >"$dir/superset.log" 2>&1 &
pids+=($!)
until_ok curl -sf "http://127.0.0.1:$((pg + 2))/health"
"$venv/bin/python" "$from/superset/check.py" "http://127.0.0.1:$((pg + 2))" "postgresql+psycopg2://superset@127.0.0.1:$pg/millrace" "$picture"
