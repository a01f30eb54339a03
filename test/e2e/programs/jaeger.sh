#!/usr/bin/env bash
# Jaeger 2.13 (module github.com/jaegertracing/jaeger v1.76.0), without its web pages. Prints the path of the program.
# Built from a module that requires it: Jaeger's own go.mod replaces a module, so `go install` refuses it.
. "$(dirname "$0")/lib.sh"
module=$here/jaeger
program=$cache/jaeger/$(key "$module/go.mod" "$module/go.sum")/jaeger
if [ ! -x "$program" ]; then
  need go 'see https://go.dev/doc/install'
  say 'jaeger: building, which takes some minutes and up to 4.5 GB of memory'
  folder=$(workspace jaeger)
  trap 'rm -rf "$folder"' EXIT
  (cd "$module" && go build -mod=readonly "${go_build_flags[@]}" -o "$folder/jaeger" github.com/jaegertracing/jaeger/cmd/jaeger) >&2
  mkdir -p "$(dirname "$program")"
  mv "$folder/jaeger" "$program"
  say "jaeger: built in $SECONDS s"
fi
printf '%s\n' "$program"
