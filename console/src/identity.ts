export const roles = ["admin", "editor", "viewer"] as const;
export type Role = (typeof roles)[number];

export interface Organisation {
  slug: string;
  id: string;
  tokens: Partial<Record<Role, string>>;
}

export interface Example {
  title: string;
  query: string;
  variables?: Record<string, unknown>;
  kind: "query" | "attack";
}

export interface Demo {
  orgs: Organisation[];
  examples: Example[];
}

/** Who a request is made as. A pasted token says nothing that the page may believe: no organisation, no role. */
export interface Identity {
  token: string;
  organisation: string | null;
  role: Role | null;
}

/** The demo's identities, or null where the service has none (404). */
export async function fetchDemo(): Promise<Demo | null> {
  const response = await fetch("/console/demo.json", { headers: { accept: "application/json" } });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as Demo;
}

export function demoIdentity(demo: Demo, slug: string, role: Role): Identity | null {
  const token = demo.orgs.find((organisation) => organisation.slug === slug)?.tokens[role];
  return token === undefined ? null : { token, organisation: slug, role };
}

export function name(identity: Identity): string {
  return identity.organisation === null ? "bearer token" : `${identity.organisation} · ${identity.role}`;
}

// The browser drops sessionStorage with the tab. A token never reaches localStorage, which outlives it.
const key = "palisade.identity";

export function remember(identity: Identity | null): void {
  if (identity === null) sessionStorage.removeItem(key);
  else if (identity.organisation === null) sessionStorage.setItem(key, JSON.stringify({ token: identity.token }));
  else sessionStorage.setItem(key, JSON.stringify({ organisation: identity.organisation, role: identity.role }));
}

export function recall(demo: Demo | null): Identity | null {
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Partial<Identity>;
  if (demo === null) return kept.token ? { token: kept.token, organisation: null, role: null } : null;
  return kept.organisation && kept.role ? demoIdentity(demo, kept.organisation, kept.role) : null;
}
