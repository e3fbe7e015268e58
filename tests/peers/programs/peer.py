"""A TLS client or server on Python's ssl, told what to do by key=value."""

import socket
import ssl
import sys
import time


def configure(context, said):
    if "alpn" in said:
        context.set_alpn_protocols(said["alpn"].split(","))
    if "chain" in said:
        context.load_cert_chain(said["chain"], said["key"])
    context.post_handshake_auth = "later" in said


def client(said):
    context = ssl.create_default_context(cafile=said["ca"])
    configure(context, said)
    with socket.create_connection(("127.0.0.1", int(said["port"]))) as plain, \
            context.wrap_socket(plain, server_hostname=said["name"], suppress_ragged_eofs=False) as s:
        s.sendall(f"GET {said['path']} HTTP/1.0\r\n\r\n".encode())
        while piece := s.recv(65536):
            sys.stdout.buffer.write(piece)
        sys.stdout.flush()
        s.unwrap().close()


def ask(s):
    """Asks for a certificate after the handshake, and waits until it is there."""
    s.verify_client_post_handshake()
    s.do_handshake()
    s.settimeout(0.05)
    until = time.monotonic() + 15
    while not s.getpeercert():
        try:
            s.recv(1)
            raise OSError("data, or the end, and no certificate")
        except TimeoutError:
            if time.monotonic() >= until:
                raise
    s.settimeout(None)


def server(said):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    configure(context, said)
    if "ca" in said:
        context.load_verify_locations(said["ca"])
        context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("port", listener.getsockname()[1], flush=True)
        while True:
            plain, _ = listener.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as s:
                    while piece := s.recv(65536):
                        if "later" in said and not s.getpeercert():
                            ask(s)
                        s.sendall(piece)
                    s.unwrap().close()
            except OSError as e:
                print("error:", e, flush=True)


words = dict(word.split("=", 1) for word in sys.argv[2:])
(client if sys.argv[1] == "client" else server)(words)
