#!/usr/bin/env bash
# How many instructions a request of a row takes, in all and in each function; or so many requests, one after the other:
#
#   ./instructions.sh Param dram
#   ./instructions.sh GithubAll gin 203
#
# gdb steps through them, each from the entry of ServeHTTP of dram, gin, echo, chi, httprouter or bunrouter to its return, when
# some thousands have gone before. Times differ from host to host; this depends on the code, the version of Go and the architecture, and
# by a few per cent, where a map is read or written, on its random seed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() { echo "$*" >&2; exit 1; }
[[ $# -ge 2 && $# -le 3 ]] || fail "usage: $0 ROW PEER [REQUESTS]"
command -v gdb >/dev/null || fail "gdb is not installed (apt-get install gdb)"

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
export GOWORK=off GOMAXPROCS=1 GODEBUG=asyncpreemptoff=1
go test -c -vet=off -o "$temp/test" .

entry=$(go tool nm "$temp/test" | awk -v peer="/$2(/v[0-9]+)?" '$3 ~ peer "[.][(][*](Engine|Echo|Mux|Router)[)][.]ServeHTTP$" { print $1 }')
[[ $entry =~ ^[0-9a-f]+$ ]] || fail "$2: there is no such peer with a ServeHTTP of its own"

row=${1// /_} # as testing names it
row=${row//+/[+]}
ENTRY=0x$entry REQUESTS=${3:-1} gdb -q -batch -x testdata/instructions.py --args "$temp/test" \
	-test.run='^$' -test.bench="^BenchmarkRow\$/^$row\$/^$2\$" -test.benchtime=1000000x >"$temp/out" 2>&1 </dev/null || true
grep -aq ' in all$' "$temp/out" || fail "$(tail -n 5 "$temp/out")"$'\n'"$2 was not stepped through: has it a row $1?"
grep -a '^ *[0-9]\+  ' "$temp/out"
