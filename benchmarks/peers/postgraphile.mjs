// PostGraphile as its documentation has it for production: the Amber preset, Grafserv on Node's own
// HTTP server, row level security by settings of each request.
import { createServer } from "node:http";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";
import { orgOf } from "./tokens.mjs";

// Names that our queries have and that can't be told from keys of two columns.
const names = {
  version: 1,
  config: {
    constraint: {
      "data.integration.fk_integration_vendor_id": {
        tags: { fieldName: "vendor", foreignFieldName: "integrations" },
      },
      "data.security_event.fk_security_event_integration_id": {
        tags: { fieldName: "integration", foreignFieldName: "events" },
      },
    },
  },
};

const preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  plugins: [jsonPgSmartTags(names)],
  pgServices: [
    makePgService({
      poolConfig: {
        host: process.env.BENCH_HOST,
        database: process.env.BENCH_DATABASE,
        user: process.env.BENCH_ROLE,
        max: Number(process.env.BENCH_POOL),
      },
      schemas: ["data"],
    }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
  grafast: {
    explain: false,
    async context(request, args) {
      const orgId = await orgOf(request.node.req.headers.authorization);
      return { pgSettings: { ...args.contextValue?.pgSettings, "peer.org_id": orgId } };
    },
  },
};

const server = createServer();
const service = postgraphile(preset).createServ(grafserv);
await service.addTo(server);
server.listen(Number(process.env.BENCH_PORT), "127.0.0.1");
