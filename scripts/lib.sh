# shellcheck shell=bash
# What the other scripts share. Sourced from the root of the repository.

# free_port prints a TCP port that nobody has, from below the range that the kernel hands out by itself. The services
# take a few ports around the one they are given: base to base+5 (Kafka), base-2042 and base-1843 (Cassandra).
free_port() { # offsets from the base that have to be free too
  local base off
  for _ in $(seq 1 100); do
    base=$((22000 + (RANDOM * 32768 + RANDOM) % 1000 * 10))
    for off in 0 "$@"; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$((base + off))") 2>/dev/null; then continue 2; fi
    done
    echo "$base"
    return
  done
  echo "no free port found" >&2
  return 1
}

# need NAME PACKAGE notes a command that is not there, with the Debian package that has it.
missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need_go() { command -v go >/dev/null || { echo "Go is missing: https://go.dev/doc/install (go.mod says which version)" >&2; exit 1; }; }
complain() {
  if [ ${#missing[@]} -gt 0 ]; then
    echo "missing; install with: apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
}

# need_services notes what the real Kafka and Cassandra need: a JDK 17, and Maven unless their jars are cached.
need_services() {
  local java found=
  for java in "${SERVICES_JAVA_HOME:-}/bin/java" "${JAVA_HOME:-}/bin/java" /usr/lib/jvm/*/bin/java "$(command -v java || :)"; do
    if [ -x "$java" ] && "$java" -version 2>&1 | grep -q 'version "17\.'; then found=1; fi
  done
  if [ -z "$found" ]; then missing+=(openjdk-17-jdk-headless); fi
  if ! cached kafka || ! cached cassandra; then need mvn maven; fi
}
# need_postgres notes what a real PostgreSQL needs.
need_postgres() {
  if [ -z "${POSTGRES_BIN:-}" ] && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then need initdb postgresql; fi
}
# need_clients notes what the clients of the Postgres wire need; scripts/drivers.sh fetches the clients themselves.
need_clients() {
  need psql postgresql-client
  need python3 python3-venv
  need javac openjdk-17-jdk-headless
  need node nodejs
  need npm npm
  need mvn maven
}
cached() {
  [ -f "${SERVICES_CACHE:-$HOME/.cache/millrace-services}/$1-$(sha256sum "scripts/services/$1-pom.xml" | cut -c1-12)/.complete" ]
}

# start_services NAME... starts them in a folder and on ports of their own, so that several checkouts do not clash, and
# sets MILLRACE_KAFKA, MILLRACE_CASSANDRA, MILLRACE_POSTGRES. stop_services ends them and removes the folder; call it from a trap.
start_services() {
  SERVICES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/millrace-services.XXXXXX")
  chmod 711 "$SERVICES_DIR" # PostgreSQL does not run as root, and has to reach its folder
  KAFKA_PORT=$(free_port 1)
  CASSANDRA_PORT=$(free_port -2042 -2041 -1843)
  POSTGRES_PORT=$(free_port)
  export SERVICES_DIR KAFKA_PORT CASSANDRA_PORT POSTGRES_PORT
  local name started=() failed=
  for name in "$@"; do
    "scripts/services/$name.sh" start 1 &
    started+=($!)
  done
  for pid in "${started[@]}"; do wait "$pid" || failed=1; done
  if [ -n "$failed" ]; then return 1; fi
  for name in "$@"; do
    declare -gx "MILLRACE_${name^^}=$("scripts/services/$name.sh" addresses)"
  done
}
stop_services() {
  if [ -z "${SERVICES_DIR:-}" ] || [ ! -d "$SERVICES_DIR" ]; then return 0; fi
  scripts/services/kafka.sh stop || :
  scripts/services/cassandra.sh stop || :
  scripts/services/postgres.sh stop || :
  rm -rf "$SERVICES_DIR"
}
