/**
 * The pages' own rules, run where they run: in the browser, under the pages' policy. Forged answers, the seal of the
 * published vector, what a scope discloses.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BASE, launch, openProfile } from "./demo.mjs";

/** The project's own seal vector: its text and the digest that is its fingerprint. */
const SEAL =
  "3YBO2DI74UM42CQAAFUVLOIAABMKISTFMFXKMRDVOBXW45FKGE4TQNJNGA3C2MJVUNDFEQNJGEZECQRTGQ2TMN6ZEQ3WMOLDGI2GKOBNGNRDCMRNGRST" +
  "AYJNHFQTKNJNGFTDAZBVMEYGKMTDGEY2UMRQGI3S2MBTFUYTLQGAILZCYD6DTDKOFCI6OZFXSWIZMGXR2QBA6EHXH7FGVTORI4ECH35HOB4TXGUXSTWJ" +
  "6HMAJX7YWMJ5U23HTP4RN32GEURJV2TUOZ7QT3Y=";
const FINGERPRINT = "a52974d03587d14584a044ac65db92e6fdee557484c8427518a2882d3d9527bf";

let browser;
let page;

before(async () => {
  browser = await launch();
  const { context } = await openProfile(browser);
  page = await context.newPage();
  await page.goto(`${BASE}/demo`);
});

after(() => browser?.close());

/** Signs a token with a fresh key and verifies it with what the change makes of header, payload and published key. */
const verdict = (change) =>
  page.evaluate(async (changed) => {
    const { base64url, utf8 } = await import("/assets/demo/encoding.js");
    const { verifyToken } = await import("/assets/demo/token.js");
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const published = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid: "key-1", ...changed.key };
    delete published.key_ops;
    const time = Math.floor(Date.now() / 1000);
    const expected = { issuer: "https://issuer.example", audience: "service", nonce: "abc" };
    const header = { alg: "ES256", kid: "key-1", typ: "idtoken+jwt", ...changed.header };
    const claims = { iss: expected.issuer, aud: expected.audience, nonce: expected.nonce, nbf: time, exp: time + 60 };
    const payload = { ...claims, ...changed.payload };
    const [first, second] = [header, payload].map((part) => base64url(utf8(JSON.stringify(part))));
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signature = new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, utf8(`${first}.${second}`)));
    if (changed.flip) signature[10] ^= 1;
    const send = globalThis.fetch;
    globalThis.fetch = async () => Response.json({ keys: [published] });
    try {
      await verifyToken(changed.text ?? `${first}.${second}.${base64url(signature)}`, expected);
      return "accepted";
    } catch (error) {
      return error.message;
    } finally {
      globalThis.fetch = send;
    }
  }, change);

test("a token is accepted only as issued, for this service, for this request, now", async () => {
  const cases = [
    [{}, /^accepted$/],
    [{ payload: { aud: ["other", "service"] } }, /^accepted$/],
    [{ flip: true }, /signature is wrong/],
    [{ header: { alg: "none" } }, /not signed with ES256/],
    [{ header: { alg: "HS256" } }, /not signed with ES256/],
    [{ header: { typ: "JWT" } }, /another kind of token/],
    [{ header: { typ: "at+jwt" } }, /another kind of token/],
    [{ header: { crit: ["b64"] } }, /demands an extension/],
    [{ header: { kid: "key-2" } }, /key is not published/],
    [{ key: { use: "enc" } }, /key is not published/],
    [{ key: { alg: "ECDH-ES" } }, /key is not published/],
    [{ payload: { iss: "https://elsewhere.example" } }, /another provider/],
    [{ payload: { aud: "other" } }, /another service/],
    [{ payload: { exp: 1 } }, /has expired/],
    [{ payload: { exp: null } }, /has expired/],
    [{ payload: { nbf: 4102444800 } }, /not valid yet/],
    [{ payload: { nonce: "abd" } }, /another request/],
    [{ text: "a.b" }, /not a token/],
    [{ text: "!.!.!" }, /cannot be read/],
    [{ text: "e30.e30.".padEnd(70000, "A") }, /not a token/],
  ];
  for (const [change, expected] of cases)
    assert.match(await verdict(change), expected, JSON.stringify(change).slice(0, 80));
});

test("the seal of the published vector has the published fingerprint and holder", async () => {
  const read = await page.evaluate(async (text) => {
    const { lowerhex } = await import("/assets/demo/encoding.js");
    const { readSeal } = await import("/assets/demo/seal.js");
    const { fingerprint, holder } = await readSeal(text);
    return { fingerprint: lowerhex(fingerprint), holder };
  }, SEAL);
  assert.equal(read.fingerprint, FINGERPRINT);
  assert.deepEqual(read.holder, {
    givenName: "Jean",
    familyName: "Dupont",
    birthDate: "1985-06-15",
    nationality: "FRA",
    documentNumber: "12AB34567",
    tokenId: "7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11",
    expiry: "2027-03-15",
    photo: null,
  });
});

test("a seal cut anywhere is an error with a reason, never a crash or a wrong card", async () => {
  const accepted = await page.evaluate(async (text) => {
    const { readSeal } = await import("/assets/demo/seal.js");
    const lengths = [];
    for (let length = 0; length < text.length - 8; length += 1) {
      try {
        await readSeal(text.slice(0, length));
        lengths.push(length);
      } catch (error) {
        if (!(error instanceof SyntaxError)) lengths.push(`${length}: ${error}`);
      }
    }
    return lengths;
  }, SEAL);
  assert.deepEqual(accepted, []);
});

test("a scope discloses what it needs and no more", async () => {
  const disclosed = (scopes, available) =>
    page.evaluate(
      async ([names, held]) => {
        const { disclosuresFor } = await import("/assets/demo/catalogue.js");
        return [...disclosuresFor(names, new Set(held))].sort();
      },
      [scopes, available],
    );
  assert.deepEqual(await disclosed([], ["given_name"]), []);
  assert.deepEqual(await disclosed(["identity:age_over_18"], ["age_over_18", "birthdate"]), ["age_over_18"]);
  assert.deepEqual(await disclosed(["identity:age_over_25"], ["age_over_18", "birthdate"]), ["birthdate"]);
  assert.deepEqual(await disclosed(["identity:trust_level"], ["birthdate"]), []);
  assert.deepEqual(await disclosed(["identity:name_initial"], []), ["family_name", "given_name"]);
});
