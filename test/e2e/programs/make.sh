#!/usr/bin/env bash
# Makes all programs that the end-to-end suite needs, one after the other: two builds at once want more memory than most
# machines have. Prints them as JSON. A second call meanwhile waits for the first.
. "$(dirname "$0")/lib.sh"
exec 9>"$cache/.lock"
command -v flock >/dev/null && flock 9
jaeger=$("$here/jaeger.sh" 9>&-)
collector=$("$here/collector.sh" 9>&-)
prometheus=$("$here/prometheus.sh" 9>&-)
printf '{"jaeger":"%s","collector":"%s","prometheus":"%s/prometheus","promtool":"%s/promtool","alertmanager":"%s/prometheus-alertmanager"}\n' \
  "$jaeger" "$collector" "$prometheus" "$prometheus" "$prometheus"
