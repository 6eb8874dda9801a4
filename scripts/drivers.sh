#!/usr/bin/env bash
# Fetches the clients of the Postgres wire that internal/drivers runs: Python's (psycopg, psycopg2, asyncpg, SQLAlchemy,
# pandas; and SQLAlchemy 1.4 in a place of its own), node-postgres, JDBC. It prints the folder that has them.
#
# They are pinned in internal/drivers/{python,node,java} and fetched once for each set of pins.
# Environment: SERVICES_CACHE (~/.cache/millrace-services).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
from=$PWD/internal/drivers
pins=("$from"/python/requirements*.txt "$from/node/package.json" "$from/java/pom.xml")
cache=${SERVICES_CACHE:-$HOME/.cache/millrace-services}
dir=$cache/drivers-$(cat "${pins[@]}" | sha256sum | cut -c1-12)

die() { echo "drivers.sh: $*" >&2; exit 1; }

# fetch is one chain, since it is called where set -e does not hold.
fetch() {
  rm -rf "$dir" && mkdir -p "$dir/node" &&
    python3 -m venv "$dir/python" && "$dir/python/bin/pip" install -q -r "$from/python/requirements.txt" &&
    python3 -m venv "$dir/python14" && "$dir/python14/bin/pip" install -q -r "$from/python/requirements14.txt" &&
    cp "$from/node/package.json" "$dir/node" &&
    (cd "$dir/node" && npm install --silent --no-package-lock --no-audit --no-fund) &&
    mvn -q -B -f "$from/java/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$dir/java" &&
    : >"$dir/.complete"
}

mkdir -p "$cache"
if [ ! -f "$dir/.complete" ]; then
  (
    flock 9
    if [ ! -f "$dir/.complete" ]; then
      echo "drivers.sh: fetching the clients into $dir" >&2
      fetch >"$dir.log" 2>&1 </dev/null || { tail -20 "$dir.log" >&2; exit 1; }
    fi
  ) 9>"$cache/.drivers.lock" || die "fetching the clients failed; the log is $dir.log"
fi
echo "$dir"
