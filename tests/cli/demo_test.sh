#!/usr/bin/env bash
# The demonstration holds what it says, and the examples work as they stand.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
build_dir=${QTLS_BUILD_DIR:?}
status 0 bash "$source_dir/demo/demo.sh"
has out 'All as it should be'
has out 'with the alert pqc_signature_failure'
has out 'received 1[67],[0-9]{3} bytes'
has out 'stapled an OCSP response'
has out 'the server knew who it was: CN=device-1'
has out 'told the peer: alert certificate_revoked'
# It fails when anything is amiss: here, a `connect` that believes everything.
cat > liar <<'PROGRAM'
#!/bin/sh
[ "$1" = connect ] || exec "$REAL" "$@"
"$REAL" "$@" 2>&1 | grep -v refused
exit 0
PROGRAM
chmod +x liar
REAL=$qtls QTLS_BIN=$work/liar status 1 bash "$source_dir/demo/demo.sh"
has err 'FAILED'

identity
"$build_dir/example_server" server.pem server.key 0 > example.log 2>&1 &
servers+=($!)
for _ in $(seq 200); do grep -q listening example.log && break; sleep 0.02; done
port=$(sed -n 's/^listening on port //p' example.log)
status 0 "$build_dir/example_client" ca/root.pem localhost "$port"
equal "$(cat out)" 'hello, quantum' 'what the example client printed'
echo further > said
input=said status 0 client --quiet
same out said
status 1 "$build_dir/example_client" server.key localhost "$port"
has err 'server.key'
status 2 "$build_dir/example_client"
done_testing
