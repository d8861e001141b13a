import { afterEach, expect, test, vi } from "vitest";
import { originOf, webEnvironment } from "./web-environment";

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["127.0.0.1", "http://127.0.0.1:7432"],
  ["0.0.0.0", "http://127.0.0.1:7432"],
  ["::", "http://[::1]:7432"],
  ["howdah.example.com", "http://howdah.example.com:7432"],
])("listening at %s it is reached at %s", (host, origin) => {
  expect(originOf(host, 7432)).toBe(origin);
});

test("the address it listens at joins the hosts the user allows", () => {
  vi.stubEnv("HOWDAH_ALLOWED_HOSTS", "howdah.example.com");
  expect(webEnvironment("postgresql://x", "10.1.2.3")["HOWDAH_ALLOWED_HOSTS"]).toBe(
    "howdah.example.com,10.1.2.3",
  );
});

test("listening everywhere allows addresses of this machine only, no names", () => {
  vi.stubEnv("HOWDAH_ALLOWED_HOSTS", "");
  const hosts = webEnvironment("postgresql://x", "0.0.0.0")["HOWDAH_ALLOWED_HOSTS"]?.split(",") ?? [];
  expect(hosts).toContain("127.0.0.1");
  expect(hosts.every((host) => /^[\d.]+$|^\[[0-9a-f:.%a-z]+\]$/.test(host))).toBe(true);
});
