"""What the tests of hosts' tokens share: keys, key sets and a host that publishes them."""

import hmac
import json
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

SECRET = "a-secret-that-the-host-and-we-share-and-that-is-long-enough-for-HS512-too"
NOTHING = {
    "SECRET": "",
    "JWKS": "",
    "JWKS_URL": "",
    "ISSUER": "",
    "AUDIENCE": "",
    "ID_CLAIMS": ["id", "userId", "_id", "sub"],
    "LEEWAY_SECONDS": 10,
}
PRIVATE_KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
MAKERS: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}


def claims_of(member_id: Any, **claims: Any) -> dict[str, Any]:
    """Return claims that are good for five minutes; None leaves one out."""
    wanted = {"id": member_id, "exp": timezone.now() + timedelta(minutes=5)} | claims
    return {name: value for name, value in wanted.items() if value is not None}


def sign(
    claims: dict[str, Any], key: Any = SECRET, algorithm: str = "HS256", **headers: Any
) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers or None)


def sign_by_hand(claims: dict[str, Any], key: bytes, **header: Any) -> str:
    """Return an HS256 token signed with whatever bytes, which no library would do."""
    parts = [{"alg": "HS256", "typ": "JWT"} | header, claims | {"exp": claims["exp"].timestamp()}]
    signed = b".".join(base64url_encode(json.dumps(part).encode()) for part in parts)
    signature = base64url_encode(hmac.digest(key, signed, "sha256"))
    return f"{signed.decode()}.{signature.decode()}"


def sign_with_pair(claims: dict[str, Any], algorithm: str, key_id: str | None = None) -> str:
    headers = {} if key_id is None else {"kid": key_id}
    return sign(claims, PRIVATE_KEYS[algorithm], algorithm, **headers)


def public_jwk(algorithm: str, **facts: Any) -> dict[str, Any]:
    """Return the public half of a key as a row of a key set."""
    public: dict[str, Any] = MAKERS[algorithm].to_jwk(
        PRIVATE_KEYS[algorithm].public_key(), as_dict=True
    )
    return public | {"kid": algorithm, "use": "sig", "alg": algorithm} | facts


def key_set(*rows: dict[str, Any]) -> str:
    return json.dumps({"keys": list(rows)})


class KeyHost:
    """An https server that publishes a key set; `body` and `status` may change meanwhile."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked = 0
        self.url = ""


@contextmanager
def publishing(body: str, folder: Any):
    """Give a KeyHost on localhost; `folder / "ca.pem"` is what clients have to trust."""
    host = KeyHost(body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked += 1
            self.send_response(host.status)
            for name, value in host.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(host.body.encode())

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(folder))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host.url = f"https://localhost:{server.server_port}/keys.json"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()


def make_certificate(folder: Any) -> tuple[Any, Any]:
    """Write a certificate for localhost that vouches for itself; return its file and its key's."""
    key = PRIVATE_KEYS["RS256"]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "ca.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file
