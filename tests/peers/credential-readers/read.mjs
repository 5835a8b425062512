// Reads one folder of credentials as independent wallets and verifiers do. Argument: the folder. Exits with 1 at the first disagreement.
import { strict as assert } from "node:assert";
import { createECDH, createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DeviceResponse, Verifier, parse } from "@auth0/mdl";
import { DataItem, cborEncode } from "@auth0/mdl/lib/cbor/index.js";
import { decodeList } from "@digitalbazaar/vc-bitstring-status-list";
import { getListFromStatusListJWT } from "@sd-jwt/jwt-status-list";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { verifyCredential } from "did-jwt-vc";
import { decodeJwt, importJWK, jwtVerify } from "jose";

const read = (name) => readFileSync(join(process.argv[2], name), "utf8");
const json = (name) => JSON.parse(read(name));
const { index, mdocs } = json("facts.json");
const jwk = json("key.json");
const key = await importJWK(jwk, "ES256");

// jose: types and signatures.
for (const [name, typ] of [["vc_jwt", "vc+jwt"], ["token_list", "statuslist+jwt"], ["bitstring_list", "vc+jwt"]]) {
  await jwtVerify(read(name), key, { typ, algorithms: ["ES256"] });
}

// Both status lists say the same about the revoked entry, its neighbour and the last one.
const tokens = getListFromStatusListJWT(read("token_list"));
const bits = await decodeList({ encodedList: decodeJwt(read("bitstring_list")).credentialSubject.encodedList });
for (const [at, revoked] of [[index, true], [index - 1, false], [bits.length - 1, false]]) {
  assert.equal(bits.getStatus(at), revoked);
  assert.equal(tokens.getStatus(at), revoked ? 1 : 0);
}

// did-jwt-vc: VCDM 1.1 through the DID document.
const resolver = { resolve: async () => ({ didResolutionMetadata: {}, didDocument: json("did.json"), didDocumentMetadata: {} }) };
const old = await verifyCredential(read("jwt_vc_json"), resolver);
assert.equal(old.verified, true);
assert.equal(old.verifiableCredential.credentialSubject.givenName, "Jean");

// @sd-jwt: disclosures, status and type metadata.
const signed = createPublicKey({ key: jwk, format: "jwk" });
const verifier = async (data, signature) =>
  verify("sha256", Buffer.from(data), { key: signed, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
const hasher = (data, name) => new Uint8Array(createHash(name.replace("-", "")).update(Buffer.from(data)).digest());
const statuses = [];
const sdJwt = new SDJwtVcInstance({
  hasher,
  hashAlg: "sha-256",
  verifier,
  statusListFetcher: async () => read("token_list"),
  statusVerifier: verifier,
  statusValidator: async (status) => { statuses.push(status); },
  loadTypeMetadataFormat: true,
  vctFetcher: async () => json("type.json"),
});
await sdJwt.verify(read("dc_sd_jwt"));
assert.deepEqual(statuses, [1]);
const claims = await sdJwt.getClaims(read("dc_sd_jwt"));
assert.deepEqual([claims.given_name, claims.nationalities, claims.birthdate], ["Jean", ["FR"], "1985-06-15"]);
assert.equal((await sdJwt.getClaims(read("vc_sd_jwt"))).credentialSubject.familyName, "Dupont");

// @auth0/mdl: the holder shows three elements, the verifier checks issuer, device and digests.
const text = (value) => Buffer.concat([value.length < 24 ? Buffer.from([0x60 | value.length]) : Buffer.from([0x78, value.length]), Buffer.from(value)]);
const device = createECDH("prime256v1");
device.setPrivateKey(Buffer.alloc(32, 2));
const point = device.getPublicKey();
const deviceKey = {
  kty: "EC", crv: "P-256",
  d: Buffer.alloc(32, 2).toString("base64url"),
  x: point.subarray(1, 33).toString("base64url"),
  y: point.subarray(33).toString("base64url"),
};
for (const [name, docType] of Object.entries(mdocs)) {
  const issuerSigned = Buffer.from(read(name), "base64url");
  const held = parse(Buffer.concat([
    Buffer.from([0xa3]), text("version"), text("1.0"), text("documents"), Buffer.from([0x81, 0xa2]),
    text("docType"), text(docType), text("issuerSigned"), issuerSigned, text("status"), Buffer.from([0]),
  ]));
  const elements = held.documents[0].issuerSigned.nameSpaces[docType].slice(0, 3);
  const fields = elements.map((element) => ({ path: [`$['${docType}']['${element.elementIdentifier}']`], intent_to_retain: false }));
  const shown = await DeviceResponse.from(held)
    .usingPresentationDefinition({ id: "x", input_descriptors: [{ id: docType, format: { mso_mdoc: { alg: ["ES256"] } }, constraints: { limit_disclosure: "required", fields } }] })
    .usingSessionTranscriptForOID4VP("a", "b", "c", "d")
    .authenticateWithSignature(deviceKey, "ES256")
    .sign();
  const encodedSessionTranscript = cborEncode(DataItem.fromData([null, null, ["a", "b", "c", "d"]]));
  await new Verifier([read("anchor.pem")]).verify(shown.encode(), { encodedSessionTranscript });
}
