#!/usr/bin/env bash
# Alertmanager, built from its Go module: Debian's looks for its templates in /usr/share alone, so it does not run from a
# folder where it was only unpacked. Prints the path of the program.
. "$(dirname "$0")/lib.sh"
version=v0.28.1
program=$cache/alertmanager/$(key <<<"$version")/alertmanager
if [ ! -x "$program" ]; then
  need go 'see https://go.dev/doc/install'
  say 'alertmanager: building'
  folder=$(workspace alertmanager)
  trap 'rm -rf "$folder"' EXIT
  GOBIN=$folder go install "${go_build_flags[@]}" "github.com/prometheus/alertmanager/cmd/alertmanager@$version" >&2
  mkdir -p "$(dirname "$program")"
  mv "$folder/alertmanager" "$program"
  say "alertmanager: built in $SECONDS s"
fi
printf '%s\n' "$program"
