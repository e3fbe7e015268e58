#!/usr/bin/env bash
# The key log: written only when asked for, with a warning, for its owner alone,
# the same secrets on both sides.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
serve --cert server.pem --key server.key --echo --keylog server.keys
has serve.0.log.err 'warning: the secrets of every connection go to server.keys'
status 0 client --keylog client.keys
has err 'warning: the secrets of every connection go to client.keys'
mode 600 client.keys
mode 600 server.keys
equal "$(grep -Evc '^[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]{96}$' client.keys)" 0 'lines that are no key log lines'
for label in CLIENT_HANDSHAKE_TRAFFIC_SECRET SERVER_HANDSHAKE_TRAFFIC_SECRET CLIENT_TRAFFIC_SECRET_0 \
  SERVER_TRAFFIC_SECRET_0 EXPORTER_SECRET; do
  has client.keys "^$label "
done
stop
sort client.keys > a
sort server.keys > b
same a b
# Appended to, and not to a file that others may read.
lines=$(wc -l < client.keys)
serve --cert server.pem --key server.key --echo
status 0 client --keylog client.keys
equal "$(wc -l < client.keys)" $((lines * 2)) 'lines after a second connection'
touch open.keys
chmod 644 open.keys
status 1 client --keylog open.keys
has err 'chmod 600'
equal "$(stat -c %s open.keys)" 0 'secrets in an open file'
status 0 client
hasnt err 'secrets of every connection'
stop
done_testing
