"""All peers and all rows, in the order of the table."""

from _languages import JDK, Go, Node, Python
from _libraries import NSS, Botan, GnuTLS, WolfSSL
from _openssl import Curl, MachineOpenSSL, OpenSSL
from _rows import HANDSHAKE_ROWS, LATER_ROWS
from _rows_auth import AUTH_ROWS
from _servers import Haproxy, Nginx

ROWS = [*HANDSHAKE_ROWS, *AUTH_ROWS, *LATER_ROWS]


def peers_of(shared):
    return [
        OpenSSL(shared, "OpenSSL 3.6", "forky", ["-ocsp_check_leaf"]),
        OpenSSL(shared, "OpenSSL 3.5", "trixie"),
        MachineOpenSSL(shared),
        Curl(shared),
        Nginx(shared),
        Haproxy(shared),
        Node(shared),
        Python(shared),
        Go(shared),
        NSS(shared),
        Botan(shared),
        WolfSSL(shared),
        JDK(shared),
        GnuTLS(shared),
    ]
