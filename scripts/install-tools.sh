#!/usr/bin/env bash
# Installs the outside tools that the conformance and fault tests use: Debian packages, Go tools at pinned versions in
# .cache/tools/bin, and lines of Node. Run it once on a test machine (as root, Debian or Ubuntu, with Go >= 1.25); it skips
# what is there. With --bench also the peers of the benchmarks.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need strace strace
need openssl openssl
need chromium chromium
need wrk wrk
need ssh-agent openssh-client
need unzip unzip
need pdftoppm poppler-utils
need qpdf qpdf
need certutil libnss3-tools
need java default-jre-headless
need mvn maven
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing+=(fonts-noto-cjk)
need javac default-jdk-headless
[ -e /usr/share/java/bcpkix.jar ] || missing+=(libbcpkix-java)
if [ "${#missing[@]}" -gt 0 ]; then
  echo "Installing Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

bin="$PWD/.cache/tools/bin"
mkdir -p "$bin"
go_tool() { # name, package@version
  [ -x "$bin/$1" ] && return 0
  echo "Building $1 from $2"
  local out
  out="$(mktemp -d)"
  GOBIN="$out" CGO_ENABLED="${3:-0}" go install "$2"
  mv "$out/$(basename "${2%@*}")" "$bin/$1"
  rm -rf "$out"
}
go_tool tessera-fsck github.com/transparency-dev/tessera/cmd/fsck@v1.0.4
go_tool litewitness filippo.io/torchwood/cmd/litewitness@v0.9.0 1
go_tool cometbft github.com/cometbft/cometbft/cmd/cometbft@v0.39.4
# veraPDF judges PDF/A: one jar, and a command that starts it.
verapdf=greenfield-apps-1.28.2
if [ ! -x "$bin/verapdf" ]; then
  echo "Fetching $verapdf from Maven Central"
  mvn -q -B dependency:copy "-Dartifact=org.verapdf.apps:${verapdf/-1/:1}" "-DoutputDirectory=$bin" >/dev/null
  printf '#!/bin/sh\nexec java -cp "$(dirname "$0")/%s.jar" org.verapdf.apps.GreenfieldCliWrapper "$@"\n' "$verapdf" >"$bin/verapdf"
  chmod +x "$bin/verapdf"
fi
# The other lines of Node that test/conformance/nodeLines.test.ts runs.
node scripts/node-lines.js
# What test/conformance/deploy.test.ts builds: compiled here once, so that the test finds it in Go's cache.
CGO_ENABLED=0 go -C deploy/check build -o /dev/null .
if [ "${1:-}" = --bench ]; then
  # The peer of the raw-front benchmark.
  go_tool tessera-posix github.com/transparency-dev/tessera/cmd/conformance/posix@v1.0.4
fi
echo "Outside tools are in place."
