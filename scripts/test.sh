#!/usr/bin/env bash
# Every test: formatting, vet, staticcheck, then go test -race on a real Kafka, Cassandra and PostgreSQL that it starts
# and always stops. It fails when any of these does, after having run all of them, and ends with a summary.
#
#   scripts/test.sh          everything (make test)
#   scripts/test.sh fast     what needs none of them (make test-fast)
#
# Environment: GOTESTFLAGS (more flags of go test), and that of scripts/services/*.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh
mode=${1:-all}

need_go
need gcc 'gcc libc6-dev' # the race detector's runtime is linked by cgo
if [ "$mode" = all ]; then need_services; need_postgres; need_clients; need tmux tmux; fi # the shell is tested in a real terminal
complain

log=$(mktemp "${TMPDIR:-/tmp}/millrace-test.XXXXXX")
result=()
failed=0
# The services end on every way out, a signal included.
finish() {
  local rc=$?
  trap - EXIT
  if [ "$mode" = all ]; then stop_services; fi
  rm -f "$log"
  exit "$rc"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check NAME COMMAND... runs a check and notes how it ended and how long it took.
check() {
  local name=$1 from=$SECONDS
  shift
  printf '== %s\n' "$name"
  if "$@"; then
    result+=("$(printf 'ok    %-14s %4d s' "$name" $((SECONDS - from)))")
  else
    result+=("$(printf 'FAIL  %-14s %4d s' "$name" $((SECONDS - from)))")
    failed=1
    return 1
  fi
}

formatted() {
  local bad
  bad=$(gofmt -l .) || return 1
  if [ -n "$bad" ]; then printf 'not formatted (gofmt -w):\n%s\n' "$bad"; return 1; fi
}

tests() { # tags
  # shellcheck disable=SC2086
  go test -race -tags "$1" -timeout 15m ${GOTESTFLAGS:-} ./... 2>&1 | tee "$log" &&
    go test -tags "$1" -run TestQueriesAtScale01 ./internal/tpch 2>&1 | tee -a "$log" # not under the race detector
}

tags=assert
if [ "$mode" = all ]; then tags='assert services'; fi

check gofmt formatted || :
check vet go vet -tags "$tags" ./... || :
check staticcheck go tool -modfile=tools.mod staticcheck -tags "${tags/ /,}" ./... || :
if [ "$mode" = fast ] || check services start_services kafka cassandra postgres; then
  check tests tests "$tags" || :
fi

printf '\n== summary\n'
printf '%s\n' "${result[@]}"
if [ -s "$log" ]; then
  printf 'packages: %d ok, %d failed, %d without tests\n' \
    "$(grep -c '^ok' "$log" || :)" "$(grep -cE '^FAIL[[:space:]]+[^[:space:]]' "$log" || :)" "$(grep -c 'no test files' "$log" || :)"
  grep -E '^(--- FAIL|FAIL[[:space:]]+[^[:space:]]|panic:|WARNING: DATA RACE)' "$log" || :
fi
if [ $failed = 0 ]; then printf 'PASS in %d s\n' "$SECONDS"; else printf 'FAILED after %d s\n' "$SECONDS"; fi
exit $failed
