/**
 * npm oidc-provider as the load generator measures it: one process, ES256, storage in Maps, otherwise the library's defaults.
 *
 * PEER_PORT is where it listens on 127.0.0.1; PEER_CLIENT_ID, PEER_CLIENT_SECRET and PEER_REDIRECT_URI are those of its one client.
 * Whoever comes is logged in as the one account and consents to everything, without a page.
 *
 * What is compared with what: an access token of client_credentials is a JWT signed with ES256, as ours is. One of the code flow is for
 * userinfo, and this library gives only opaque ones there: each of its code flows makes one signature, the ID token's, where ours makes
 * two. Refresh tokens rotate at each use, as ours do.
 */

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

import { MapAdapter } from "./map-adapter.mjs";

const { PEER_PORT, PEER_CLIENT_ID, PEER_CLIENT_SECRET, PEER_REDIRECT_URI } = process.env;
if (!PEER_PORT || !PEER_CLIENT_ID || !PEER_CLIENT_SECRET || !PEER_REDIRECT_URI) {
  throw new Error("PEER_PORT, PEER_CLIENT_ID, PEER_CLIENT_SECRET and PEER_REDIRECT_URI say what is served");
}

const ACCOUNT = "holder";
const RESOURCE = "https://api.example";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

const provider = new Provider(`http://127.0.0.1:${PEER_PORT}`, {
  adapter: MapAdapter,
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig" }] },
  clients: [
    {
      client_id: PEER_CLIENT_ID,
      client_secret: PEER_CLIENT_SECRET,
      redirect_uris: [PEER_REDIRECT_URI],
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256",
    },
  ],
  claims: { profile: ["given_name", "family_name"] },
  findAccount: (ctx, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, given_name: "Jean", family_name: "Dupont" }),
  }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, client, oneOf) =>
        oneOf ?? (ctx.oidc.params.grant_type === "client_credentials" ? RESOURCE : undefined),
      getResourceServerInfo: () => ({
        scope: "",
        audience: RESOURCE,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});

/** Logs in or consents at once, whichever is asked for. */
async function answerInteraction(request, response) {
  const { prompt, params, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    const result = { login: { accountId: ACCOUNT } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  const known = grantId && (await provider.Grant.find(grantId));
  const grant = known || new provider.Grant({ accountId: ACCOUNT, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

const serve = provider.callback();
const server = createServer((request, response) => {
  if (!request.url.startsWith("/interaction/")) return serve(request, response);
  answerInteraction(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
// As long as the server beside it keeps connections.
server.keepAliveTimeout = 75_000;
server.listen(Number(PEER_PORT), "127.0.0.1");
