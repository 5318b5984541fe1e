// Fastify and Mercurius with compiled queries, loaders and statements written by hand.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { orgOf } from "./tokens.mjs";

// A timestamp stays the text that it is: cheaper than a Date, and with its microseconds.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text.replace(" ", "T"));

const schema = `
  scalar DateTime
  enum IntegrationStatus {
    PROPOSED ASSESSED APPROVED ACTIVE SUSPENDED QUARANTINED RETIRED
  }
  enum AuthMethod {
    OAUTH2_AUTHORIZATION_CODE OAUTH2_CLIENT_CREDENTIALS PRIVATE_KEY_JWT MUTUAL_TLS SAML API_KEY
    WEBHOOK_SECRET
  }
  enum VendorTier { CRITICAL HIGH MEDIUM LOW }
  enum EventClass {
    ACCOUNT_CHANGE AUTHENTICATION AUTHORIZE_SESSION ENTITY_MANAGEMENT USER_ACCESS API_ACTIVITY
    WEB_RESOURCES_ACTIVITY DATASTORE_ACTIVITY DETECTION_FINDING NETWORK_ACTIVITY
  }
  enum Direction { ASC DESC }
  input SecurityEventOrder { at: Direction }
  type Vendor {
    id: ID!
    name: String!
    tier: VendorTier!
    riskScore: Int
    integrations(first: Int = 20): IntegrationConnection!
  }
  type Integration {
    id: ID!
    name: String!
    status: IntegrationStatus!
    authMethod: AuthMethod!
    baseUrl: String
    scopes: [String!]!
    lastSyncAt: DateTime
    createdAt: DateTime!
    vendor: Vendor!
    events(first: Int = 20, orderBy: [SecurityEventOrder!]): SecurityEventConnection!
  }
  type SecurityEvent { id: ID! eventClass: EventClass! severity: Int! at: DateTime! }
  type VendorConnection { nodes: [Vendor!]! }
  type IntegrationConnection { nodes: [Integration!]! }
  type SecurityEventConnection { nodes: [SecurityEvent!]! }
  input CreateIntegrationInput {
    name: String!
    authMethod: AuthMethod!
    baseUrl: String
    scopes: [String!]!
    vendorId: ID!
  }
  type CreateIntegrationPayload { integration: Integration! }
  type Query {
    integration(id: ID!): Integration
    integrations(first: Int = 20): IntegrationConnection!
    vendors(first: Int = 20): VendorConnection!
  }
  type Mutation { createIntegration(input: CreateIntegrationInput!): CreateIntegrationPayload! }
`;

const pool = new pg.Pool({
  host: process.env.BENCH_HOST,
  database: process.env.BENCH_DATABASE,
  user: process.env.BENCH_ROLE,
  max: Number(process.env.BENCH_POOL),
});

async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

const VENDOR = `id, name, tier, risk_score AS "riskScore"`;
const INTEGRATION = `id, name, status, auth_method AS "authMethod", base_url AS "baseUrl", scopes,
  last_sync_at AS "lastSyncAt", created_at AS "createdAt", vendor_id`;
const EVENT = `id, event_class AS "eventClass", severity, at`;

const resolvers = {
  Query: {
    async integration(_, { id }, { orgId }) {
      const found = await rows(
        "integration",
        `SELECT ${INTEGRATION} FROM data.integration WHERE org_id = $1 AND id = $2`,
        [orgId, id],
      );
      return found[0] ?? null;
    },
    async integrations(_, { first }, { orgId }) {
      const nodes = await rows(
        "integrations",
        `SELECT ${INTEGRATION} FROM data.integration WHERE org_id = $1 ORDER BY id LIMIT $2`,
        [orgId, first],
      );
      return { nodes };
    },
    async vendors(_, { first }, { orgId }) {
      const nodes = await rows(
        "vendors",
        `SELECT ${VENDOR} FROM data.vendor WHERE org_id = $1 ORDER BY id LIMIT $2`,
        [orgId, first],
      );
      return { nodes };
    },
  },
  Mutation: {
    async createIntegration(_, { input }, { orgId }) {
      const made = await rows(
        "create",
        `INSERT INTO data.integration
           (org_id, name, auth_method, base_url, scopes, vendor_id)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${INTEGRATION}`,
        [
          orgId,
          input.name,
          input.authMethod,
          input.baseUrl,
          input.scopes,
          input.vendorId,
        ],
      );
      return { integration: made[0] };
    },
  },
};

/** One statement for all parents of one level; rows come back in order within each parent. */
function grouped(name, text, key) {
  return async (queries, { orgId }) => {
    const ids = queries.map(({ obj }) => obj.id);
    const of = new Map(ids.map((id) => [id, []]));
    const { first } = queries[0].params;
    for (const row of await rows(name, text, [orgId, ids, first])) of.get(row[key]).push(row);
    return ids.map((id) => ({ nodes: of.get(id) }));
  };
}

const loaders = {
  Integration: {
    async vendor(queries, { orgId }) {
      const ids = [...new Set(queries.map(({ obj }) => obj.vendor_id))];
      const found = await rows(
        "vendors by id",
        `SELECT ${VENDOR} FROM data.vendor WHERE org_id = $1 AND id = ANY ($2::uuid[])`,
        [orgId, ids],
      );
      const byId = new Map(found.map((row) => [row.id, row]));
      return queries.map(({ obj }) => byId.get(obj.vendor_id));
    },
    events: grouped(
      "events",
      `SELECT integration_id, e.* FROM unnest($2::uuid[]) AS parent (integration_id),
       LATERAL (SELECT ${EVENT} FROM data.security_event
                WHERE org_id = $1 AND integration_id = parent.integration_id
                ORDER BY at DESC LIMIT $3) e`,
      "integration_id",
    ),
  },
  Vendor: {
    integrations: grouped(
      "integrations of vendors",
      `SELECT i.* FROM unnest($2::uuid[]) AS parent (vendor_id),
       LATERAL (SELECT ${INTEGRATION} FROM data.integration
                WHERE org_id = $1 AND vendor_id = parent.vendor_id ORDER BY id LIMIT $3) i`,
      "vendor_id",
    ),
  },
};

const app = Fastify({ logger: false });
app.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  graphiql: false,
  context: async (request) => ({ orgId: await orgOf(request.headers.authorization) }),
});
await app.listen({ port: Number(process.env.BENCH_PORT), host: "127.0.0.1" });
