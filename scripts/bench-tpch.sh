#!/usr/bin/env bash
# TPC-H from Parquet files: millrace and, beside it in one run, DuckDB. The data are made once, under TPCH_DIR.
# Arguments: --sf 1 --queries q1,q5 --runs 3 --format arrow, and the others of `go run ./bench/tpch run --help`.
set -euo pipefail
cd "$(dirname "$0")/.."

duckdb=1.5.5
cache=${TPCH_DIR:-/tmp/millrace-tpch}
sf=1 format=parquet args=()
while [ $# -gt 0 ]; do
  case $1 in
    --sf) sf=$2; shift ;;
    --sf=*) sf=${1#*=} ;;
    --format) format=$2; shift ;;
    --format=*) format=${1#*=} ;;
    *) args+=("$1") ;;
  esac
  shift
done

mkdir -p "$cache"
make -s build
go build -o "$cache/tpch" ./bench/tpch
data=$cache/sf$sf-$format
if [ ! -e "$data/lineitem.$format" ]; then
  "$cache/tpch" gen --sf "$sf" --format "$format" --out "$data"
fi
python=()
if [ "$format" = parquet ]; then
  if [ ! -x "$cache/venv/bin/python" ]; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install -q "duckdb==$duckdb"
  fi
  python=(--python "$cache/venv/bin/python")
fi
exec "$cache/tpch" run --millrace bin/millrace --data "$data" --format "$format" --sf "$sf" ${python[@]+"${python[@]}"} ${args[@]+"${args[@]}"}
