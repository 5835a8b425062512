// Decrypts one Web Push body (RFC 8291) as a browser does. Standard input: JSON with the subscription's keys and the body, base64url.
import { createECDH } from "node:crypto";
import { readFileSync } from "node:fs";
import ece from "http_ece";

const { privateKey, auth, body } = JSON.parse(readFileSync(0, "utf8"));
const subscription = createECDH("prime256v1");
subscription.setPrivateKey(Buffer.from(privateKey, "base64url"));
const plain = ece.decrypt(Buffer.from(body, "base64url"), {
  version: "aes128gcm",
  privateKey: subscription,
  authSecret: auth,
});
process.stdout.write(plain);
