#!/usr/bin/env bash
# ctest-timeout: 180
# HTTPS: files whole and unchanged, the errors of the protocol, nothing outside
# the folder that is served.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity

mkdir -p www/sub/deep www/.well-known
echo '<h1>root</h1>' > www/index.html
echo 'sub index' > www/sub/index.html
echo 'deep' > www/sub/deep/file.txt
echo 'spaces' > 'www/a file.txt'
echo '{}' > www/data.json
echo secret > outside.txt
echo hidden > www/.hidden
echo known > www/.well-known/token
: > www/empty.txt
ln -s ../outside.txt www/link.txt
ln -s .. www/up
ln -s index.html www/inner.html
mkfifo www/pipe
head -c 50000000 /dev/urandom > www/big.bin
serve --cert server.pem --key server.key --root www

get() { status "${2:-0}" client --request "$1"; }
get /
same out www/index.html
get /sub/deep/file.txt
same out www/sub/deep/file.txt
get /a%20file.txt
same out 'www/a file.txt'
get /sub/
same out www/sub/index.html
get /empty.txt
same out www/empty.txt
get '/data.json?query=1'
same out www/data.json
get //sub//deep/./file.txt
same out www/sub/deep/file.txt
get /.well-known/token
same out www/.well-known/token

# A big file, in bounded memory of the server's own and unchanged.
status 0 client --request /big.bin --output big.out --quiet
same big.out www/big.bin
mode 644 big.out

# What is not there, or not for everybody.
for path in /none /.hidden /sub/deep/ /link.txt /up/outside.txt /inner.html /pipe /index.html/ \
  /../outside.txt /%2e%2e/outside.txt /sub/../../outside.txt /..%2foutside.txt /%2e%2e%2foutside.txt \
  /sub/%2e%2e/%2e%2e/outside.txt /./../outside.txt /%00 /index.html%00.txt /%zz /%; do
  get "$path" 1
  has err '404'
  hasnt out secret
done
status 1 client --request /none --output none.out
[ ! -e none.out ] || fail 'an error page was kept as a file'
equal "$(ls ./*.?????? 2>/dev/null | wc -l)" 0 'temporary files left behind'

# Requests as they stand on the wire. raw TEXT: the answer in out.
raw() { printf '%b' "$1" > request; input=request status 0 client --quiet; }
raw 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
has out '^HTTP/1.1 200 OK'
has out '^Content-Type: text/html'
has out '^Content-Length: 14'
has out '^Last-Modified: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} .* GMT'
has out '<h1>root</h1>'
raw 'HEAD /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n'
has out '^HTTP/1.1 200 OK'
has out '^Content-Length: 50000000'
[ "$(wc -c < out)" -lt 400 ] && ok || fail 'HEAD was answered with a body'
raw 'HEAD /none HTTP/1.1\r\nHost: localhost\r\n\r\n'
has out '404 Not Found'
hasnt out '<h1>'
raw 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello'
has out '^HTTP/1.1 405'
has out '^Allow: GET, HEAD'
has out '^Connection: close'
raw 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n'
has out '^HTTP/1.1 405'
raw 'GET /sub HTTP/1.1\r\nHost: localhost\r\n\r\n'
has out '^HTTP/1.1 301'
has out '^Location: \./sub/'
raw 'GET //sub HTTP/1.1\r\nHost: localhost\r\n\r\n'
hasnt out '^Location: //'
for bad in 'GET / HTTP/1.1\r\n\r\n' 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' 'GET /\r\n\r\n' \
  'GET  / HTTP/1.1\r\nHost: a\r\n\r\n' 'GET nothing HTTP/1.1\r\nHost: a\r\n\r\n' 'G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n' \
  'GET / HTTP/1.1\r\nHost : a\r\n\r\n' 'GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n' \
  'GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n' 'GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n' \
  'GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n'; do
  raw "$bad"
  has out '^HTTP/1.1 400'
done
raw 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'
has out '^HTTP/1.1 505'
long=$(printf 'x%.0s' $(seq 5000))
raw "GET /$long HTTP/1.1\r\nHost: a\r\n\r\n"
has out '^HTTP/1.1 414'
raw "GET /$long$long$long$long HTTP/1.1\r\nHost: a\r\n\r\n"
has out '^HTTP/1.1 414'
raw "GET / HTTP/1.1\r\nHost: a\r\nX: $long$long$long$long\r\n\r\n"
has out '^HTTP/1.1 431'
raw 'GET / HTTP/1.0\r\n\r\n'
has out '^HTTP/1.1 200'
has out '^Connection: close'
raw 'GET https://localhost/data.json HTTP/1.1\r\nHost: a\r\n\r\n'
has out '^\{\}'

# Keep-alive: pipelined requests in order, and an end after `close`.
raw 'GET /data.json HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /sub/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'
equal "$(grep -c '^HTTP/1.1 200' out)" 3 'answers on one connection'
has out 'sub index'
hasnt out '<h1>root'
# And after 1000 requests.
for _ in $(seq 1010); do printf 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'; done > request
input=request status 0 client --quiet
equal "$(grep -c '^HTTP/1.1 200' out)" 1000 'requests a connection'
equal "$(grep -c '^Connection: close' out)" 1 'the last one says so'
stop

# The root itself, and options that do not fit.
status 1 "$qtls" serve --cert server.pem --key server.key --root nowhere --listen 127.0.0.1:0
has err 'nowhere'
status 2 "$qtls" serve --cert server.pem --key server.key --listen 127.0.0.1:0
has err 'either --root DIR or --echo'
status 2 "$qtls" serve --cert server.pem --root www
has err 'both --cert FILE and --key FILE'
status 1 "$qtls" serve --cert server.pem --key ca/root.key --root www --listen 127.0.0.1:0
has err 'does not belong'
chmod 644 server.key
status 1 "$qtls" serve --cert server.pem --key server.key --root www --listen 127.0.0.1:0
has err 'chmod 600'
done_testing
