"""The library's certificate status (qtls/status.h) for the interop tests: the
public functions of libqtls.so, called as any program would, and a hierarchy made
with them."""

import ctypes as c
import os
import time

from _interop import BUILD, Failed, require

NOW = int(time.time())
DAY = 86400
AUTHORITY, SERVER, RESPONDER = 1, 2, 5
AUTO, PRIMARY, BOTH = 0, 1, 3
GOOD, REVOKED, UNKNOWN = 0, 1, 2
KEY_COMPROMISE, SUPERSEDED = 1, 4

Texts = c.POINTER(c.c_char_p)


class CertRequest(c.Structure):
    _fields_ = [("role", c.c_int), ("common_name", c.c_char_p), ("organization", c.c_char_p), ("names", Texts),
                ("name_count", c.c_size_t), ("not_before", c.c_int64), ("not_after", c.c_int64),
                ("limit_path", c.c_bool), ("path_length", c.c_uint), ("permitted", Texts),
                ("permitted_count", c.c_size_t), ("excluded", Texts), ("excluded_count", c.c_size_t),
                ("ocsp_urls", Texts), ("ocsp_url_count", c.c_size_t), ("issuer_urls", Texts),
                ("issuer_url_count", c.c_size_t), ("crl_urls", Texts), ("crl_url_count", c.c_size_t),
                ("must_staple", c.c_bool), ("serial", c.c_char_p)]


class Revoked(c.Structure):
    _fields_ = [("serial", c.c_char_p), ("serial_size", c.c_size_t), ("when", c.c_int64), ("reason", c.c_int)]


class CrlRequest(c.Structure):
    _fields_ = [("number", c.c_uint64), ("this_update", c.c_int64), ("next_update", c.c_int64),
                ("revoked", c.POINTER(Revoked)), ("revoked_count", c.c_size_t)]


class OcspId(c.Structure):
    _fields_ = [("hash", c.c_char_p), ("issuer_name", c.c_uint8 * 32), ("issuer_key", c.c_uint8 * 32),
                ("hash_size", c.c_size_t), ("serial", c.c_void_p), ("serial_size", c.c_size_t)]


class OcspAnswer(c.Structure):
    _fields_ = [("id", OcspId), ("state", c.c_int), ("revoked_at", c.c_int64), ("reason", c.c_int)]


class OcspResponse(c.Structure):
    _fields_ = [("answers", c.POINTER(OcspAnswer)), ("answer_count", c.c_size_t), ("nonce", c.c_void_p),
                ("nonce_size", c.c_size_t), ("produced_at", c.c_int64), ("this_update", c.c_int64),
                ("next_update", c.c_int64)]


class StatusResult(c.Structure):
    _fields_ = [("verdict", c.c_int), ("this_update", c.c_int64), ("next_update", c.c_int64), ("reason", c.c_int),
                ("revoked_at", c.c_int64), ("pqc", c.c_bool)]


LIBRARY = os.path.join(BUILD, "libqtls.so")
require(os.path.exists(LIBRARY), f"there is no {LIBRARY}")
lib = c.CDLL(LIBRARY)
lib.qtls_err_name.restype = c.c_char_p
lib.qtls_cert_der.restype = c.c_void_p
lib.qtls_ocsp_request_nonce.restype = c.c_void_p
for _name in ("qtls_pki_free", "qtls_key_free", "qtls_cert_free", "qtls_crl_free", "qtls_ocsp_request_free"):
    getattr(lib, _name).restype = None


def name_of(err):
    return lib.qtls_err_name(err).decode()


def call(function, *arguments):
    err = getattr(lib, function)(*arguments)
    if err != 0:
        raise Failed(f"{function}: {name_of(err)}")


def taken(pointer, size):
    """Bytes that the library handed out, which it gets back."""
    data = c.string_at(pointer, size.value)
    lib.qtls_pki_free(pointer)
    return data


class Key:
    def __init__(self, kind):
        self.handle = c.c_void_p()
        call("qtls_key_generate", c.byref(self.handle), kind.encode())

    def pem(self):
        text, size = c.c_void_p(), c.c_size_t()
        call("qtls_key_write", self.handle, c.byref(text), c.byref(size))
        return taken(text, size)


def load_key(pem):
    key = Key.__new__(Key)
    key.handle = c.c_void_p()
    call("qtls_key_load", c.byref(key.handle), None, pem, c.c_size_t(len(pem)))
    return key


class Cert:
    def __init__(self, pem):
        self.pem, self.handle = pem, c.c_void_p()
        call("qtls_cert_load_pem", c.byref(self.handle), None, pem, c.c_size_t(len(pem)), c.c_size_t(0))
        require(self.handle, "there is no certificate in it")


def issue(role, name, key, issuer=None, issuer_key=None, **more):
    names = (c.c_char_p * 1)(b"server.test")
    r = CertRequest(role=role, common_name=name.encode(), organization=b"Interop", not_before=NOW - DAY,
                    not_after=NOW + 30 * DAY, **more)
    if role == SERVER:
        r.names, r.name_count = c.cast(names, Texts), 1
    text, size = c.c_void_p(), c.c_size_t()
    call("qtls_cert_issue", c.byref(text), c.byref(size), c.byref(r), key.handle, issuer.pem if issuer else None,
         c.c_size_t(len(issuer.pem) if issuer else 0), issuer_key.handle if issuer_key else None)
    return Cert(taken(text, size))


class Hierarchy:
    """A root, an intermediate, a leaf and a responder of one kind."""

    def __init__(self, kind, responder_kind=None):
        self.kind = kind
        self.root_key, self.intermediate_key, self.leaf_key = Key(kind), Key(kind), Key(kind)
        self.responder_key = Key(responder_kind or kind)
        self.root = issue(AUTHORITY, kind + " root", self.root_key)
        self.intermediate = issue(AUTHORITY, kind + " intermediate", self.intermediate_key, self.root, self.root_key)
        self.leaf = issue(SERVER, kind + " leaf", self.leaf_key, self.intermediate, self.intermediate_key)
        self.responder = issue(RESPONDER, kind + " responder", self.responder_key, self.intermediate,
                               self.intermediate_key)


def ask(cert, issuer, nonce=b""):
    der, size = c.c_void_p(), c.c_size_t()
    call("qtls_ocsp_ask", c.byref(der), c.byref(size), cert.handle, issuer.handle, nonce or None,
         c.c_size_t(len(nonce)))
    return taken(der, size)


def make_crl(issuer, key, serials=(), reason=SUPERSEDED, number=7):
    """A list as DER; `serials` are the contents of the INTEGERs."""
    revoked = (Revoked * max(len(serials), 1))(*(Revoked(s, len(s), NOW - DAY, reason) for s in serials))
    r = CrlRequest(number, NOW - 60, NOW + DAY, revoked, len(serials))
    der, size = c.c_void_p(), c.c_size_t()
    call("qtls_crl_issue", c.byref(der), c.byref(size), c.byref(r), issuer.pem, c.c_size_t(len(issuer.pem)),
         key.handle)
    return taken(der, size)


class Asked:
    """A request that was read, and the answers to it."""

    def __init__(self, der):
        self.handle = c.c_void_p()
        call("qtls_ocsp_request_load", c.byref(self.handle), der, c.c_size_t(len(der)))
        self.ids = []
        lib.qtls_ocsp_request_id.restype = c.c_bool
        one = OcspId()
        while lib.qtls_ocsp_request_id(self.handle, c.c_size_t(len(self.ids)), c.byref(one)):
            self.ids.append(one)
            one = OcspId()

    def is_of(self, issuer):
        lib.qtls_ocsp_id_is_of.restype = c.c_bool
        return all(lib.qtls_ocsp_id_is_of(c.byref(one), issuer.handle) for one in self.ids)

    def serials(self):
        return [c.string_at(one.serial, one.serial_size) for one in self.ids]

    def respond(self, signer, key, state=GOOD, reason=SUPERSEDED):
        answers = (OcspAnswer * len(self.ids))(*(OcspAnswer(one, state, NOW - DAY, reason) for one in self.ids))
        nonce_size = c.c_size_t()
        nonce = lib.qtls_ocsp_request_nonce(self.handle, c.byref(nonce_size))
        r = OcspResponse(answers, len(answers), nonce, nonce_size.value, NOW, NOW - 60, NOW + DAY)
        der, size = c.c_void_p(), c.c_size_t()
        call("qtls_ocsp_respond", c.byref(der), c.byref(size), c.byref(r), signer.pem, c.c_size_t(len(signer.pem)),
             key.handle)
        return taken(der, size)


def judge_crl(data, cert, issuer, need=AUTO):
    """The verdict by name, its reason and whether ML-DSA vouches for it."""
    crl, result = c.c_void_p(), StatusResult()
    call("qtls_crl_load", c.byref(crl), data, c.c_size_t(len(data)))
    call("qtls_crl_judge", c.byref(result), crl, cert.handle, issuer.handle, need, c.c_int64(NOW))
    lib.qtls_crl_free(crl)
    return name_of(result.verdict), result.reason, result.pqc


def judge_ocsp(data, cert, issuer, need=AUTO, nonce=b""):
    result = StatusResult()
    call("qtls_ocsp_judge", c.byref(result), data, c.c_size_t(len(data)), cert.handle, issuer.handle, need,
         c.c_int64(NOW), nonce or None, c.c_size_t(len(nonce)))
    return name_of(result.verdict), result.reason, result.pqc


def describe(data):
    text, size = c.c_void_p(), c.c_size_t()
    call("qtls_status_describe", c.byref(text), c.byref(size), data, c.c_size_t(len(data)), 1)
    return taken(text, size).decode()
