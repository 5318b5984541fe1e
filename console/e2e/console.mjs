// Drives the built console in Chromium against a running service with demo identities:
//   npm run e2e -- --url http://127.0.0.1:8000 [--shots folder] [--chromium /usr/bin/chromium]

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    shots: { type: "string" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
    first: { type: "string", default: "acme" },
    second: { type: "string", default: "globex" },
  },
});
assert(options.url, "--url is missing: where does the service answer?");
const origin = new URL(options.url).origin;
const { first, second } = options;
const query = "query Vendors { vendors(first: 3) { nodes { id name } totalCount } }";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

if (options.shots) await mkdir(options.shots, { recursive: true });
const profile = await mkdtemp(join(tmpdir(), "palisade-console-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: options.chromium,
  headless: true,
  viewport: { width: 1440, height: 900 },
  colorScheme: "light",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

const requested = [];
const complaints = [];
// A request that a worker was cut off in counts as under way for ever: hence the bound.
const settled = () => page.waitForLoadState("networkidle", { timeout: 5000 }).catch(() => {});
browser.on("request", (request) => requested.push(request.url()));
browser.on("weberror", (error) => complaints.push(`uncaught: ${error.error().message}`));
browser.on("console", (message) => {
  const address = message.location().url;
  // What a step provokes on purpose, the browser reports too.
  if (["error", "warning"].includes(message.type()) && !provoked.some((path) => address.endsWith(path))) {
    complaints.push(`console: ${message.text()}`);
  }
});
await browser.addInitScript(() => {
  addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
});
let provoked = [];

const page = await browser.newPage();
const editor = page.getByRole("region", { name: "Operation Editor" });
// The editor has alerts of its own.
const notice = page.locator(".notice[role=alert]");
const answer = page.getByRole("region", { name: "Result Window" });

let step = 0;
async function test(title, body) {
  step += 1;
  await body();
  console.log(`ok ${step} ${title}`);
}

async function shoot(name) {
  if (options.shots) await page.screenshot({ path: join(options.shots, `${name}.png`) });
}

async function write(text) {
  await editor.locator(".view-lines").click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
  await page.keyboard.press("ControlOrMeta+Home");
  // GraphiQL reads the document a moment after the last key.
  await page.waitForTimeout(300);
}

const isOperation = (message) =>
  message.url() === `${origin}/graphql` &&
  message.request().method() === "POST" &&
  message.request().postDataJSON().operationName !== "IntrospectionQuery";

async function run() {
  const [response] = await Promise.all([
    page.waitForResponse(isOperation),
    page.getByRole("button", { name: /^Execute/ }).click(),
  ]);
  return { status: response.status(), headers: await response.request().allHeaders(), body: await response.json() };
}

async function writeHeaders(text) {
  await page.getByRole("region", { name: "Headers" }).locator(".view-lines").last().click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

async function prettify() {
  await page.getByRole("button", { name: /^Prettify/ }).click();
  await editor.locator(".view-line").nth(3).waitFor();
}

async function actAs(slug, role) {
  const introspected = page.waitForResponse((response) => response.url() === `${origin}/graphql`);
  await page.getByLabel("Organisation").selectOption(slug);
  await introspected;
  if ((await page.getByLabel("Role").inputValue()) !== role) {
    const again = page.waitForResponse((response) => response.url() === `${origin}/graphql`);
    await page.getByLabel("Role").selectOption(role);
    await again;
  }
}

// The editor shows no-break spaces.
const shown = async (locator) => (await locator.innerText()).replaceAll("\u00a0", " ");

async function violations(selector) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((selector) => window.axe.run(selector), selector);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

try {
  await test("shows a friendly page, and no editor, while nobody is chosen", async () => {
    const response = await page.goto(`${origin}/graphql`);
    assert.equal(response.status(), 200);
    assert.match(response.headers()["content-security-policy"], /^default-src 'none'; script-src 'self';/);
    await page.getByRole("heading", { name: "Who would you like to be?" }).waitFor();
    assert.deepEqual(await violations("body"), []);
    await shoot("1-nobody");
  });

  const demo = await (await browser.request.get(`${origin}/console/demo.json`)).json();
  let own;

  await test(`acts as ${first} · viewer and sees rows`, async () => {
    await page.getByRole("group", { name: `Act for ${first} as` }).getByRole("button", { name: "viewer" }).click();
    await editor.locator(".view-lines").waitFor();
    await settled();
    await write(query);
    await prettify();
    const { status, headers, body } = await run();
    assert.equal(status, 200);
    const token = demo.orgs.find(({ slug }) => slug === first).tokens.viewer;
    assert.equal(headers.authorization, `Bearer ${token}`);
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers.accept, "application/graphql-response+json, application/json");
    own = body.data.vendors;
    assert(own.nodes.length > 0 && own.nodes.length <= 3);
    await answer.getByText(own.nodes[0].name).first().waitFor();
    await page.getByText(`answered to ${first} · viewer`).waitFor();
    await shoot("2-first-organisation");
  });

  await test(`acts as ${second} and sees other rows, none of ${first}'s`, async () => {
    await actAs(second, "viewer");
    assert.equal((await shown(answer)).includes(own.nodes[0].id), false, "the first answer is still shown");
    const { body } = await run();
    const others = body.data.vendors;
    assert(others.nodes.length > 0);
    const ids = new Set(own.nodes.map(({ id }) => id));
    assert.deepEqual(others.nodes.filter(({ id }) => ids.has(id)), []);
    await answer.getByText(others.nodes[0].name).first().waitFor();
    await page.getByText(`answered to ${second} · viewer`).waitFor();
    await shoot("3-second-organisation");
  });

  await test("shows the schema's documentation", async () => {
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    const docs = page.getByRole("region", { name: "Documentation Explorer" });
    await docs.getByText("Query", { exact: true }).click();
    await docs.getByText("vendors", { exact: true }).first().click();
    await docs.getByText("first", { exact: true }).first().waitFor();
    await shoot("4-documentation");
    await page.getByRole("button", { name: "Hide Documentation Explorer" }).click();
  });

  await test("completes fields from the schema, and underlines one that isn't there", async () => {
    const before = "query { vendors { nodes { nonsense ";
    await write(`${before} } } }`);
    await page.locator(".squiggly-error").first().waitFor();
    for (const _ of before) await page.keyboard.press("ArrowRight");
    await page.keyboard.type("na", { delay: 60 });
    const offered = page.getByRole("listbox", { name: "Suggest" });
    await offered.getByText("name", { exact: true }).first().waitFor();
    await shoot("5-completion");
    await page.keyboard.press("Escape");
  });

  await test("formats with the editor's own key, in its worker", async () => {
    await write("query { vendors { totalCount } }");
    await page.keyboard.press("Control+Shift+I");
    await editor.locator(".view-line").nth(3).waitFor();
  });

  await test("offers examples, attacks marked as such", async () => {
    await actAs(first, "viewer");
    await page.getByRole("button", { name: "Examples" }).click();
    const attacks = demo.examples.filter(({ kind }) => kind === "attack");
    await page.getByRole("menuitem").first().waitFor();
    assert.equal(await page.getByRole("menuitem", { name: /^Attack/ }).count(), attacks.length);
    await shoot("6-examples");
    await page.keyboard.press("Escape");
  });

  for (const example of demo.examples.filter(({ kind }) => kind === "attack")) {
    await test(`attack: ${example.title}`, async () => {
      await page.getByRole("button", { name: "Examples" }).click();
      await page.getByRole("menuitem", { name: `Attack ${example.title}`, exact: true }).click();
      await page.waitForTimeout(300);
      const { body } = await run();
      assert(refused(body), `not refused: ${JSON.stringify(body)}`);
      await answer.getByText(body.errors ? "code" : "null").first().waitFor();
    });
  }
  await shoot("7-attack");

  await test("keeps history and queries, and neither tokens nor headers", async () => {
    await page.getByRole("button", { name: "Headers", exact: true }).click();
    await writeHeaders('{ "x-canary": "e2e-secret-header" }');
    await write(query.replace("Vendors", "Remembered"));
    assert.equal((await run()).headers["x-canary"], "e2e-secret-header");
    await page.getByRole("button", { name: "Show History" }).click();
    await page.getByRole("region", { name: "History" }).getByText("Remembered").waitFor();
    await page.waitForTimeout(700);
    const kept = await page.evaluate(() => JSON.stringify(localStorage));
    assert.match(kept, /Remembered/);
    assert.doesNotMatch(kept, /e2e-secret-header/);
    for (const { tokens } of demo.orgs) {
      for (const token of Object.values(tokens)) assert.equal(kept.includes(`"${token}`), false);
    }
    await shoot("8-history");
    await page.getByRole("button", { name: "Hide History" }).click();
  });

  await test("doesn't send a tab's own Authorization", async () => {
    let sent = 0;
    const count = (request) => (sent += request.url() === `${origin}/graphql` ? 1 : 0);
    page.on("request", count);
    await writeHeaders('{ "Authorization": "Bearer other" }');
    await page.getByRole("button", { name: /^Execute/ }).click();
    await answer.getByText("Not sent").waitFor();
    assert.equal(sent, 0);
    page.off("request", count);
    await writeHeaders("");
    await page.getByRole("button", { name: "Variables", exact: true }).click();
  });

  await test("says it clearly when the token is refused", async () => {
    provoked = ["/graphql"];
    await page.route("**/graphql", (route) =>
      route.fulfill({ status: 401, json: { errors: [{ message: "no", extensions: { code: "UNAUTHENTICATED" } }] } }),
    );
    await page.getByRole("button", { name: /^Execute/ }).click();
    await notice.getByText(`refused the token of ${first} · viewer (401)`).waitFor();
    assert.deepEqual(await violations("#root > :not(main)"), []);
    await shoot("9-refused");
    await page.unroute("**/graphql");
    const schema = page.waitForResponse((response) => response.url().endsWith("/graphql") && response.ok());
    await page.getByRole("button", { name: "Fetch new tokens" }).click();
    await (await schema).finished(); // later it would clear the next notice
    await notice.waitFor({ state: "detached" });
  });

  await test("says it clearly when the service is away, and comes back", async () => {
    await page.route("**/graphql", (route) => route.abort("connectionrefused"));
    await page.getByRole("button", { name: /^Execute/ }).click();
    await notice.getByText("isn’t answering").waitFor();
    await shoot("10-away");
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Try again" }).click();
    await notice.waitFor({ state: "detached" });
    provoked = [];
  });

  await test("keeps the identity over a reload, and drops it on Leave", async () => {
    await page.reload();
    await editor.locator(".view-lines").waitFor();
    assert.equal(await page.getByLabel("Organisation").inputValue(), first);
    await settled();
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("heading", { name: "Who would you like to be?" }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });

  await test("follows a dark system, and a narrow window", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    assert.deepEqual(await violations("body"), []);
    await shoot("11-dark-nobody");
    await actAs(second, "admin");
    await editor.locator(".view-lines").waitFor();
    await settled();
    await write(query);
    await prettify();
    await run();
    await page.waitForTimeout(500);
    assert.deepEqual(await violations("#root > :not(main)"), []);
    await shoot("12-dark");
    await page.setViewportSize({ width: 760, height: 900 });
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "scrolls sideways");
    await shoot("13-narrow");
  });

  await test("shows a pasted token's field where the service has no demo", async () => {
    provoked = ["/console/demo.json"];
    await page.route("**/console/demo.json", (route) => route.fulfill({ status: 404 }));
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await page.getByRole("heading", { name: "A token opens the console" }).waitFor();
    assert.deepEqual(await violations("body"), []);
    await shoot("14-token");
    const token = demo.orgs.find(({ slug }) => slug === second).tokens.viewer;
    await page.getByLabel("Bearer token").fill(`Bearer ${token}`);
    await page.keyboard.press("Enter");
    await editor.locator(".view-lines").waitFor();
    await settled();
    assert.equal((await run()).headers.authorization, `Bearer ${token}`);
    assert.deepEqual(await violations("#root > :not(main)"), []);
    await shoot("15-token-in-use");
    await page.getByRole("button", { name: "Forget token" }).click();
    await page.getByRole("heading", { name: "A token opens the console" }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });

  await test("loads everything from its own origin, without one violation of the policy", () => {
    const strangers = requested.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith("data:"));
    assert.deepEqual(strangers, []);
    assert.deepEqual(complaints, []);
    assert(requested.some((url) => url.includes("graphql.worker")), "the language worker never ran");
  });
} catch (error) {
  await shoot("failed");
  console.error(complaints.join("\n"));
  throw error;
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}

/** A coded error, or nothing found: no attack gets a row. */
function refused({ data, errors }) {
  if (errors?.length) return errors.every(({ extensions }) => typeof extensions?.code === "string");
  return Object.values(data ?? {}).every(
    (value) => value === null || (Array.isArray(value.nodes) ? value.nodes.length === 0 : Array.isArray(value) && value.every((one) => one === null)),
  );
}
