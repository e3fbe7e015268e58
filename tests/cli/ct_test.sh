#!/usr/bin/env bash
# ctest-timeout: 120
# Certificate transparency: a log of the test's own, whose timestamp is made here by OpenSSL
# and Python and stands in a certificate; what connect and pki verify make of it.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

status 0 "$qtls" pki init ca --kind p256 --root-only --quiet
for key in argon xenon other; do
  curve=P-256
  [ $key = other ] && curve=P-384
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out $key.key 2> err
  openssl pkey -in $key.key -pubout -out $key.pem
done
openssl pkey -in argon.key -pubout -outform DER -out argon.der
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -subj /CN=localhost -out leaf.csr 2> err
chmod 600 leaf.key

# issue OUT [SCT LIST]: the same certificate but for that extension.
issue() {
  cat > ca.cnf << CNF
[ca]
default_ca = d
[d]
dir = .
database = index
serial = serial
new_certs_dir = .
certificate = ca/root.pem
private_key = ca/root.key
default_md = sha256
policy = p
unique_subject = no
x509_extensions = e
[p]
commonName = supplied
[e]
subjectAltName = DNS:localhost
extendedKeyUsage = serverAuth
keyUsage = critical, digitalSignature
authorityKeyIdentifier = keyid
${2:+1.3.6.1.4.1.11129.2.4.2 = DER:$2}
CNF
  : > index
  echo 1234 > serial
  status 0 openssl ca -batch -config ca.cnf -in leaf.csr -startdate 20250101000000Z -enddate 20390101000000Z -out "$1" \
    -notext
}

issue draft.pem
list=$(python3 - << 'PY'
import base64, hashlib, re, subprocess

def der(path):
    return base64.b64decode(re.search(r"-----BEGIN [A-Z ]+-----(.*?)-----END", open(path).read(), re.S).group(1))

def spki_of(path):
    return subprocess.run(["openssl", "x509", "-in", path, "-noout", "-pubkey"], capture_output=True, check=True).stdout

whole = der("draft.pem")
tbs = whole[4:8 + int.from_bytes(whole[6:8], "big")]
open("root.pub", "wb").write(spki_of("ca/root.pem"))
when = (1735689600000 + 86400000).to_bytes(8, "big")  # the day after it begins
# RFC 6962 3.2: what a log signs of a certificate to be.
signed = b"\0\0" + when + b"\0\1" + hashlib.sha256(der("root.pub")).digest() + len(tbs).to_bytes(3, "big") + tbs + b"\0\0"
signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", "argon.key"], input=signed, capture_output=True,
                           check=True).stdout
sct = b"\0" + hashlib.sha256(der("argon.pem")).digest() + when + b"\0\0" + b"\4\3" + len(signature).to_bytes(2, "big") + signature
sct = len(sct).to_bytes(2, "big") + sct
sct = len(sct).to_bytes(2, "big") + sct
print((b"\4" + (bytes([len(sct)]) if len(sct) < 128 else b"\x81" + bytes([len(sct)])) + sct).hex())
PY
)
issue leaf.pem "$list"
chmod 600 ca/root.key

# ---- a chain ----
verify() { status "$1" "$qtls" pki verify "${@:2}" --trust ca/root.pem --name localhost; }
verify 0 leaf.pem --ct-log argon.pem
has out '^transparency: good$'
has out 'argon\.pem'
verify 0 leaf.pem --ct-log xenon.pem --ct-log argon.der --ct-required 1 --json
json out
equal "$(field out 'd["logs_that_vouch"]')" "['argon.der']" 'who vouches'
verify 0 leaf.pem
hasnt out transparency
verify 1 leaf.pem --ct-log xenon.pem
has out '^verdict: too few certificate transparency logs vouch for the certificate \(CERT_SCT\)$'
has out '^own signatures: good$'
has err '^hint: only timestamps in the certificate count here'
verify 1 leaf.pem --ct-log argon.pem --ct-log xenon.pem --ct-required 2
has out CERT_SCT
verify 1 draft.pem --ct-log argon.pem
has out CERT_SCT

# ---- a connection ----
serve --cert leaf.pem --key leaf.key --echo --floor classical
connect() { status "$1" "$qtls" connect "localhost:$port" --trust ca/root.pem --floor classical "${@:2}"; }
connect 0 --ct-log argon.pem
connect 0 --ct-log xenon.pem --ct-log argon.pem
connect 1 --ct-log xenon.pem
has err 'logs that vouch: 0 of 1'
has err '^hint: --ct-log names the logs that count'
connect 1 --ct-log argon.pem --ct-log xenon.pem --ct-required 2
has err 'logs that vouch: 1 of 2: argon\.pem'

# ---- what is typed wrong ----
connect 2 --ct-required 1
has err '^qtls connect: --ct-required 1, and 0 --ct-log: no certificate could have so many'
connect 2 --ct-log argon.pem --ct-required 2
connect 2 --ct-log argon.pem --ct-required 0
connect 1 --ct-log other.pem
has err '^qtls connect: --ct-log other.pem: .*; wanted is a log.s public key, ECDSA P-256 or RSA'
connect 1 --ct-log nowhere.pem
has err 'nowhere\.pem'
verify 1 leaf.pem --ct-log leaf.pem
has err '^qtls pki verify: --ct-log leaf.pem: '
verify 2 leaf.pem --client --ct-log argon.pem
has err "logs vouch for servers' certificates"
stop

done_testing
