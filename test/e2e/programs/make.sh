#!/usr/bin/env bash
# Makes all programs that the end-to-end suite needs, one after the other: two builds at once want more memory than most
# machines have. Prints them as JSON. A second call meanwhile waits for the first.
. "$(dirname "$0")/lib.sh"
exec 9>"$cache/.lock"
command -v flock >/dev/null && flock 9
jaeger=$("$here/jaeger.sh" 9>&-)
collector=$("$here/collector.sh" 9>&-)
alertmanager=$("$here/alertmanager.sh" 9>&-)
prometheus=$("$here/prometheus.sh" 9>&-)
printf '{"jaeger":"%s","collector":"%s","alertmanager":"%s","prometheus":"%s/prometheus"}\n' \
  "$jaeger" "$collector" "$alertmanager" "$prometheus"
