#!/usr/bin/env bash
# ctest-timeout: 180
# What was negotiated is told truly, by the lines for people and by the JSON; the
# settings do what they say.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
for kind in mldsa65 p256 hybrid-p384-mldsa87; do
  status 0 "$qtls" pki init --dir "ca-$kind" --kind "$kind" --quiet
  status 0 "$qtls" pki issue --dir "ca-$kind" --dns localhost --out "$kind" --quiet
done
cat ca/root.pem ca-*/root.pem > all.pem

# tell ARGUMENT...: the session as JSON in out.
tell() { status 0 "$qtls" connect "localhost:$port" --trust all.pem --json "$@"; json out; }
is() { equal "$(field out "d['$1']")" "$2" "$1"; }

serve --cert server.pem --key server.key --cert mldsa65.pem --key mldsa65.key --cert p256.pem --key p256.key --echo \
  --floor classical --policy require_any
tell
is protocol 'Q-TLS 1.0'
is suite TLS_ECDHE_KYBER1024_ECDSA_DILITHIUM3_AES256_GCM_SHA384
is group kyber1024
is classical_group secp384r1
is scheme dilithium3_ecdsa_hybrid
is pqc_signature verified
is classical_signature verified
is authentication hybrid
is policy require_both
is hello_retry False
equal "$(field out 'd["certificates"][0]["names"]')" "['DNS:localhost', 'IP:127.0.0.1']"
equal "$(field out '[f["direction"] for f in d["flights"]]')" "['sent', 'received', 'sent']"
equal "$(field out 'd["flights"][1]["messages"][3]["name"]')" CertificateVerify
equal "$(field out 'd["flights"][1]["messages"][3]["bytes"]')" 3421
tell --key-shares classical-first
is protocol 'Q-TLS 1.0'
is hello_retry True
tell --key-shares both
is hello_retry False
tell --policy require_pqc --suites qtls-pqc
is suite TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384
is classical_group None
is policy require_pqc
tell --groups x25519:kyber768
is group kyber768
is classical_group x25519
tell --versions tls1.3
is protocol 'TLS 1.3'
is group X25519MLKEM768
tell --versions tls1.3 --floor pq-auth
is scheme mldsa65
is authentication pqc
tell --versions tls1.3 --groups SecP384r1MLKEM1024 --schemes ecdsa_secp256r1_sha256
is group SecP384r1MLKEM1024
is authentication classical
tell --versions tls1.3 --floor classical --groups '?nosuchgroup:x25519' --suites chacha20-poly1305
is group x25519
is suite TLS_CHACHA20_POLY1305_SHA256
status 1 "$qtls" connect "localhost:$port" --trust all.pem --floor pq-kex --versions tls1.3 --groups x25519
stop

# The lines for people.
serve --cert server.pem --key server.key --echo --cookie always --alpn one,two --cert-compression brotli:zlib
status 0 client --alpn two --cert-compression zlib
has err '^protocol: +Q-TLS 1\.0'
has err '^ML-DSA: +verified'
has err '^classical: +verified'
has err '^ALPN: +two'
has err '^hello retry: +yes, with a cookie'
has err '^compressed: +zlib'
has err '^flight 1: +sent'
has err 'HelloRetryRequest|ServerHello'
has err '^certificate 0: +CN=localhost'
status 1 client --alpn three
has err 'no_application_protocol'
status 0 client --trace
has err '-> message ClientHello'
has err '<- record  protected'
has err 'state   '
status 0 client --quiet
equal "$(stat -c %s err)" 0 'words of a quiet client'
echo data > data
for extra in '--padding random' '--padding block:512' '--record-mode interactive' '--record-mode dynamic' \
  '--record-size-limit 64'; do
  # shellcheck disable=SC2086
  input=data status 0 client --quiet $extra
  same out data
done
stop

# A floor that is not met is refused, and says what is missing.
serve --cert p256.pem --key p256.key --echo
status 1 "$qtls" connect "localhost:$port" --trust all.pem --floor q-tls
hasnt err 'connected:'
status 1 "$qtls" connect "localhost:$port" --trust all.pem --floor pq-auth
status 0 "$qtls" connect "localhost:$port" --trust all.pem
has err 'authentication: +classical'
stop
serve --cert hybrid-p384-mldsa87.pem --key hybrid-p384-mldsa87.key --echo --floor q-tls
tell
is scheme dilithium5_ecdsa_hybrid
status 1 "$qtls" connect "localhost:$port" --trust all.pem --versions tls1.3
stop

# ---- where what is received goes ----
mkdir site there
seq 1000 > site/page
echo old > there/real
ln -s there/real link
ln -s link second
ln -s there/none dangling
ln -s /dev/stdout out-link
serve --cert server.pem --key server.key --root site --timeout 60 --idle 60
fetch() { client --request /page --quiet "$@"; }
status 0 fetch --output second
[ -h second ] && [ -h link ] && ok || fail 'a link was replaced by a file'
same there/real site/page
status 0 fetch --output dangling
[ -h dangling ] && ok || fail 'a link to nothing was replaced by a file'
same there/none site/page
# A descriptor is gone on with, be it a file, a pipe or nothing open. (Never /dev/stdout itself: a
# program that got this wrong would, run as root, put a file in its place.)
{ echo first; fetch --output out-link; echo last; } > whole
{ echo first; cat site/page; echo last; } > wanted
same whole wanted
{ echo first; fetch --output /dev/fd/7; echo last >&7; } 7> seventh > /dev/null
{ cat site/page; echo last; } > wanted
same seventh wanted
fetch --output out-link | cmp -s - site/page && ok || fail 'through a link to /dev/stdout'
[ -h out-link ] && ok || fail 'the link to standard output was replaced'
status 1 fetch --output /dev/fd/99
has err '/dev/fd/99'
ln -s loop loop
status 1 fetch --output loop
has err 'loop'
# Ended by a signal: what is not whole is not left behind, and the signal is what ended it.
mkdir ended
python3 - "$qtls" "$port" << 'PY' && ok || fail 'a client ended by a signal'
import os, signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    p = subprocess.Popen([sys.argv[1], "connect", f"localhost:{sys.argv[2]}", "--trust", "ca/root.pem", "--quiet",
                          "--output", "ended/got"], stdin=subprocess.PIPE)
    for _ in range(500):
        if os.listdir("ended"):
            break
        time.sleep(0.01)
    time.sleep(0.1)
    found = os.listdir("ended")
    p.send_signal(number)
    code = p.wait(20)
    if len(found) != 1 or code != -number or os.listdir("ended"):
        sys.exit(f"{number}: {found}, {code}, {os.listdir('ended')}")
PY
stop
done_testing
