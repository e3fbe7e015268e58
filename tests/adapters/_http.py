#!/usr/bin/env python3
"""A web server that misbehaves on demand, for the tests of fetching.

Prints its port and serves until its standard input ends. The path says what
comes back; GET /count tells how many requests came before it, and each request
is told on standard error.
"""

import http.server
import os
import sys
import threading
import time

seen = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, body, status=200, kind="application/ocsp-response", length=None, **more):
        self.send_response(status)
        if kind is not None:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            pass
        self.close_connection = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(body)

    def do_GET(self):
        self.answer(None)

    def answer(self, body):
        path = self.path
        if path == "/count":
            return self.reply(str(len(seen)).encode())
        seen.append(path)
        port = self.server.server_address[1]
        if path.startswith("/echo"):
            told = (f"{self.command} {path} {self.headers.get('Content-Type')} "
                    f"{self.headers.get('Accept')} {self.headers.get('Cookie')} "
                    f"{self.headers.get('Accept-Encoding')} ").encode()
            return self.reply(told + (body or b""))
        if path == "/slow":
            time.sleep(20)
        elif path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            try:
                for _ in range(200):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                pass
        elif path == "/huge":
            self.send_response(200)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for _ in range(1000):
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass
            self.close_connection = True
        elif path == "/announced":
            self.reply(b"x" * 100, length=1 << 40)
        elif path == "/cut":
            self.reply(b"only this", length=5000)
        elif path == "/type":
            self.reply(b"<html>", kind="text/html; charset=utf-8")
        elif path == "/untyped":
            self.reply(b"bytes", kind=None)
        elif path == "/empty":
            self.reply(b"")
        elif path == "/typed":
            self.reply(b"bytes", kind="Application/OCSP-response; x=y")
        elif path == "/loop":
            self.reply(b"", status=302, Location="/loop")
        elif path.startswith("/hop/"):
            left = int(path.split("/")[2])
            self.reply(b"arrived") if left == 0 else \
                self.reply(b"", status=307, Location=f"/hop/{left - 1}")
        elif path == "/to-file":
            self.reply(b"", status=302, Location="file:///etc/passwd")
        elif path == "/to-https":
            self.reply(b"", status=302, Location=f"https://127.0.0.1:{port}/echo")
        elif path == "/to-name":
            self.reply(b"", status=302, Location=f"http://localhost:{port}/echo")
        elif path == "/found":
            self.reply(b"", status=302, Location="/echo")
        elif path == "/bad":
            self.wfile.write(b"\x00\x01\x02 this is not HTTP\r\n\r\n")
            self.close_connection = True
        else:
            self.reply(b"no", status=404)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


main()
