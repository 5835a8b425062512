// A SAML service provider of other people, one step a call: what it is asked stands on standard input, what it made of it on standard
// output. Requests that wait for an answer travel in "waiting", as its cache would keep them.
import { readFileSync } from "node:fs";
import { SAML } from "@node-saml/node-saml";

const { op, options, waiting = {}, ...input } = JSON.parse(readFileSync(0, "utf8"));
const cache = new Map(Object.entries(waiting));
const saml = new SAML({
  ...options,
  cacheProvider: {
    saveAsync: async (key, value) => {
      cache.set(key, value);
      return { value, createdAt: Date.now() };
    },
    getAsync: async (key) => cache.get(key) ?? null,
    removeAsync: async (key) => (key !== null && cache.delete(key) ? key : null),
  },
});

const steps = {
  authorizeUrl: async () => ({ url: await saml.getAuthorizeUrlAsync(input.relayState, undefined, {}) }),
  authorizeForm: async () => ({ fields: await saml.getAuthorizeMessageAsync(input.relayState) }),
  response: async () => saml.validatePostResponseAsync({ SAMLResponse: input.SAMLResponse }),
  logoutUrl: async () => ({ url: await saml.getLogoutUrlAsync(input.profile, input.relayState, {}) }),
  redirected: async () => {
    const query = input.url.slice(input.url.indexOf("?") + 1);
    return saml.validateRedirectAsync(Object.fromEntries(new URLSearchParams(query)), query);
  },
  posted: async () => saml.validatePostRequestAsync({ SAMLRequest: input.SAMLRequest }),
  logoutResponseUrl: async () => ({
    url: await saml.getLogoutResponseUrlAsync(input.profile, input.relayState, {}, true),
  }),
};

const result = await steps[op]();
process.stdout.write(JSON.stringify({ ...result, waiting: Object.fromEntries(cache) }));
