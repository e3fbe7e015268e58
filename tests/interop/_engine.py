"""The library's engine (qtls/config.h, qtls/conn.h) for the interop tests, over
sockets: settings that the command has no option for."""

import ctypes as c
import socket
import threading

from _interop import PATIENCE, Failed, require
from _status import NOW, call, lib, name_of

CLIENT, SERVER = 1, 2
FLOOR_CLASSICAL = 1
OFF, SOFT, HARD = 1, 2, 3
CONNECTED, JOB, CLOSED = 2, 3, 4
ROOM = 5 + 16384 + 256


class Params(c.Structure):
    _fields_ = [("server_name", c.c_char_p), ("now", c.c_int64), ("peer_address", c.c_void_p),
                ("peer_address_size", c.c_size_t)]


class Event(c.Structure):
    _fields_ = [("kind", c.c_int), ("data", c.c_void_p), ("size", c.c_size_t), ("need", c.c_size_t)]


class Info(c.Structure):
    _fields_ = [("protocol", c.c_char_p), ("suite", c.c_char_p), ("suite_code", c.c_uint16), ("group", c.c_char_p),
                ("classical_group", c.c_char_p), ("group_code", c.c_uint16), ("classical_group_code", c.c_uint16),
                ("scheme", c.c_char_p), ("scheme_code", c.c_uint16), ("policy", c.c_int),
                ("classical_signature", c.c_int), ("pqc_signature", c.c_int), ("authentication", c.c_char_p),
                ("alpn", c.c_char_p), ("server_name", c.c_char_p), ("hello_retry", c.c_bool),
                ("cookie_used", c.c_bool), ("cert_compression", c.c_char_p), ("records_sent", c.c_uint64),
                ("records_received", c.c_uint64), ("key_updates_sent", c.c_uint64),
                ("key_updates_received", c.c_uint64), ("peer_hsm_known", c.c_bool), ("peer_hsm_rng", c.c_bool),
                ("peer_hsm_accel", c.c_bool), ("peer_hsm_fips", c.c_bool), ("peer_hsm_operations", c.c_uint16),
                ("status", c.c_char_p), ("stapled", c.c_bool), ("status_next_update", c.c_int64),
                ("room", c.c_uint8 * 256)]  # for what the library adds


class Config:
    """Frozen by the first connection."""

    def __init__(self, role):
        self.handle, self.frozen = c.c_void_p(), False
        call("qtls_config_new", c.byref(self.handle), role)
        self.set("floor", FLOOR_CLASSICAL)

    def set(self, what, *arguments):
        call(f"qtls_config_set_{what}", self.handle, *arguments)
        return self

    def trust(self, pem):
        call("qtls_config_add_trust", self.handle, pem, c.c_size_t(len(pem)))
        return self

    def identity(self, chain, key):
        call("qtls_config_add_identity", self.handle, chain, c.c_size_t(len(chain)), key, c.c_size_t(len(key)))
        return self

    def staple(self, response, at=0):
        call("qtls_config_set_staple", self.handle, c.c_size_t(at), response, c.c_size_t(len(response)),
             c.c_int64(NOW))
        return self

    def freeze(self):
        if not self.frozen:
            call("qtls_config_freeze", self.handle)
            self.frozen = True
        return self.handle


class Told:
    """How a handshake ended: `err` "OK" when it was connected, and the info."""

    def __init__(self, err, info, data=b""):
        self.err, self.info, self.data = err, info, data


class Engine:
    def __init__(self, config, sock, name=None):
        params = Params(server_name=name, now=NOW)
        self.conn, self.sock, self.data = c.c_void_p(), sock, b""
        call("qtls_conn_new", c.byref(self.conn), config.freeze(), c.byref(params))

    def flush(self, data=b""):
        out = c.create_string_buffer(4 * ROOM)
        taken, written = c.c_size_t(), c.c_size_t()
        err = lib.qtls_conn_send(self.conn, data or None, c.c_size_t(len(data)), out, c.c_size_t(len(out)),
                                 c.byref(taken), c.byref(written))
        if err == 0:
            self.sock.sendall(out.raw[:written.value])

    def shake(self, on_job=None):
        """Until connected, or the end."""
        waiting, err, event = b"", 0, Event()
        while True:
            self.flush()
            buf = c.create_string_buffer(waiting, len(waiting) or 1)
            used = c.c_size_t()
            err = lib.qtls_conn_recv(self.conn, buf, c.c_size_t(len(waiting)), c.byref(used), c.byref(event))
            waiting = waiting[used.value:]
            self.flush()
            if err != 0 or event.kind in (CONNECTED, CLOSED):
                break
            if event.kind == JOB:
                on_job(self.conn)
            elif event.kind == 0:
                more = self.sock.recv(65536)
                if not more:
                    err = lib.qtls_conn_recv_end(self.conn)
                    break
                waiting += more
        info = Info()
        lib.qtls_conn_get_info(self.conn, c.byref(info))
        return Told(name_of(err), info)

    def close(self):
        lib.qtls_conn_close(self.conn)
        try:
            self.flush()
        except OSError:
            pass
        self.sock.close()
        lib.qtls_conn_free(self.conn)


def connect_to(port, config, name=b"server.test", on_job=None):
    sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
    sock.settimeout(PATIENCE)
    engine = Engine(config, sock, name)
    try:
        return engine.shake(on_job)
    finally:
        engine.close()


class Listener:
    """A server of one configuration for one connection at a time."""

    def __init__(self, config):
        self.config, self.told = config, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)
        self.port = self.socket.getsockname()[1]
        config.freeze()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self):
        try:
            sock, _ = self.socket.accept()
            sock.settimeout(PATIENCE)
            engine = Engine(self.config, sock)
            self.told.append(engine.shake())
            engine.close()
        except OSError as e:
            self.told.append(e)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(PATIENCE)
        self.socket.close()

    def result(self):
        self.thread.join(PATIENCE)
        require(self.told, "the server saw no connection")
        if not isinstance(self.told[0], Told):
            raise Failed(f"the server: {self.told[0]}")
        return self.told[0]


lib.qtls_conn_free.restype = None
lib.qtls_conn_get_info.restype = None
