#!/usr/bin/env bash
# ctest-timeout: 120
# What `connect --request` makes of answers, good and bad, from a server that is
# not ours (Python's, TLS 1.3): whole or not at all, and nothing that could
# disturb a terminal.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
python3 -c 'import ssl; assert ssl.HAS_TLSv1_3' 2> /dev/null || exit 77
status 0 "$qtls" pki init --dir ca --kind p256 --quiet
status 0 "$qtls" pki issue --dir ca --dns localhost --out server --quiet

cat > play.py <<'PYTHON'
import socket, ssl, sys
answers = {  # path: (bytes, close properly)
    "/length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", True),
    "/length-no-close": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", False),
    "/short": (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", True),
    "/chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"5\r\nhello\r\n7;name=value\r\n, world\r\n0\r\nTrailer: x\r\n\r\n", True),
    "/chunks-cut": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", True),
    "/chunks-bad": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", True),
    "/to-the-end": (b"HTTP/1.1 200 OK\r\n\r\nhello", True),
    "/to-the-end-cut": (b"HTTP/1.1 200 OK\r\n\r\nhello", False),
    "/interim": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                 b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", True),
    "/interim-endless": (b"HTTP/1.1 100 Continue\r\n\r\n" * 500, True),
    "/trailer-endless": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 40000 + b"\r\n", True),
    "/nothing": (b"", True),
    "/other": (b"220 mail.example ESMTP\r\n", True),
    "/lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", True),
    "/no-field": (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\nhello", True),
    "/escape": (b"HTTP/1.1 500 \x1b]0;owned\x07\x1b[31m\r\nContent-Length: 0\r\n\r\n", True),
    "/empty": (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    "/endless": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40000 + b"\r\n", True),
}
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
while True:
    raw, _ = listener.accept()
    try:
        with context.wrap_socket(raw, server_side=True) as tls:
            path = tls.recv(4096).decode().split(" ")[1]
            data, proper = answers[path]
            tls.sendall(data)
            if proper:
                tls.unwrap()
    except (OSError, IndexError):
        pass
    raw.close()
PYTHON
python3 play.py > play.port 2> play.err &
servers+=($!)
for _ in $(seq 300); do [ -s play.port ] && break; sleep 0.02; done
port=$(cat play.port)

get() { status "$1" client --floor classical --request "$2" --output got --quiet; }
whole() { get 0 "$1"; equal "$(cat got)" "$2" "$1"; rm -f got; }
broken() { get 1 "$1"; [ ! -e got ] && ok || fail "$1 was kept"; has err "$2"; }

whole /length hello
# The length says that all is there: what comes after it is not missed.
whole /length-no-close hello
whole /chunks 'hello, world'
whole /to-the-end hello
whole /interim hello
whole /empty ''
broken /short 'cut short'
broken /chunks-cut 'cut short'
broken /chunks-bad 'bad chunk'
broken /to-the-end-cut 'without close_notify'
broken /nothing 'no HTTP answer'
broken /other 'not HTTP'
broken /lengths 'Content-Length'
broken /no-field 'no header field'
broken /escape 'the server answered 500'
broken /endless 'too long'
broken /interim-endless 'without end'
broken /trailer-endless 'too long'
# What is no file stays what it is.
status 0 client --floor classical --request /length --output /dev/null --quiet
[ -c /dev/null ] && ok || fail '/dev/null is a device no more'
ln -s /dev/full full
status 1 client --floor classical --request /length --output full --quiet
[ -h full ] && ok || fail 'the link to a device was replaced'
has err 'full'
mkfifo pipe
cat pipe > from_pipe & reader=$!
status 0 client --floor classical --request /length --output pipe --quiet
wait "$reader"
equal "$(cat from_pipe)" hello 'through a pipe'
mkdir folder
status 1 client --floor classical --request /length --output folder --quiet
has err 'folder'
get 1 /escape
if LC_ALL=C grep -q $'\e' err; then fail 'an escape sequence of the server was printed' err; else ok; fi
equal "$(ls got.* 2> /dev/null | wc -l)" 0 'temporary files left behind'
status 1 client --floor classical --request /escape --json
json out
equal "$(field out 'd["http_status"]')" 500
status 1 client --floor classical --request /to-the-end-cut --json
equal "$(field out 'd["error"]')" TRUNCATED
# Below the floor by default: X25519 alone is not quantum-safe.
status 1 client --request /length
has err 'below the floor'
has err 'hint: --floor'
done_testing
