#!/usr/bin/env bash
# A client that shows a certificate: asked for or not, hybrid or classical, several
# to choose from, and what each side tells of it.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
echo "for those who are known" > page.txt
status 0 "$qtls" pki issue --dir ca --client --name device-1 --dns device-1.test --out device --quiet
status 0 "$qtls" pki init --dir plain --kind p256 --quiet
status 0 "$qtls" pki issue --dir plain --client --name device-2 --dns device-2.test --out other --quiet
status 0 "$qtls" pki issue --dir plain --dns localhost --out old --quiet

# Required, over Q-TLS, with both signatures.
serve --cert server.pem --key server.key --root . --client-auth required --client-trust ca/root.pem --json
status 0 client --cert device.pem --key device.key --request /page.txt
same out page.txt
has err '^own certificate: +asked for, sent'
has err '^protocol: +Q-TLS 1.0'
status 0 client --cert device.pem --key device.key --request /page.txt --json --output got.txt
json out
equal "$(field out 'd["client_certificate_asked"], d["client_certificate_sent"]')" '(True, True)'
# The second does not fit the protocol, nor its authority the server: the first is shown, wherever it stands.
status 0 client --cert other.pem --key other.key --cert device.pem --key device.key --request /page.txt
same out page.txt
has err 'asked for, sent'
# In TLS 1.3 by its classical key.
status 0 client --versions tls1.3 --cert device.pem --key device.key --request /page.txt
same out page.txt
# None, and none that fits.
status 1 client --request /page.txt
has err 'certificate_required'
has err 'own certificate: +asked for, and none is here: give one with --cert'
has err 'hint: --cert FILE --key FILE'
hasnt out .
status 1 client --cert other.pem --key other.key --request /page.txt
has err 'certificate_required'
has err 'own certificate: +asked for, and none that is here fits'
hasnt out .
stop
log=serve.0.log
has "$log" '"client_dn":"[^"]*device-1'
has "$log" '"client_authentication":"hybrid"'
has "$log" '"client_authentication":"classical"'
has "$log" '"error":"CERT_REQUIRED"'

# Not let in.
serve --cert server.pem --key server.key --root . --client-auth required --client-trust ca/root.pem \
  --allow 'dns:device-9.test' --allow 'subject:CN=nobody*'
status 1 client --cert device.pem --key device.key --request /page.txt
has err 'access_denied'
hasnt out .
stop

# Asked when it comes to a path for those who are known, and only if that was offered.
serve --cert server.pem --key server.key --root . --client-trust ca/root.pem --protect /page.txt
status 0 client --cert device.pem --key device.key --post-handshake-auth --request /page.txt
same out page.txt
has err 'own certificate: +asked for after the handshake, sent'
status 1 client --cert device.pem --key device.key --request /page.txt
has err '403'
status 1 client --post-handshake-auth --request /page.txt
has err '403'
stop

# A file for those who are known is one under its folder's name too; what lies beside it is free.
mkdir www www/private
echo "for all" > www/index.html
echo "for some" > www/private/index.html
echo "beside it" > www/private/else.txt
serve --cert server.pem --key server.key --root www --client-trust ca/root.pem --protect /private/index.html
for path in /private/ /private/. /private/index.html //private//./; do
  status 1 client --request "$path"
  has err '403'
  hasnt out 'for some'
done
status 0 client --cert device.pem --key device.key --post-handshake-auth --request /private/
same out www/private/index.html
for path in / /private/else.txt; do status 0 client --request "$path"; done
stop
serve --cert server.pem --key server.key --root www --client-trust ca/root.pem --protect /index.html
status 1 client --request /
has err '403'
status 0 client --request /private/
stop

# Not asked: nothing is shown and nothing is told.
serve --cert old.pem --key old.key --root .
status 0 "$qtls" connect "localhost:$port" --trust plain/root.pem --cert device.pem --key device.key --request /page.txt
hasnt err 'own certificate'
stop

# What is typed wrong.
status 2 client --cert device.pem
has err '--cert device.pem has no --key beside it'
status 2 client --key device.key
has err '--key device.key has no --cert beside it'
status 1 client --cert device.pem --key other.key
has err 'does not belong|does not match|not the key'
status 1 client --cert nowhere.pem --key device.key
has err 'nowhere.pem: cannot be opened'

done_testing
