"""This member's own certificate: nobody signs it, the token has its fingerprint."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

from standfast.enrolment import tokens
from standfast.enrolment.live import staging

_YEARS = 10


def context(state: Path, node: str) -> tuple[ssl.SSLContext, bytes]:
    """Return the server's TLS context and its certificate's fingerprint; it is made once. Raises: LiveError."""
    key, certificate = state / "tls.key", state / "tls.crt"
    if staging.current(key) is None or staging.current(certificate) is None:
        _make(key, certificate, node)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(certificate, key)
    return made, tokens.fingerprint(ssl.PEM_cert_to_DER_cert(certificate.read_text()))


def _make(key_file: Path, certificate_file: Path, node: str) -> None:
    # once in a cluster's life: an agent that never does it does not carry 10 MiB of library
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    staged = staging.Staged()
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    staged.add(key_file, private, 0o600)
    staged.add(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    staged.apply()


def client_context() -> ssl.SSLContext:
    """Return a joiner's TLS context: no authority is asked, the fingerprint is compared instead."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made
