#!/usr/bin/env bash
# ctest-timeout: 300
# An authority over its life: what it issues, for whom, on whose request, how it
# renews, revokes and lists, and how keys are kept under a pass phrase.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

pki() { "$qtls" pki "$@"; }
serial_of() { "$qtls" pki list "$1" --json | tail -1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["serial"])'; }
# The same in a second process: what is in the database is what is said.
state_of() { "$qtls" pki list "$1" --serial "$2" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["state"])'; }

# ---- making ----
status 0 pki init ca --kind p256 --name 'Test CA' --ocsp-url http://pki.test:8080/ \
  --crl-url 'http://pki.test/{issuer}.crl' --issuer-url 'http://pki.test/{issuer}.cer' --json
json out
equal "$(field out 'd["kind"]')" p256 'kind of the authority'
status 2 pki init x --kind p256 --profile cnsa2
status 2 pki init x --root-only --parent ca
status 2 pki init x --cert ca/root.pem
has err 'both --cert FILE and --key FILE'
status 2 pki init x --ocsp-url https://pki.test/
has err 'http://'
status 2 pki init x --profile cnsa
has err 'cnsa2'
[ ! -e x ] || fail 'a refused authority is there'
equal "$(ls -d x.* 2> /dev/null | wc -l)" 0 'folders left behind'
for profile in hybrid cnsa2 pqc classical; do
  status 0 pki init "p-$profile" --profile $profile --quiet
  status 0 pki issue "p-$profile" --dns localhost --out "s-$profile" --quiet
  status 0 pki verify "s-$profile.pem" --trust "p-$profile/root.pem" --name localhost
done
"$qtls" pki show s-cnsa2.pem > out
has out 'ML-DSA-87'
has out 'ECDSA P-384'

# ---- issuing: what stands in the certificate ----
status 0 pki issue ca --dns www.example.test --san '*.example.test' --san 192.0.2.7 --san a@example.test \
  --san spiffe://example.test/web --must-staple --days 10 --organization Org --out www --json
json out
equal "$(field out 'd["certificate"]')" www.pem 'the file that is told'
equal "$(field out 'len(d["serial"])')" 40 'digits of a serial number'
"$qtls" inspect www.pem > out
for line in 'DNS:www\.example\.test' 'DNS:\*\.example\.test' 'IP:192\.0\.2\.7' 'email:a@example\.test' \
  'URI:spiffe://example\.test/web' 'must staple: yes' 'http://pki\.test:8080/' 'http://pki\.test/intermediate\.crl' \
  'http://pki\.test/intermediate\.cer' 'serverAuth' 'O=Org'; do
  has out "$line"
done
"$qtls" inspect ca/intermediate.pem > out
has out 'http://pki\.test/root\.crl'
status 0 pki issue ca --dns b.test --no-urls --out nourls --quiet
"$qtls" inspect nourls.pem > out
hasnt out 'crl:|http://pki\.test/intermediate\.cer.*http://pki\.test:8080'
status 0 pki issue ca --dns c.test --ocsp-url http://other.test/ --out otherurl --quiet
"$qtls" inspect otherurl.pem > out
has out 'http://other\.test/'
status 0 pki issue ca --client --name alice --email alice@example.test --out alice --quiet
"$qtls" inspect alice.pem > out
has out 'clientAuth'
hasnt out 'serverAuth'
status 0 pki issue ca --server --client --dns both.test --out both --quiet
"$qtls" inspect both.pem > out
has out 'serverAuth'
has out 'clientAuth'
status 0 pki issue ca --ocsp --out ocsp --quiet
"$qtls" inspect ocsp.pem > out
has out 'OCSPSigning'
status 2 pki issue ca --ocsp --client --name x --out x
has err 'for one thing'
status 2 pki issue ca --dns x.test --path-length 1 --out x
has err '--intermediate'
status 2 pki issue ca --dns x.test --days 5 --not-after 2030-01-01 --out x
status 2 pki issue ca --dns x.test --not-after 2001-01-01 --out x
has err 'over already'
status 2 pki issue ca --dns x.test --not-after 2031-02-30 --out x
has err 'not a date'
status 2 pki issue ca --dns x.test --crl-url ftp://x/ --out x
status 1 pki issue ca --authority nobody --dns x.test --out x
has err 'no authority "nobody"'
status 0 pki issue ca --dns dated.test --not-after 2027-03-04T05:06:07Z --out dated --json
equal "$(field out 'd["not_after"]')" 2027-03-04T05:06:07Z 'the end that was asked for'
[ ! -e x.key ] && [ ! -e x.pem ] || fail 'a refused identity left a file'

# A key that is there: none is written, and both certificates have it.
status 0 pki issue ca --dns again.test --key www.key --out again --quiet
[ ! -e again.key ] && ok || fail 'a key was written'
equal "$("$qtls" inspect --json www.pem | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["key"]["sha256"])')" \
  "$("$qtls" inspect --json again.pem | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["key"]["sha256"])')" \
  'the key in both certificates'

# ---- hierarchies ----
status 0 pki init offline --kind p256 --root-only --name Offline --quiet
equal "$(ls offline | tr '\n' ' ')" 'ca.db root.key root.pem ' 'files of a root alone'
status 0 pki init web --kind p256 --parent offline --name Web
status 0 pki issue web --dns web.test --out web-server --quiet
status 0 pki verify web-server.pem --trust offline/root.pem --name web.test
equal "$(grep -c BEGIN web-server.pem)" 2 'certificates below an offline root'
# An intermediate by request, with constraints that bind.
status 0 pki csr --intermediate --name 'Mail CA' --kind p256 --out mail --json
json out
status 1 pki sign mail.csr --dir offline --out mail
has err '--intermediate'
status 0 pki sign mail.csr --dir offline --intermediate --permit DNS:mail.test --exclude DNS:no.mail.test --out mail --quiet
status 0 pki init mailca --cert mail.pem --key mail.key
status 0 pki issue mailca --dns a.mail.test --out a-mail --quiet
status 0 pki verify a-mail.pem --trust offline/root.pem --name a.mail.test
# What its own constraints forbid, it may sign, and nobody believes it.
if pki issue mailca --dns evil.test --out evil --quiet 2> err; then
  status 1 pki verify evil.pem --trust offline/root.pem --name evil.test
  has out 'CERT_NAME_CONSTRAINT'
else
  has err 'name constraints'
fi
status 1 pki issue mailca --intermediate --name 'Too deep' --out deep
has err 'path'
status 1 pki init bad --cert mail.pem --key www.key
has err 'does not belong'
[ ! -e bad ] || fail 'an authority with a foreign key is there'
status 1 pki init bad --cert www.pem --key www.key
status 1 pki init bad --cert nowhere.pem --key www.key
# A place that is taken is known before the parent signs anything for it.
given_out() { "$qtls" pki list offline --json | wc -l; }
before=$(given_out)
mkdir taken && touch taken/.hidden
status 1 pki init taken --parent offline --kind p256
has err 'not empty'
mkdir inside
(cd inside && pki init . --parent ../offline --kind p256) 2> err && fail 'an authority in the folder one stands in' || ok
has err 'give it a name'
equal "$(given_out)" "$before" 'certificates of the parent'
equal "$(find . -mindepth 1 -name '*.??????' -type d | wc -l)" 0 'folders left behind'
# Taken while the parent signs: told which certificate nobody has.
python3 - << 'PY' &
import glob, os, sqlite3, time
c = sqlite3.connect("offline/ca.db", isolation_level=None)
c.execute("BEGIN IMMEDIATE")
open("held", "w").close()
while not glob.glob("late.??????"):
    time.sleep(0.01)
os.mkdir("late")
open("late/x", "w").close()
c.execute("COMMIT")
PY
holder=$!
for _ in $(seq 200); do [ -e held ] && break; sleep 0.02; done
status 1 pki init late --parent offline --kind p256
wait "$holder"
has err 'not empty'
lost=$(serial_of offline)
has err "certificate $lost is in the database and in no file: .*qtls pki revoke $lost --dir 'offline'"
equal "$(given_out)" "$((before + 1))" 'certificates of the parent'
status 0 pki revoke "$lost" --dir offline --quiet
# The root's key may be taken away: all but what it signs goes on.
mv ca/root.key root.key.away
status 0 pki issue ca --dns away.test --out away --quiet
status 1 pki crl ca --authority root
has err 'root\.key'
mv root.key.away ca/root.key

# ---- requests ----
status 0 pki csr --dns csr.test --ip 192.0.2.9 --kind p256 --must-staple --out req
status 0 pki show req.csr
has out 'DNS:csr\.test'
status 0 pki sign req.csr --dir ca --out req
has out 'possession of it proved'
status 0 pki verify req.pem --trust ca/root.pem --name csr.test
"$qtls" inspect req.pem > out
has out 'IP:192\.0\.2\.9'
has out 'must staple: yes'
status 0 pki sign req.csr --dir ca --dns other.test --out req2 --quiet
status 1 pki verify req2.pem --trust ca/root.pem --name csr.test
status 0 pki verify req2.pem --trust ca/root.pem --name other.test
status 0 pki csr --dns h.test --out hybrid
status 0 pki sign hybrid.csr --dir p-hybrid --out hybrid
has out 'possession of both proved'
status 0 pki verify hybrid.pem --trust p-hybrid/root.pem --name h.test --need both
status 1 pki sign hybrid.csr --dir ca --out no
has err 'ML-DSA'
python3 - req.csr << 'PY'
import base64, sys
lines = open(sys.argv[1]).read().split("\n")
body = bytearray(base64.b64decode("".join(lines[1:-2])))
body[-1] ^= 1
text = base64.b64encode(body).decode()
open("forged.csr", "w").write(lines[0] + "\n" + "\n".join(text[i:i + 64] for i in range(0, len(text), 64)) + "\n" + lines[-2] + "\n")
PY
status 1 pki sign forged.csr --dir ca --out forged
has err 'possession'
status 1 pki sign www.pem --dir ca --out forged
status 2 pki sign req.csr --out forged
has err '--dir DIR'
status 2 pki csr --out nobody
status 1 pki csr --dns x.test --out req
has err 'not overwritten'

# ---- renewing ----
status 0 pki renew www.pem --dir ca --out www-2 --json
new=$(field out 'd["serial"]')
"$qtls" inspect www-2.pem > out
has out 'DNS:\*\.example\.test'
has out 'URI:spiffe'
has out 'must staple: yes'
has out 'O=Org'
"$qtls" pki list ca --json | grep '"serial"' | python3 -c '
import json, sys
rows = {r["serial"]: r for r in map(json.loads, sys.stdin)}
new = sys.argv[1]
old = [r for r in rows.values() if r["replaced_by"] == new]
assert len(old) == 1 and old[0]["names"] == rows[new]["names"], old
left = rows[new]["days_left"]
assert 9 <= left <= 10, left
' "$new" 2> err && ok || fail 'the record of a renewal' err
status 0 pki renew "$new" --dir ca --key www-2.key --days 99 --revoke --out www-3 --quiet
equal "$(state_of ca "$new")" revoked 'the one that was replaced'
[ ! -e www-3.key ] && ok || fail 'a key was written'
status 0 pki csr --dns ignored.test --kind p256 --out fresh --quiet
status 0 pki renew www.pem --dir ca --csr fresh.csr --out www-4 --quiet
status 0 pki verify www-4.pem --trust ca/root.pem --name www.example.test
status 1 pki verify www-4.pem --trust ca/root.pem --name ignored.test
status 1 pki renew 1234 --dir ca --out y
has err 'there is no certificate 1234'
status 1 pki renew nonsense --dir ca --out y
has err 'neither a file nor a serial'
status 1 pki renew s-hybrid.pem --dir ca --out y
# Serial numbers as others write them; none is cut until it fits.
dotted=$(printf %s "$new" | sed 's/../&:/g; s/:$//' | tr a-f A-F)
for word in "0x$new" "00:$dotted" "0x00$new" "0000000000$new"; do
  equal "$("$qtls" pki list ca --serial "$word" --json | wc -l)" 1 "the list of $word"
  status 0 pki renew "$word" --dir ca --out as-written --quiet
  rm as-written.pem as-written.key
done
for word in "${new}f" "f$dotted" "0x${new}00" 0x : ''; do
  status 1 pki renew "$word" --dir ca --out y
done
status 1 pki renew "${new}f" --dir ca --out y
has err 'at most 40 hexadecimal digits'
[ ! -e y.pem ] && ok || fail 'a certificate for another number'
# Where its status is to be had stays, unless it is said anew; so does that it has none.
status 0 pki issue ca --dns u.test --must-staple --crl-url http://one.test/ --crl-url http://two.test/ --out u --quiet
urls() { "$qtls" pki show --json "$1" | python3 -c '
import json, sys
c = json.load(sys.stdin)[0]
print(*(" ".join(c.get(k) or ["-"]) for k in ("ocsp_urls", "crl_urls", "issuer_urls")), sep=" | ")'; }
status 0 pki renew u.pem --dir ca --out u2 --quiet
equal "$(urls u2.pem)" "$(urls u.pem)" 'the URLs of a renewed certificate'
equal "$(urls u2.pem)" 'http://pki.test:8080/ | http://one.test/ http://two.test/ | http://pki.test/intermediate.cer' 'its URLs'
status 0 pki renew u.pem --dir ca --ocsp-url http://new.test/ --out u3 --quiet
equal "$(urls u3.pem)" 'http://new.test/ | http://one.test/ http://two.test/ | http://pki.test/intermediate.cer' 'URLs of an option'
status 0 pki renew u3.pem --dir ca --no-urls --out u4 --quiet
equal "$(urls u4.pem)" '- | - | -' 'URLs after --no-urls'
status 0 pki renew u4.pem --dir ca --out u5 --quiet
equal "$(urls u5.pem)" '- | - | -' 'URLs of one that had none'
status 2 pki renew u.pem --dir ca --no-urls --crl-url http://x.test/ --out y
has err 'contradict'
status 2 pki renew u.pem --dir ca --ocsp-url 'not a url' --out y
# Who signs is settled.
status 2 pki renew u.pem --dir ca --authority root --out y
has err 'authority'
[ ! -e y.key ] && ok || fail 'a refused renewal left a key'
# Names, however many.
python3 - << 'PY' > many.cnf
print("[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=many\n[san]\nsubjectAltName=" +
      ",".join(f"DNS:n{i}.many.test" for i in range(150)))
PY
status 0 openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout many.key -config many.cnf \
  -reqexts san -out many.csr
status 0 pki sign many.csr --dir ca --out many --quiet
status 0 pki renew many.pem --dir ca --out many-2 --quiet
names() { "$qtls" pki show --json "$1" | grep -o 'DNS:n[0-9]*\.many\.test' | sort -u | wc -l; }
equal "$(names many.pem)" 150 'names of a certificate'
equal "$(names many-2.pem)" 150 'names of the one that follows it'

# ---- an authority whose own certificate has ended ----
cat > past.cnf << 'CNF'
[ca]
default_ca = d
[d]
dir = .
database = past.index
serial = past.serial
new_certs_dir = .
default_md = sha256
policy = p
x509_extensions = e
[p]
commonName = supplied
[e]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
CNF
: > past.index
echo 05 > past.serial
status 0 openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout past.key -subj '/CN=Past Root' -out past.csr
chmod 600 past.key
status 0 openssl ca -batch -config past.cnf -selfsign -keyfile past.key -in past.csr -startdate 20200101000000Z \
  -enddate 20210101000000Z -out past.pem -notext
status 0 pki init past --cert past.pem --key past.key --quiet
ended="the authority's own certificate has ended \(2021-01-01 00:00:00 UTC\): authority, \"CN=Past Root\""
status 1 pki issue past --dns late.test --out late
has err "$ended"
has err 'qtls pki init makes a new authority'
[ ! -e late.pem ] && [ ! -e late.key ] && ok || fail 'a refused certificate left files'
status 1 pki sign req.csr --dir past --out late
has err "$ended"
status 1 pki init below --parent past --kind p256
has err "$ended"
[ ! -e below ] && ok || fail 'an intermediate of an ended authority is there'
status 0 openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout under.key -subj '/CN=Past Issuing' -out under.csr
chmod 600 under.key
status 0 openssl ca -batch -config past.cnf -cert past.pem -keyfile past.key -in under.csr -startdate 20200101000000Z \
  -enddate 20200601000000Z -out under.pem -notext
cat past.pem >> under.pem
status 0 pki init under --cert under.pem --key under.key --quiet
status 1 pki issue under --dns late.test --out late
has err 'has ended \(2020-06-01 00:00:00 UTC\): authority, "CN=Past Issuing"'
has err 'qtls pki csr --intermediate asks for a new one'

# ---- revoking ----
serial=$(serial_of ca)
status 0 pki revoke www.pem --dir ca --reason keyCompromise --json
json out
equal "$(field out 'd["reason"]')" keyCompromise 'the reason'
status 1 pki revoke www.pem --dir ca
has err 'revoked already \(keyCompromise\)'
status 0 pki revoke "$serial" --dir ca --reason certificatehold
equal "$(state_of ca "$serial")" 'on hold' 'a certificate on hold'
status 1 pki revoke "$serial" --dir ca --reason certificateHold
status 0 pki revoke "${serial^^}" --dir ca --reason removeFromCRL
equal "$(state_of ca "$serial")" valid 'a certificate that was freed'
status 1 pki revoke "$serial" --dir ca --reason removeFromCRL
has err 'not on hold'
status 2 pki revoke "$serial" --dir ca --reason keyCompromized
has err 'did you mean keyCompromise'
status 1 pki revoke s-hybrid.pem --dir ca
has err 'there is no certificate'
status 2 pki revoke "$serial"

# ---- lists ----
status 0 pki crl ca
has out 'list 1, 2 revoked'
status 0 pki crl ca --hours 2 --der --out list.der --json
equal "$(field out 'd["number"]')" 2 'the second list'
status 0 pki show ca/intermediate.crl list.der
has out 'reason: keyCompromise'
status 0 pki crl ca --authority root --quiet
status 1 pki verify www.pem --trust ca/root.pem --crl ca/intermediate.crl
has out 'CERT_REVOKED'
status 0 pki verify alice.pem --trust ca/root.pem --client --crl list.der --crl ca/root.crl --status all
status 1 pki verify alice.pem --trust ca/root.pem --client --crl ca/root.crl
has out 'CERT_STATUS_UNKNOWN'
status 1 pki verify alice.pem --trust ca/root.pem --client --crl list.der --at 2026-12-30
status 1 pki verify alice.pem --trust ca/root.pem --client --crl LICENSE
status 2 pki crl ca --days 3 --hours 3
# An intermediate is revoked like any other.
intermediate=$("$qtls" pki list ca --authority root --json | grep Intermediate | python3 -c 'import json,sys; print(json.load(sys.stdin)["serial"])')
status 0 pki revoke "$intermediate" --dir ca --reason cACompromise
status 0 pki crl ca --authority root --quiet
status 1 pki verify alice.pem --trust ca/root.pem --client --crl list.der --crl ca/root.crl --status any
has out 'CERT_REVOKED'

# ---- listing ----
status 0 pki list ca
has out '^SERIAL'
has out 'keyCompromise'
status 0 pki list ca --expiring 30d
has out 'www\.example\.test'
hasnt out 'CN=alice'
status 0 pki list ca --expiring 2h
equal "$(stat -c %s out)" 0 'words about certificates that end in two hours'
status 0 pki list ca --revoked --json
equal "$(wc -l < out)" 3 'revoked certificates'
status 0 pki list ca --valid --check
hasnt out 'revoked'
status 2 pki list ca --expiring soon
has err '30d'
status 2 pki list ca --valid --revoked
status 1 pki list ca --serial 77
status 2 pki list ca --serial
status 1 pki list nowhere
has err 'qtls pki init'

# ---- showing ----
status 0 pki show ca/root.pem req.csr list.der www.key
for word in '^ca/root\.pem:' 'certificate request' 'certificate revocation list' 'private key'; do has out "$word"; done
hasnt out 'BEGIN'
for file in ca/root.pem req.csr list.der www.key ca/intermediate.crl; do
  status 0 pki show --json "$file"
  json out
done
openssl req -in req.csr -outform DER -out req.der
openssl x509 -in www.pem -outform DER -out www.der
status 0 pki show req.der www.der
has out 'DNS:csr\.test'
has out 'DNS:www\.example\.test'
status 0 pki sign req.der --dir ca --out req3 --quiet
status 0 pki revoke www-3.pem --dir ca --quiet
status 1 pki show "$source_dir/LICENSE"
has err 'no certificate, key, request, list or OCSP message'
status 1 pki show nowhere
status 1 pki show ca
status 2 pki show
head -c 200 list.der > cut.der
status 1 pki show cut.der
status 1 pki verify alice.pem --trust ca/root.pem --client --crl cut.der
status 1 pki verify alice.pem --trust ca/root.pem --client --ocsp list.der

# ---- trust from elsewhere ----
mkdir anchors
cp ca/root.pem anchors/one.pem
cp offline/root.pem anchors/two.crt
echo nonsense > anchors/three.pem
echo nonsense > anchors/readme
status 0 pki verify alice.pem --trust anchors --client
status 0 pki verify web-server.pem --trust anchors --name web.test
SSL_CERT_FILE=$PWD/offline/root.pem status 0 pki verify web-server.pem --trust system
mkdir none
status 1 pki verify alice.pem --trust none --client
has err 'none: there is no certificate in it'

# ---- pass phrases ----
printf 'correct horse\n' > phrase
chmod 600 phrase
printf 'wrong\n' > other
chmod 600 other
status 0 pki init locked --kind p256 --pass-file phrase --quiet
has locked/root.key 'BEGIN ENCRYPTED PRIVATE KEY'
has locked/intermediate.key 'BEGIN ENCRYPTED PRIVATE KEY'
status 0 pki issue locked --dns l.test --pass-file phrase --out l --quiet
exec 7< phrase
status 0 pki issue locked --dns l2.test --pass-fd 7 --out l2 --quiet
exec 7<&-
status 1 pki issue locked --dns l3.test --pass-file other --out l3
has err 'pass phrase does not open'
# Without a terminal there is nobody to ask.
status 1 setsid "$qtls" pki issue locked --dns l3.test --out l3
has err 'no terminal to ask on'
[ ! -e l3.key ] && [ ! -e l3.pem ] || fail 'files without a pass phrase'
chmod 644 phrase
status 1 pki issue locked --dns l3.test --pass-file phrase --out l3
has err 'chmod 600'
chmod 600 phrase
: > empty
chmod 600 empty
status 1 pki issue locked --dns l3.test --pass-file empty --out l3
has err 'is empty'
head -c 1030 /dev/zero | tr '\0' x > long
chmod 600 long
status 1 pki issue locked --dns l3.test --pass-file long --out l3
has err 'is longer'
status 2 pki issue locked --dns l3.test --pass-file phrase --pass-fd 3 --out l3
# A subject's key under a phrase of its own; then a request and a renewal with it.
status 0 pki issue ca --authority root --dns e.test --key-pass-file phrase --out e --quiet
has e.key 'BEGIN ENCRYPTED PRIVATE KEY'
status 0 pki csr --dns e.test --key e.key --key-pass-file phrase --out e2 --quiet
status 1 pki csr --dns e.test --key e.key --key-pass-file other --out e3
has err 'pass phrase'
status 0 pki show e.key
hasnt out 'correct'
# A terminal: asked for, not shown, right or wrong.
python3 - "$qtls" << 'PY' > pty.log 2>&1 && ok || fail 'a pass phrase typed on a terminal' pty.log
import os, pty, re, signal, sys, termios, time
def talk(argv, answers, stop=None):
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    seen = b""
    todo = list(answers)
    while True:
        try:
            piece = os.read(fd, 1000)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if seen.rstrip().endswith(b":") and todo:
            time.sleep(0.05)
            quiet = not termios.tcgetattr(fd)[3] & termios.ECHO
            assert quiet, "the echo is on"
            if todo[0] is None:
                os.kill(pid, signal.SIGTERM)
                time.sleep(0.2)
                assert termios.tcgetattr(fd)[3] & termios.ECHO, "the echo stays off after a signal"
                todo.pop(0)
                continue
            os.write(fd, todo.pop(0) + b"\n")
            seen += b"|"
    _, status = os.waitpid(pid, 0)
    return seen, status
q = sys.argv[1]
seen, status = talk([q, "pki", "issue", "locked", "--dns", "t.test", "--out", "typed"], [b"correct horse"])
assert status == 0 and b"horse" not in seen and os.path.exists("typed.pem"), (seen, status)
seen, status = talk([q, "pki", "issue", "locked", "--dns", "t.test", "--out", "typed2"], [b"mistaken"])
assert os.waitstatus_to_exitcode(status) == 1 and b"does not open" in seen, (seen, status)
seen, status = talk([q, "pki", "init", "typedca", "--kind", "p256", "--encrypt"], [b"one two", b"one two"])
assert status == 0 and b"one two" not in seen, (seen, status)
assert "ENCRYPTED" in open("typedca/root.key").read()
seen, status = talk([q, "pki", "init", "typedca2", "--kind", "p256", "--encrypt"], [b"one two", b"one three"])
assert os.waitstatus_to_exitcode(status) == 1 and b"not the same" in seen and not os.path.exists("typedca2"), (seen, status)
seen, status = talk([q, "pki", "issue", "locked", "--dns", "t.test", "--out", "typed3"], [None])
assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM, status
PY
done_testing
