"""OpenSSL 3.5's command line, of Debian 13, in the root that tools/debian-root
makes: the second opinion on key exchange, signatures and AES."""

import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))


class OpenSSL:
    def __init__(self):
        self.prefix = [] if os.geteuid() == 0 else ["sudo", "--"]
        done = subprocess.run([os.path.join(SOURCE, "tools", "debian-root"), "trixie", "openssl"],
                              check=True, stdout=subprocess.PIPE, text=True)
        self.root = done.stdout.strip().splitlines()[-1]
        self.folder = tempfile.mkdtemp(prefix="golden.", dir=os.path.join(self.root, "tmp"))
        self.inside = "/tmp/" + os.path.basename(self.folder)
        self.count = 0

    def close(self):
        shutil.rmtree(self.folder)

    def file(self, data):
        """Writes data to a fresh file; returns its name inside the root."""
        self.count += 1
        with open(os.path.join(self.folder, str(self.count)), "wb") as out:
            out.write(data)
        return f"{self.inside}/{self.count}"

    def run(self, *arguments, out=None, data=b""):
        """Runs openssl; returns its standard output, or the file `out`. None when
        it fails."""
        done = subprocess.run([*self.prefix, "chroot", self.root, "openssl", *arguments],
                              input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            return None
        if out is None:
            return done.stdout
        with open(os.path.join(self.folder, os.path.basename(out)), "rb") as result:
            return result.read()

    def public_of(self, private):
        return self.run("pkey", "-inform", "DER", "-in", self.file(private), "-pubout", "-outform", "DER")

    def derive(self, private, public):
        out = self.file(b"")
        return self.run("pkeyutl", "-derive", "-keyform", "DER", "-inkey", self.file(private), "-peerform", "DER",
                        "-peerkey", self.file(public), "-out", out, out=out)

    def decapsulate(self, private, ciphertext):
        out = self.file(b"")
        return self.run("pkeyutl", "-decap", "-keyform", "DER", "-inkey", self.file(private), "-in",
                        self.file(ciphertext), "-secret", out, out=out)

    def verify_ecdsa(self, spki, message, signature):
        return self.run("dgst", "-sha384", "-keyform", "DER", "-verify", self.file(spki), "-signature",
                        self.file(signature), self.file(message)) is not None

    def verify_mldsa(self, spki, message, signature):
        return self.run("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", self.file(spki), "-rawin",
                        "-in", self.file(message), "-sigfile", self.file(signature)) is not None

    def aes_ctr(self, key, counter, data):
        return self.run("enc", "-aes-256-ctr", "-K", key.hex(), "-iv", counter.hex(), data=data)
