/**
 * openid-client against the provider. Every check that the library has is on: ID token signatures too
 * (`enableNonRepudiationChecks`). `allowInsecureRequests` alone is off its default: the provider listens on loopback over http.
 */

import assert from "node:assert/strict";
import { before, test } from "node:test";

import * as client from "openid-client";

import { approve, BASE, Browser, register, TOKEN_ID } from "./provider.mjs";

const REDIRECT = "https://shop.example/callback";
const HOME = "https://shop.example/";
const SCOPE = "openid profile offline_access identity:name identity:age_over_18";
const CIBA = "urn:openid:params:grant-type:ciba";
const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

const USUAL = {
  client_name: "Shop",
  redirect_uris: [REDIRECT],
  post_logout_redirect_uris: [HOME],
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  scope: SCOPE,
};

/** The library set up as its documentation says, and everything it can check checked. */
async function discover(clientId, metadata, authentication, issuer = BASE) {
  const options = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };
  return client.discovery(new URL(issuer), clientId, metadata, authentication, options);
}

async function keyPair() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const jwk = { kty, crv, x, y, kid: "one", alg: "ES256", use: "sig" };
  return { key: { key: pair.privateKey, kid: "one" }, jwks: { keys: [jwk] } };
}

/** An authorization request with everything that ties the response to it, and those ties. */
async function request(parameters = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const sent = {
    redirect_uri: REDIRECT,
    scope: SCOPE,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...parameters,
  };
  return { checks: { ...checks, idTokenExpected: true }, sent };
}

/** The code flow to its end. */
async function signIn(config, browser = new Browser()) {
  const { checks, sent } = await request();
  const back = await browser.login(client.buildAuthorizationUrl(config, sent));
  return client.authorizationCodeGrant(config, back, checks);
}

let confidential;

before(async () => {
  const { client_secret: secret } = await register("peer-basic", USUAL);
  confidential = await discover("peer-basic", undefined, client.ClientSecretBasic(secret));
});

test("code and PKCE, confidential: ID token, userinfo, refresh, introspection, revocation", async () => {
  const tokens = await signIn(confidential);
  const claims = tokens.claims();
  assert.equal(claims.sub, TOKEN_ID);
  assert.equal(claims.name, "Jean Dupont");
  const person = await client.fetchUserInfo(confidential, tokens.access_token, claims.sub);
  assert.equal(person.age_over_18, true);

  const refreshed = await client.refreshTokenGrant(confidential, tokens.refresh_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, claims.sub);

  const known = await client.tokenIntrospection(confidential, refreshed.access_token);
  assert.deepEqual([known.active, known.sub, known.client_id], [true, claims.sub, "peer-basic"]);
  await client.tokenRevocation(confidential, refreshed.access_token);
  assert.deepEqual(await client.tokenIntrospection(confidential, refreshed.access_token), { active: false });
});

test("code and PKCE, public", async () => {
  await register("peer-public", { ...USUAL, grant_types: ["authorization_code"], token_endpoint_auth_method: "none" });
  const config = await discover("peer-public", undefined, client.None());
  const tokens = await signIn(config);
  assert.equal(tokens.claims().aud, "peer-public");
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, TOKEN_ID)).name, "Jean Dupont");
});

test("a secret in the body, RS256, signed userinfo", async () => {
  const members = {
    token_endpoint_auth_method: "client_secret_post",
    id_token_signed_response_alg: "RS256",
    userinfo_signed_response_alg: "RS256",
  };
  const { client_secret: secret } = await register("peer-post", { ...USUAL, ...members });
  const config = await discover("peer-post", members, client.ClientSecretPost(secret));
  const tokens = await signIn(config);
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, TOKEN_ID)).name, "Jean Dupont");
});

test("client credentials", async () => {
  const tokens = await client.clientCredentialsGrant(confidential);
  assert.equal(tokens.token_type, "bearer");
  assert.equal(tokens.refresh_token, undefined);
});

test("private_key_jwt, a signed request, a signed response (JARM)", async () => {
  const { key, jwks } = await keyPair();
  await register("peer-keys", { ...USUAL, token_endpoint_auth_method: "private_key_jwt", jwks });
  const config = await discover("peer-keys", undefined, client.PrivateKeyJwt(key));
  client.useJwtResponseMode(config);
  const { checks, sent } = await request();
  const back = await new Browser().login(await client.buildAuthorizationUrlWithJAR(config, sent, key));
  assert.deepEqual([...back.searchParams.keys()], ["response"]);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims().sub, TOKEN_ID);
});

test("FAPI 2.0: pushed request, private_key_jwt, DPoP through refresh and userinfo", async () => {
  const { key, jwks } = await keyPair();
  const members = { ...USUAL, grant_types: ["authorization_code", "refresh_token"], jwks };
  await register("peer-fapi", members, "--preset", "fapi2");
  const config = await discover("peer-fapi", undefined, client.PrivateKeyJwt(key));
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const { checks, sent } = await request();
  const address = await client.buildAuthorizationUrlWithPAR(config, sent, { DPoP });
  const back = await new Browser().login(address);
  const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP });
  assert.equal(tokens.token_type, "dpop");
  const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
  assert.equal(person.name, "Jean Dupont");
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal(refreshed.token_type, "dpop");

  const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const stolen = client.fetchUserInfo(config, refreshed.access_token, TOKEN_ID, { DPoP: other });
  await assert.rejects(stolen, (error) => error.status === 401 && error.code === "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
});

// Mode `compare`: a library that knows nothing of the code has no screen to show it on.
test("CIBA, polled", async () => {
  const members = { ...USUAL, grant_types: [CIBA], backchannel_token_delivery_mode: "poll" };
  const { client_secret: secret } = await register("peer-ciba", members, "--matching", "compare");
  const config = await discover("peer-ciba", undefined, client.ClientSecretBasic(secret));
  const parameters = { scope: "openid identity:name", login_hint: TOKEN_ID, binding_message: "TILL-7" };
  const asked = await client.initiateBackchannelAuthentication(config, parameters);
  const signal = AbortSignal.timeout(30_000);
  const polled = client.pollBackchannelAuthenticationGrant(config, asked, undefined, { signal });
  const [tokens] = await Promise.all([polled, approve({})]);
  assert.equal(tokens.claims().sub, TOKEN_ID);
});

test("a device shows a code (RFC 8628), DPoP through the refresh", async () => {
  const members = { ...USUAL, redirect_uris: [], grant_types: [DEVICE, "refresh_token"], token_endpoint_auth_method: "none" };
  await register("peer-device", members, "--url", HOME);
  const config = await discover("peer-device", undefined, client.None());
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const shown = await client.initiateDeviceAuthorization(config, { scope: SCOPE });
  assert.match(shown.user_code, /^[B-Z]{4}-[B-Z]{4}$/);
  const signal = AbortSignal.timeout(30_000);
  const polled = client.pollDeviceAuthorizationGrant(config, shown, undefined, { DPoP, signal });
  const [tokens] = await Promise.all([polled, new Browser().connect(shown.verification_uri_complete)]);
  assert.equal(tokens.token_type, "dpop");
  assert.equal(tokens.claims().sub, TOKEN_ID);
  const person = await client.fetchUserInfo(config, tokens.access_token, TOKEN_ID, { DPoP });
  assert.equal(person.name, "Jean Dupont");
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal(refreshed.claims().sub, TOKEN_ID);
});

test("the session answers silently, and ends at the end-session endpoint", async () => {
  const browser = new Browser();
  const tokens = await signIn(confidential, browser);
  const silent = await request({ prompt: "none", scope: "openid identity:name" });
  const back = await browser.open(client.buildAuthorizationUrl(confidential, silent.sent));
  const again = await client.authorizationCodeGrant(confidential, back, silent.checks);
  assert.equal(again.claims().sid, tokens.claims().sid);

  const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: HOME, state: "bye" };
  const home = await browser.open(client.buildEndSessionUrl(confidential, parameters));
  assert.equal(home.href, `${HOME}?state=bye`);

  const late = await request({ prompt: "none" });
  const refused = await browser.open(client.buildAuthorizationUrl(confidential, late.sent));
  const answer = client.authorizationCodeGrant(confidential, refused, late.checks);
  await assert.rejects(answer, (error) => error.error === "login_required");
});

test("a code is worth nothing without its verifier, and nothing the second time", async () => {
  const { checks, sent } = await request();
  const back = await new Browser().login(client.buildAuthorizationUrl(confidential, sent));
  const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  const refused = (error) => error.error === "invalid_grant";
  await assert.rejects(client.authorizationCodeGrant(confidential, back, wrong), refused);

  const second = await request();
  const callback = await new Browser().login(client.buildAuthorizationUrl(confidential, second.sent));
  const tokens = await client.authorizationCodeGrant(confidential, callback, second.checks);
  await assert.rejects(client.authorizationCodeGrant(confidential, callback, second.checks), refused);
  assert.equal((await client.tokenIntrospection(confidential, tokens.access_token)).active, false);
});

for (const algorithm of ["PS256", "EdDSA"]) {
  test(`${algorithm} for the ID token, userinfo and the authorization response`, async () => {
    const members = {
      id_token_signed_response_alg: algorithm,
      userinfo_signed_response_alg: algorithm,
      authorization_signed_response_alg: algorithm,
    };
    const clientId = `peer-${algorithm.toLowerCase()}`;
    const { client_secret: secret } = await register(clientId, { ...USUAL, ...members });
    const config = await discover(clientId, members, client.ClientSecretBasic(secret));
    client.useJwtResponseMode(config);
    const tokens = await signIn(config);
    assert.equal((await client.fetchUserInfo(config, tokens.access_token, TOKEN_ID)).name, "Jean Dupont");
  });
}

test("a public client's DPoP key holds its refresh token (RFC 9449 5)", async () => {
  const members = { ...USUAL, grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: "none" };
  await register("peer-public-dpop", members);
  const config = await discover("peer-public-dpop", undefined, client.None());
  const { checks, sent } = await request();
  const back = await new Browser().login(client.buildAuthorizationUrl(config, sent));
  const [own, other] = await Promise.all(
    [1, 2].map(async () => client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"))),
  );
  const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP: own });
  const stolen = client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: other });
  await assert.rejects(stolen, (error) => error.error === "invalid_grant");
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: own });
  assert.equal(refreshed.token_type, "dpop");
});

test("a view of the issuer is an issuer of its own", async () => {
  const { client_secret: secret } = await register("peer-view", USUAL, "--view", "plain", "--algorithm", "RS256");
  const metadata = { id_token_signed_response_alg: "RS256" };
  const config = await discover("peer-view", metadata, client.ClientSecretBasic(secret), `${BASE}/t/plain`);
  const tokens = await signIn(config);
  assert.equal(tokens.claims().iss, `${BASE}/t/plain`);
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, TOKEN_ID)).sub, TOKEN_ID);
});
