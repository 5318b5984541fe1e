// Who asks: a verified token, remembered for 30 seconds as the service itself does.
import { readFileSync } from "node:fs";
import { createLocalJWKSet, jwtVerify } from "jose";

const MAX_AGE_MS = 30_000;
const SIZE = 10_000;

const keys = createLocalJWKSet(JSON.parse(readFileSync(process.env.BENCH_JWKS, "utf8")));
const expected = {
  issuer: process.env.BENCH_ISSUER,
  audience: process.env.BENCH_AUDIENCE,
  algorithms: ["EdDSA"],
  typ: "at+jwt",
  clockTolerance: 30,
};
const verified = new Map();

/** The organisation's id; throws where the token is not to be trusted. */
export function orgOf(authorization) {
  const known = verified.get(authorization);
  return known !== undefined && known.until > Date.now() ? known.orgId : verifyAnew(authorization);
}

async function verifyAnew(authorization) {
  if (!authorization?.startsWith("Bearer ")) throw new Error("a bearer token is missing");
  const { payload } = await jwtVerify(authorization.slice(7), keys, expected);
  if (verified.size >= SIZE) verified.delete(verified.keys().next().value);
  const until = Math.min(Date.now() + MAX_AGE_MS, payload.exp * 1000);
  verified.set(authorization, { orgId: payload.org_id, until });
  return payload.org_id;
}
