#!/usr/bin/env bash
# Prometheus, promtool and Alertmanager, from the packages of Debian or Ubuntu: unpacked, not installed, so root is not
# needed. Prints the folder of the programs.
. "$(dirname "$0")/lib.sh"
need dpkg-deb 'this script unpacks the packages of Debian or Ubuntu'
release=$(. /etc/os-release && printf '%s-%s' "$ID" "${VERSION_CODENAME:-$VERSION_ID}")
made=$cache/prometheus/$release-$(dpkg --print-architecture)
if [ ! -x "$made/usr/bin/prometheus-alertmanager" ]; then
  folder=$(workspace prometheus)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  download() { apt-get -o APT::Sandbox::User=root download -qq prometheus prometheus-alertmanager >&2; }
  # Old lists of packages name files that are gone; only root may renew them.
  download || { apt-get update -qq >&2 && download; }
  for package in *.deb; do dpkg-deb -x "$package" unpacked; done
  rm -rf "$made"
  mv unpacked "$made"
  say "prometheus: unpacked in $SECONDS s"
fi
printf '%s\n' "$made/usr/bin"
