import { execFile, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Migration } from "@azure/arm-postgresql-flexible";
import { findFreePort } from "@/lib/embedded/free-port";
import { createTestCertificates } from "@/lib/embedded/test-certificates";
import { formatSourceAddress } from "@/lib/migrations/contract";
import { API_VERSION, localServerResourceId } from "@/lib/migrations/resource-paths";
import { azureTlsClient } from "@/lib/server/testing/azure-client";
import { type HowdahProcess, startHowdah } from "@/scripts/demo/howdah-process";
import { expectAccessible } from "./accessibility";
import type { Environment } from "./environment";
import { dropFromTarget, expect, SIGNED_OUT, test } from "./harness";

const ROOT = join(import.meta.dirname, "..");
const GROUP = "local";
const SERVER = "pg-https-target";
const DATABASE = "librarydb";
const TYPE = "Microsoft.DBforPostgreSQL/flexibleServers/migrations";

let howdah: HowdahProcess;
let token: string;

test.describe.configure({ mode: "serial" });
test.use({ storageState: SIGNED_OUT, ignoreHTTPSErrors: true });
test.beforeAll(async () => {
  howdah = await startHowdah({ root: ROOT, env: { HOWDAH_TLS_SELF_SIGNED: "1" } });
  token = await howdah.createToken("operator");
});
test.afterAll(() => howdah?.[Symbol.asyncDispose]());

const ca = () => readFileSync(join(howdah.dataDirectory, "tls.crt"), "utf8");

interface Answer {
  status: number;
  text: string;
}

/** A request that checks the certificate, by its chain and its name. */
function send(origin: string, method: string, path: string, body?: string, trusted = ca()): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const outgoing = request(origin + path, { method, headers, ca: trusted, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => {
        text += more;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

function migrationOf({ source, target }: Environment, more: Partial<Migration> = {}): Migration {
  return {
    location: "local",
    migrationMode: "Offline",
    migrationOption: "ValidateAndMigrate",
    sourceType: "OnPremises",
    sslMode: "Require",
    sourceDbServerResourceId: formatSourceAddress(source),
    secretParameters: {
      adminCredentials: { sourceServerPassword: source.password, targetServerPassword: target.password },
    },
    dbsToMigrate: [DATABASE],
    ...more,
  };
}

test("Azure's own client walks the life of a migration against the running server", async ({
  environment,
}) => {
  const { target } = environment;
  await dropFromTarget(target, [DATABASE]);
  const registration = {
    properties: {
      fullyQualifiedDomainName: target.host,
      administratorLogin: target.user,
      administratorLoginPassword: target.password,
      howdah: { port: target.port, sslMode: "Require" },
    },
  };
  const path = `${localServerResourceId(SERVER)}?api-version=${API_VERSION}`;
  const registered = await send(howdah.origin, "PUT", path, JSON.stringify(registration));
  expect(registered.status, registered.text).toBe(201);

  const client = azureTlsClient(howdah.origin, token, ca());
  const { migrations } = client;
  const check = (name: string) => migrations.checkNameAvailability(GROUP, SERVER, { name, type: TYPE });
  expect((await check("life")).nameAvailable).toBe(true);
  const created = await migrations.create(GROUP, SERVER, "life", migrationOf(environment));
  expect(created.currentStatus?.state).toBe("InProgress");
  expect(await check("LIFE")).toMatchObject({ nameAvailable: false, reason: "AlreadyExists" });

  const until = async (name: string, substate: string): Promise<Migration> => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const found = await migrations.get(GROUP, SERVER, name);
      const now = found.currentStatus?.currentSubStateDetails?.currentSubState;
      if (now === substate || now === "Completed") return found;
      await sleep(400);
    }
    throw new Error(`${name} did not reach ${substate}`);
  };
  const done = await until("life", "Completed");
  expect(done.currentStatus, done.currentStatus?.error).toMatchObject({
    state: "Succeeded",
    currentSubStateDetails: { dbDetails: { [DATABASE]: { migrationState: "Succeeded" } } },
  });

  // The database is there now: the next one waits, and is canceled by an update.
  await migrations.create(GROUP, SERVER, "second", migrationOf(environment, { migrationOption: "Migrate" }));
  await until("second", "WaitingForTargetDBOverwriteConfirmation");
  const canceled = await migrations.update(GROUP, SERVER, "second", { cancel: "True" });
  expect(canceled.cancel).toBe("True");
  expect((await until("second", "Completed")).currentStatus?.state).toBe("Canceled");

  const pages: string[] = [];
  client.pipeline.addPolicy({
    name: "one at a time",
    sendRequest(outgoing, next) {
      if (outgoing.url.includes("/migrations?") && !outgoing.url.includes("skipToken"))
        outgoing.url += "&$top=1";
      pages.push(outgoing.url);
      return next(outgoing);
    },
  });
  const names: (string | undefined)[] = [];
  const listed = migrations.listByTargetServer(GROUP, SERVER, { migrationListFilter: "All" });
  for await (const { name } of listed) names.push(name);
  expect(names).toEqual(["second", "life"]);
  expect(pages).toHaveLength(2);

  // Nothing is left to cancel, which is no error; the record stays.
  await migrations.cancel(GROUP, SERVER, "life");
  expect((await migrations.get(GROUP, SERVER, "life")).currentStatus?.state).toBe("Succeeded");
});

test("errors of the running server: five megabytes, broken JSON, a foreign host, plain HTTP", async () => {
  const path = `${localServerResourceId(SERVER)}/migrations/bad?api-version=${API_VERSION}`;
  const long = await send(howdah.origin, "PUT", path, JSON.stringify({ text: "x".repeat(5_000_000) }));
  expect([long.status, JSON.parse(long.text).error.code]).toEqual([413, "RequestContentTooLarge"]);
  const broken = await send(howdah.origin, "PUT", path, '{"a":\n}');
  expect(JSON.parse(broken.text).error.message).toContain("line 2, position 1");
  const plain = await fetch(`${howdah.origin.replace("https:", "http:")}/api/health`).catch(() => null);
  expect(plain).toBeNull();
});

test("its certificate is its own, and its key is closed to others", async () => {
  for (const file of ["tls.crt", "tls.key"]) {
    expect(statSync(join(howdah.dataDirectory, file)).mode & 0o777).toBe(0o600);
  }
  const health = await send(howdah.origin.replace("127.0.0.1", "localhost"), "GET", "/api/health");
  expect(health).toEqual({ status: 200, text: '{"status":"ok"}' });
});

interface Ran {
  code: number;
  out: string;
  said: string;
}

/** The built command line as somebody elsewhere has it: it knows no Howdah but those of `folder`, and has the token. */
function cli(folder: string, args: readonly string[], variables: Record<string, string> = {}): Promise<Ran> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOWDAH_DATA_DIR: folder,
    HOWDAH_TOKEN: token,
    ...variables,
  };
  for (const name of ["HOWDAH_URL", "HOWDAH_PROFILE"]) delete env[name];
  env["HOWDAH_PROFILES"] = join(folder, "profiles.json");
  env["HOWDAH_ARGUMENTS"] = JSON.stringify(args);
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, "dist", "howdah.mjs")], { env }, (error, out, said) => {
      const code = typeof error?.code === "number" ? error.code : error ? 1 : 0;
      resolve({ code, out: out.trim(), said: said.trim() });
    });
  });
}

test("the command line trusts a self-signed certificate that is named, and no other", async () => {
  const folder = mkdtempSync(join(tmpdir(), "howdah-cli-"));
  try {
    const at = ["--url", howdah.origin];
    const stranger = await cli(folder, ["server", "list", ...at]);
    expect(stranger).toMatchObject({ code: 4, out: "" });
    expect(stranger.said).toContain("[CERTIFICATE_NOT_TRUSTED]");
    expect(stranger.said).toContain(
      "Name its authority with --ca-file, or the certificate itself with --fingerprint.",
    );
    const { ca: foreign } = await createTestCertificates("127.0.0.1");
    writeFileSync(join(folder, "foreign.pem"), foreign);
    const wrong = await cli(folder, ["profile", "add", "x", ...at, "--ca-file", join(folder, "foreign.pem")]);
    expect(wrong.code, wrong.said).toBe(4);

    const own = join(howdah.dataDirectory, "tls.crt");
    const added = await cli(folder, ["profile", "add", "own", ...at, "--ca-file", own, "--use"]);
    expect(added.code, added.said).toBe(0);
    const { fingerprint256 } = new X509Certificate(ca());
    const pinned = await cli(folder, ["profile", "add", "pinned", ...at, "--fingerprint", fingerprint256]);
    expect(pinned.code, pinned.said).toBe(0);
    for (const more of [[], ["--profile", "pinned"]]) {
      const listed = await cli(folder, ["server", "list", ...more, "-o", "json"], { HOWDAH_TOKEN: "" });
      expect(listed.code, listed.said).toBe(0);
    }
    // On the machine it runs on nothing has to be named.
    const local = {
      HOWDAH_TOKEN: "",
      HOWDAH_DATA_DIR: howdah.dataDirectory,
      HOWDAH_PROFILES: join(folder, "no"),
    };
    const beside = await cli(folder, ["migration", "list", "-o", "json"], local);
    expect(beside.code, beside.said).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a browser signs in by a secure cookie and reads about the API", async ({ page, context }) => {
  test.slow();
  await page.goto(howdah.signInLink);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Migrations");
  const cookies = await context.cookies();
  expect(cookies.map(({ name, secure, httpOnly }) => [name, secure, httpOnly])).toContainEqual([
    "howdah_session",
    true,
    true,
  ]);
  await page.goto(`${howdah.origin}/api-docs`);
  const operation = page.getByText("Creates a migration; the same request again");
  await operation.click();
  await page.getByRole("link", { name: "PutMigrationRequest" }).first().click();
  await expect(page.locator("#schema-PutMigrationRequest")).toBeInViewport();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, "details:not([open]) > :not(summary)");
  // What a client says of a proxy is not believed when nothing stands in front.
  const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "203.0.113.9" };
  const life = `${howdah.origin}${localServerResourceId(SERVER)}/migrations/life?api-version=${API_VERSION}`;
  expect((await page.request.patch(life, { headers, data: { tags: { a: "b" } } })).status()).toBe(200);
  const audit = await (await page.request.get(`${howdah.origin}/api/audit-events`)).json();
  expect(audit.events[0]).toMatchObject({ action: `${TYPE}/write`, address: "127.0.0.1" });
  const described = await page.request.get(`${howdah.origin}/api/openapi.json`);
  expect((await described.json()).openapi).toBe("3.1.0");
});

test("howdah web serves a certificate of one's own, also a renewed one", async ({ environment }) => {
  test.slow();
  const folder = mkdtempSync(join(tmpdir(), "howdah-cert-"));
  const pair = await createTestCertificates("127.0.0.1");
  const [certificate, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  writeFileSync(certificate, pair.certificate);
  writeFileSync(key, pair.key);
  const store = JSON.parse(readFileSync(join(environment.dataDirectory, "store.json"), "utf8"));
  const port = await findFreePort();
  const args = [join(ROOT, "dist", "howdah.mjs"), "web", "--port", String(port)];
  const child = spawn(process.execPath, [...args, "--tls-cert", certificate, "--tls-key", key], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      HOWDAH_DATA_DIR: environment.dataDirectory,
      DATABASE_URL: `postgresql://howdah:${store.password}@127.0.0.1:${store.port}/howdah`,
    },
  });
  try {
    await once(child.stdout, "data");
    token = environment.token;
    const origin = `https://127.0.0.1:${port}`;
    const answer = await send(origin, "GET", "/api/migrations", undefined, pair.ca);
    expect(answer.status, answer.text).toBe(200);
    await expect(send(origin, "GET", "/api/health", undefined, ca())).rejects.toThrow(/certificate/);

    const authority = join(folder, "ca.pem");
    writeFileSync(authority, pair.ca);
    const added = await cli(folder, [
      "profile",
      "add",
      "web",
      "--url",
      origin,
      "--ca-file",
      authority,
      "--use",
    ]);
    expect(added.code, added.said).toBe(0);
    const list = () => cli(folder, ["migration", "list", "-o", "json"], { HOWDAH_TOKEN: "" });
    expect((await list()).code).toBe(0);

    // Another authority's certificate is shown within seconds, without a restart.
    const renewed = await createTestCertificates("127.0.0.1");
    writeFileSync(certificate, renewed.certificate);
    writeFileSync(key, renewed.key);
    await expect.poll(async () => (await list()).code, { timeout: 20_000 }).toBe(4);
    expect((await list()).said).toContain("CERTIFICATE_NOT_TRUSTED");
    writeFileSync(authority, renewed.ca);
    expect((await list()).code).toBe(0);
    writeFileSync(key, pair.key);
    await sleep(5_000);
    expect((await list()).code).toBe(0);
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
});
