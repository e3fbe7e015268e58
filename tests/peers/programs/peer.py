"""A TLS client or server on Python's ssl, told what to do by key=value."""

import socket
import ssl
import sys


def configure(context, said):
    if "alpn" in said:
        context.set_alpn_protocols(said["alpn"].split(","))


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


def server(said):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(said["chain"], said["key"])
    configure(context, said)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("port", listener.getsockname()[1], flush=True)
        while True:
            plain, _ = listener.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as s:
                    while piece := s.recv(65536):
                        s.sendall(piece)
                    s.unwrap().close()
            except OSError as e:
                print("error:", e, flush=True)


words = dict(word.split("=", 1) for word in sys.argv[2:])
(client if sys.argv[1] == "client" else server)(words)
