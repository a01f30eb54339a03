# Shared by the scripts beside it. Each prints the path of what it made, and does nothing where that is there already.
# A program lies in $E2E_CACHE/NAME/KEY. It is made in a temporary folder and renamed into place, so that one
# that was only half made is never used.
set -euo pipefail
cache=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crewspan-e2e}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$cache"
# Go flags of whoever runs this (-mod=vendor, say) are not meant for these builds.
export GOFLAGS= GOWORK=off CGO_ENABLED=0
go_build_flags=(-buildvcs=false -trimpath '-ldflags=-s -w')

say() { printf '%s\n' "$*" >&2; }

# key FILE...: of what decides a build: the files, the flags, and the machine.
key() { { cat "$@"; printf '%s\n' "${go_build_flags[*]}"; uname -sm; } | sha256sum | cut -c1-16; }

# workspace NAME: a new folder beside what will be made, on the same disk.
workspace() {
  mkdir -p "$cache/$1"
  mktemp -d "$cache/$1/.making.XXXXXX"
}

need() {
  command -v "$1" >/dev/null || { say "$1 is needed: $2"; exit 1; }
}
