// npm GraphQL clients, and the GraphQL-over-HTTP audits, against a running service:
//   node e2e/clients.mjs --demo '{"url": …, "orgs": […]}'

import assert from "node:assert/strict";
import { parseArgs } from "node:util";

import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";
import { auditServer } from "graphql-http";
import { GraphQLClient, ClientError } from "graphql-request";

const { values: options } = parseArgs({ options: { demo: { type: "string" } } });
assert(options.demo, "--demo is missing: the line that palisade demo --json prints");
const { url, orgs } = JSON.parse(options.demo);

const names = `query Names { integrations(first: 100) { nodes { id name } totalCount } }`;
const point = `query Point($id: ID!) { integration(id: $id) { id name } }`;

const seen = new Map();
for (const org of orgs) {
  const headers = { authorization: `Bearer ${org.tokens.viewer}` };
  const client = new GraphQLClient(url, { headers });
  const { integrations } = await client.request(names);
  assert.equal(integrations.nodes.length, integrations.totalCount);
  assert.equal(integrations.totalCount, 65);
  seen.set(org.slug, new Map(integrations.nodes.map((node) => [node.id, node.name])));

  const urql = new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers },
    preferGetMethod: false,
  });
  const { data, error } = await urql.query(gql(names), {}).toPromise();
  assert.equal(error, undefined);
  assert.deepEqual(data.integrations.nodes.map((node) => node.id), [...seen.get(org.slug).keys()]);
  console.log(`${org.slug}: graphql-request and urql see the same ${integrations.totalCount} integrations`);
}

const [first, second] = orgs;
for (const id of seen.get(first.slug).keys()) assert(!seen.get(second.slug).has(id));
const stranger = new GraphQLClient(url, { headers: { authorization: `Bearer ${second.tokens.admin}` } });
for (const [id] of seen.get(first.slug)) {
  assert.deepEqual(await stranger.request(point, { id }), { integration: null });
}
const [own] = seen.get(second.slug).keys();
assert.equal((await stranger.request(point, { id: own })).integration.id, own);
console.log(`${second.slug} gets null for each of ${first.slug}'s ids, and its own records`);

await assert.rejects(new GraphQLClient(url).request(names), (error) => {
  assert(error instanceof ClientError);
  assert.equal(error.response.status, 401);
  assert.equal(error.response.errors[0].extensions.code, "UNAUTHENTICATED");
  return true;
});
console.log("without a token: 401 UNAUTHENTICATED");

const results = await auditServer({
  url,
  fetchFn: (address, init) =>
    fetch(address, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init?.headers)), authorization: `Bearer ${first.tokens.viewer}` },
    }),
});
const failed = results.filter((result) => result.status === "error");
for (const result of results.filter((result) => result.status !== "ok")) {
  console.log(`${result.status}: ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`GraphQL over HTTP: ${results.filter((result) => result.status === "ok").length} of ${results.length} audits pass`);
assert.equal(failed.length, 0);
