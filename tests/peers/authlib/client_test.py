"""Authlib's client for Flask against the provider, set up as its documentation says.

A demo runs at PEER_URL; PEER_COMMAND is the command `idp`, PEER_CONFIG a configuration of the demo's data, PEER_PHONE the folder of its
phone and PEER_TOKEN_ID the tokenId on it. AUTHLIB_INSECURE_TRANSPORT alone is off its default: the provider listens on loopback over
http.
"""

import json
import os
import subprocess
import tempfile
import unittest
from urllib.parse import urljoin, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import flask
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session

BASE = os.environ["PEER_URL"]
TOKEN_ID = os.environ["PEER_TOKEN_ID"]
SITE = "https://shop.example"
SCOPE = "openid profile offline_access identity:name identity:age_over_18"


def idp(*arguments):
    command = [os.environ["PEER_COMMAND"], *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return json.loads(done.stdout)


def register(client_id, **more):
    members = {
        "client_name": "Shop",
        "redirect_uris": [f"{SITE}/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": SCOPE,
        **more,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(members, file)
        file.flush()
        place = ["--config", os.environ["PEER_CONFIG"], "--operator", "ann"]
        return idp("client", "add", client_id, "--file", file.name, *place)


def shop(client_id, secret):
    """An application with a login."""
    app = flask.Flask("shop")
    app.secret_key = os.urandom(32)
    provider = OAuth(app).register(
        name="idp",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{BASE}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )

    @app.get("/login")
    def login():
        return provider.authorize_redirect(f"{SITE}/callback")

    @app.get("/callback")
    def callback():
        # Verifies the ID token: signature, issuer, audience, nonce, at_hash.
        return provider.authorize_access_token()

    return app, provider


def log_in(address):
    """The person at the login page, and the phone; where the browser is sent to with the response."""
    browser = requests.Session()
    page = browser.get(address, allow_redirects=False)
    assert page.status_code == 303, page.text
    page = urljoin(BASE, page.headers["location"])
    browser.headers["sec-fetch-site"] = "same-origin"
    started = browser.post(f"{page}/start", json={"tokenId": TOKEN_ID, "remember": False})
    assert started.status_code == 200, started.text
    asked = started.json()
    which = ["--session", asked["sessionId"], "--code", asked["code"]]
    idp("phone", "approve", *which, "--store", os.environ["PEER_PHONE"])
    done = browser.post(f"{page}/continue", allow_redirects=False)
    assert done.status_code == 303, done.text
    return done.headers["location"]


def sign_in(app):
    visitor = app.test_client()
    address = visitor.get("/login", base_url=SITE).headers["location"]
    back = urlsplit(log_in(address))
    return visitor.get(f"{back.path}?{back.query}", base_url=SITE).get_json()


class Login(unittest.TestCase):
    def test_a_confidential_client(self):
        secret = register("authlib-basic")["client_secret"]
        app, provider = shop("authlib-basic", secret)
        tokens = sign_in(app)
        self.assertEqual(tokens["userinfo"]["sub"], TOKEN_ID)
        self.assertEqual(tokens["userinfo"]["name"], "Jean Dupont")
        with app.app_context():
            self.assertIs(provider.userinfo(token=tokens)["age_over_18"], True)
            metadata = provider.load_server_metadata()
        session = OAuth2Session("authlib-basic", secret)
        refreshed = session.refresh_token(metadata["token_endpoint"], tokens["refresh_token"])
        self.assertNotEqual(refreshed["refresh_token"], tokens["refresh_token"])
        told = session.introspect_token(metadata["introspection_endpoint"], refreshed["access_token"])
        self.assertTrue(told.json()["active"])
        session.revoke_token(metadata["revocation_endpoint"], refreshed["refresh_token"])
        told = session.introspect_token(metadata["introspection_endpoint"], refreshed["access_token"])
        self.assertEqual(told.json(), {"active": False})

    def test_a_public_client(self):
        register("authlib-public", token_endpoint_auth_method="none")
        app, _ = shop("authlib-public", None)
        self.assertEqual(sign_in(app)["userinfo"]["aud"], "authlib-public")

    def test_a_wrong_secret(self):
        register("authlib-wrong")
        app, _ = shop("authlib-wrong", "guessed")
        app.testing = True
        with self.assertRaisesRegex(OAuthError, "invalid_client"):
            sign_in(app)


if __name__ == "__main__":
    unittest.main(verbosity=2)
