#!/bin/sh
# The ceremony of docs/operating/consortium.md for members in containers, which exchange their public files in a folder
# that all of them see. Every step may be repeated; what is there is not made again.
#
#   ceremony.sh join                   join, and put the join file into $EXCHANGE
#   ceremony.sh assemble NAME...       wait for the join files of all of them, and assemble the genesis
#   ceremony.sh member COMMAND...      join, wait for the genesis, check it, and become COMMAND
#
# join and member take MEMBER_NAME, MEMBER_CONSENSUS, MEMBER_LINKS (HOST:PORT, as the others reach it) and the node's own
# JURAT_NETWORK, JURAT_URL, JURAT_DATA, JURAT_MASTER_KEY_FILE from the environment; assemble takes JURAT_NETWORK.
set -eu

exchange="${EXCHANGE:-/exchange}"
program="${JURAT_PROGRAM:-/app/packages/node/src/cli.ts}"

# A reader never sees half a file.
publish() { # file, name
  cp "$1" "$exchange/.$2" && mv "$exchange/.$2" "$exchange/$2"
}

wait_for() { # file
  [ -e "$1" ] || echo "Waiting for $1"
  while [ ! -e "$1" ]; do sleep 1; done
}

join() {
  # The node's own copy of the join file; it is empty while the keys are being made.
  if [ ! -s "$JURAT_DATA/join.json" ]; then
    node "$program" network join --name "$MEMBER_NAME" --consensus "$MEMBER_CONSENSUS" --members "$MEMBER_LINKS" \
      --out "${TMPDIR:-/tmp}/$MEMBER_NAME.join.json"
  fi
  publish "$JURAT_DATA/join.json" "$MEMBER_NAME.join.json"
}

assemble() {
  if [ ! -e "$exchange/genesis.cbor" ]; then
    for name in "$@"; do wait_for "$exchange/$name.join.json"; done
    files=''
    for name in "$@"; do files="$files $exchange/$name.join.json"; done
    rm -f "$exchange/.genesis.cbor"
    # shellcheck disable=SC2086 # names of members have no spaces here
    node "$program" network assemble $files --name "$JURAT_NETWORK" --out "$exchange/.genesis.cbor"
    mv "$exchange/.genesis.cbor" "$exchange/genesis.cbor"
  fi
}

step="$1"
shift
case "$step" in
  join) join ;;
  assemble) assemble "$@" ;;
  member)
    join
    wait_for "$exchange/genesis.cbor"
    node "$program" network check "$exchange/genesis.cbor"
    exec "$@"
    ;;
  *)
    echo "ceremony.sh: no such step: $step" >&2
    exit 2
    ;;
esac
