const prefix = "graphiql:";
const records = new Set(["queries", "favorites"].map((name) => prefix + name));

function keys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
}

/**
 * Where GraphiQL keeps tabs, history and sizes: localStorage, without any request header.
 *
 * GraphiQL's history keeps the Headers editor too, whatever `shouldPersistHeaders` says, and people paste secrets there.
 */
export const storage = {
  getItem: (key: string) => localStorage.getItem(key),
  removeItem: (key: string) => localStorage.removeItem(key),
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return keys().length;
  },
  setItem(key: string, value: string) {
    if (key === `${prefix}headers`) return;
    localStorage.setItem(key, records.has(key) ? withoutHeaders(value) : value);
  },
};

function withoutHeaders(value: string): string {
  return JSON.stringify(JSON.parse(value), (key, inner: unknown) => (key === "headers" ? undefined : inner));
}
