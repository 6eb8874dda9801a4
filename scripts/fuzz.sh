#!/usr/bin/env bash
# Runs each fuzz target for FUZZTIME (60s). An argument is a regular expression of the targets to run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh
need_go
pattern=${1:-.}
targets=$(go test -list '^Fuzz' ./...) || { echo "$targets" >&2; exit 1; } # a package that does not build has its own
failed=()
ran=0
while read -r pkg target; do
  echo "== $pkg $target"
  ran=$((ran + 1))
  go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" "$pkg" || failed+=("$pkg $target")
done < <(awk '/^Fuzz/{t[n++]=$1} /^ok/{for(i=0;i<n;i++)print $2,t[i]; n=0}' <<<"$targets" | grep -E "$pattern")
printf '%d targets, %d failed\n' "$ran" ${#failed[@]}
printf '%s\n' "${failed[@]}"
[ ${#failed[@]} = 0 ] && [ "$ran" -gt 0 ]
