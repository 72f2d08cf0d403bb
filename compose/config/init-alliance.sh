#!/bin/sh
# Runs once in the container `chain-init`: makes the alliance and gives each member its own volume, so that no node can read
# another member's keys. Running it again changes nothing; a half-made alliance is refused, never mended.
#
# Folders, for the test of this file to change: OUT (the volumes), MADE (scratch), CONFIG (this folder).
set -eu
out=${OUT:-/out}
made=${MADE:-/tmp/alliance}
config=${CONFIG:-/etc/tracelight}
members="manufacturer logistics pharmacy regulator"

if [ -e "$out/public/complete" ]; then
  echo "the alliance is there already"
  exit 0
fi
for folder in public $members; do
  if [ -n "$(ls -A "$out/$folder")" ]; then
    echo "error: $out/$folder is not empty, but the alliance was never completed. Remove the stack's volumes to begin anew" >&2
    exit 1
  fi
done

chain-node init-alliance --dir "$made" --name "${TRACELIGHT_ALLIANCE:-Tracelight alliance}" \
  --members "$config/members.toml" --host 0.0.0.0 --p2p-ports 7701,7702,7703,7704 --rpc-ports 7801,7802,7803,7804

# On one host all nodes share an address; in containers each has its own name.
names='s/"0\.0\.0\.0:7701"/"node-manufacturer:7701"/; s/"0\.0\.0\.0:7702"/"node-logistics:7702"/
  s/"0\.0\.0\.0:7703"/"node-pharmacy:7703"/; s/"0\.0\.0\.0:7704"/"node-regulator:7704"/
  s/0\.0\.0\.0:7801/node-manufacturer:7801/; s/0\.0\.0\.0:7802/node-logistics:7802/
  s/0\.0\.0\.0:7803/node-pharmacy:7803/; s/0\.0\.0\.0:7804/node-regulator:7804/'
for member in $members; do
  # What the node listens on stays as it is; the addresses of the validators and the place of the genesis change.
  sed -i -e "/^address = /{
  $names
  }" -e 's#^genesis = .*#genesis = "/public/genesis.bin"#' "$made/$member/node.toml"
  cp -Rp "$made/$member/." "$out/$member/"
done
sed -i -e "$names" "$made/alliance.json"
# The manufacturer's gateway may submit to the manufacturer's node; of its volume it sees nothing else.
mkdir -p "$out/gateway"
cp -p "$made/manufacturer/rpc.token" "$out/gateway/rpc.token"
cp -p "$made/genesis.bin" "$made/alliance.json" "$out/public/"
rm -rf "$made"
sync
touch "$out/public/complete"
echo "the alliance is made"
