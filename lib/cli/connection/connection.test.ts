import { X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { execute } from "@/lib/cli/execute";
import { createTestCertificates, type TestCertificates } from "@/lib/embedded/test-certificates";

const TOKEN = "hat_profile_token_1";
let folder: string;
let server: Server;
let url: string;
let tls: TestCertificates;
let fingerprint: string;
/** Tokens that reached the server. */
const received: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "howdah-profiles-"));
  tls = await createTestCertificates("127.0.0.1");
  fingerprint = new X509Certificate(tls.certificate).fingerprint256;
  server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    received.push(request.headers.authorization ?? "");
    const known = request.headers.authorization === `Bearer ${TOKEN}`;
    response.writeHead(known ? 200 : 401, { "content-type": "application/json" });
    response.end(
      JSON.stringify(known ? { value: [] } : { error: { code: "NoToken", message: "Unknown token." } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(folder, "ca.pem"), tls.ca);
  writeFileSync(join(folder, "token"), `${TOKEN}\n`);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  received.length = 0;
  rmSync(profiles(), { force: true });
  vi.stubEnv("HOWDAH_DATA_DIR", folder);
  vi.stubEnv("HOWDAH_PROFILES", profiles());
  vi.stubEnv("HOWDAH_OUTPUT", "table");
});
afterEach(() => vi.unstubAllEnvs());

const profiles = () => join(folder, "configuration", "profiles.json");

async function howdah(...args: string[]): Promise<{ code: number; out: string; said: string }> {
  const lines = { out: [] as string[], said: [] as string[] };
  const code = await execute(args, {
    out: (line) => void lines.out.push(line),
    say: (line) => void lines.said.push(line),
  });
  return { code, out: lines.out.join("\n"), said: lines.said.join("\n") };
}

const listServers = (...more: string[]) =>
  howdah("server", "list", "--url", url, "--token-file", join(folder, "token"), ...more);

describe("a server over https", () => {
  test("is trusted by its authority or by its fingerprint, in any spelling", async () => {
    const none = "There are no target servers; `howdah server add` registers one.";
    expect(await listServers("--ca-file", join(folder, "ca.pem"))).toMatchObject({ code: 0, out: none });
    for (const text of [
      fingerprint,
      fingerprint.replaceAll(":", "").toLowerCase(),
      `SHA256:${fingerprint}`,
    ]) {
      expect(await listServers("--fingerprint", text)).toMatchObject({ code: 0, out: none });
    }
  });

  test("gets no token unless it is trusted", async () => {
    expect(await listServers()).toMatchObject({
      code: 4,
      said: expect.stringContaining("CERTIFICATE_NOT_TRUSTED"),
    });
    const other = await listServers("--fingerprint", "ab".repeat(32));
    expect(other).toMatchObject({ code: 2, said: expect.stringContaining(fingerprint) });
    expect(received).toEqual([]);
    expect(await listServers("--fingerprint", "abc")).toMatchObject({ code: 2 });
    expect(await listServers("--ca-file", join(folder, "gone.pem"))).toMatchObject({ code: 2 });
    expect(await listServers("--ca-file", join(folder, "token"))).toMatchObject({ code: 2 });
    const plain = url.replace("https", "http");
    expect(
      await howdah(
        "server",
        "list",
        "--url",
        plain,
        "--token-file",
        join(folder, "token"),
        "--fingerprint",
        fingerprint,
      ),
    ).toMatchObject({ code: 2 });
  });
});

describe("profiles", () => {
  const add = (name: string, ...more: string[]) =>
    howdah("profile", "add", name, "--url", url, "--token-file", join(folder, "token"), ...more);

  test("keep the token to themselves, in a file for the user alone", async () => {
    expect(await add("office", "--fingerprint", fingerprint, "--use")).toMatchObject({ code: 0 });
    expect(statSync(profiles()).mode & 0o777).toBe(0o600);
    expect(readFileSync(profiles(), "utf8")).toContain(TOKEN);
    const list = await howdah("profile", "list");
    expect(list.out).toMatch(/^NAME +CURRENT +ADDRESS +TRUSTS\noffice +yes +https:/);
    for (const format of ["json", "yaml", "tsv"]) {
      expect((await howdah("profile", "list", "-o", format)).out).not.toContain(TOKEN);
    }
    expect(await howdah("server", "list")).toMatchObject({ code: 0 });
    expect(received.at(-1)).toBe(`Bearer ${TOKEN}`);
  });

  test("are chosen by name, by variable, or as the current one", async () => {
    await add("one", "--ca-file", join(folder, "ca.pem"));
    expect(await howdah("server", "list")).toMatchObject({
      code: 2,
      said: expect.stringContaining("--profile"),
    });
    expect(await howdah("server", "list", "--profile", "one")).toMatchObject({ code: 0 });
    vi.stubEnv("HOWDAH_PROFILE", "one");
    expect(await howdah("server", "list")).toMatchObject({ code: 0 });
    vi.stubEnv("HOWDAH_PROFILE", "two");
    expect(await howdah("server", "list")).toMatchObject({
      code: 2,
      said: expect.stringContaining("there are: one"),
    });
    vi.stubEnv("HOWDAH_PROFILE", undefined);
    await howdah("profile", "use", "one");
    expect(await howdah("server", "list")).toMatchObject({ code: 0 });
    await howdah("profile", "remove", "one");
    expect(await howdah("server", "list")).toMatchObject({ code: 2 });
    expect(readFileSync(profiles(), "utf8")).not.toContain(TOKEN);
  });

  test("are not stored when the server does not know the token, nor read when others may", async () => {
    vi.stubEnv("HOWDAH_TOKEN", "hat_wrong");
    const wrong = await howdah("profile", "add", "bad", "--url", url, "--fingerprint", fingerprint);
    expect(wrong).toMatchObject({ code: 4, said: expect.stringContaining("Nothing was stored") });
    expect(wrong.said).not.toContain("hat_wrong");
    expect(existsSync(profiles())).toBe(false);
    await add("office", "--fingerprint", fingerprint, "--use");
    chmodSync(profiles(), 0o644);
    expect(await howdah("server", "list")).toMatchObject({
      code: 2,
      said: expect.stringContaining("chmod 600"),
    });
    chmodSync(profiles(), 0o600);
    writeFileSync(profiles(), `{"profiles": {"x": {"token": "${TOKEN}"}}}`);
    const damaged = await howdah("server", "list");
    expect(damaged).toMatchObject({ code: 2, said: expect.stringContaining("does not hold profiles") });
    expect(damaged.said).not.toContain(TOKEN);
    expect(await add("bad name")).toMatchObject({ code: 2 });
  });
});
