"""Reads one folder of credentials with the Python libraries. Argument: the folder."""

import base64
import json
import pathlib
import sys

import cbor2
from jwcrypto.jwk import JWK
from pymdoccbor.mdoc.verifier import MobileDocument
from sd_jwt.verifier import SDJWTVerifier

folder = pathlib.Path(sys.argv[1])
key = JWK(**json.loads((folder / "key.json").read_text()))


def payload(name):
    """The claims of an SD-JWT, verified."""
    return SDJWTVerifier((folder / name).read_text(), lambda *_: key).get_verified_payload()


claims = payload("dc_sd_jwt")
assert (claims["given_name"], claims["nationalities"]) == ("Jean", ["FR"]), claims
assert payload("vc_sd_jwt")["credentialSubject"]["givenName"] == "Jean"

for name, document_type in json.loads((folder / "facts.json").read_text())["mdocs"].items():
    text = (folder / name).read_text()
    issuer_signed = cbor2.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert MobileDocument(docType=document_type, issuerSigned=issuer_signed).verify(), name
