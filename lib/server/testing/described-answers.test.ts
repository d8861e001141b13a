import { expect, test, vi } from "vitest";
import { answerCheck } from "./described-answers";

vi.mock("server-only", () => ({}));

const check = answerCheck();
const MIGRATIONS =
  "/SUBSCRIPTIONS/s/resourceGroups/g/providers/microsoft.dbforpostgresql/flexibleServers/t/migrations";

function json(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

test("an answer as described is none to complain of", async () => {
  expect(await check.problemOf("GET", "/api/health", json({ status: "ok" }))).toBeNull();
  expect(await check.problemOf("GET", MIGRATIONS, json({ value: [] }))).toBeNull();
  expect(await check.problemOf("DELETE", `${MIGRATIONS}/m`, new Response(null, { status: 204 }))).toBeNull();
  const refused = { error: { code: "X", message: "x", details: [{ code: "Y", message: "y" }] } };
  expect(await check.problemOf("PUT", "/nowhere", json(refused, 404))).toBeNull();
});

test.each([
  ["a field too many", "GET", "/api/health", json({ status: "ok", secret: 1 }), "additional properties"],
  ["another word", "GET", "/api/health", json({ status: "fine" }), "allowed values"],
  ["a missing field", "GET", MIGRATIONS, json({}), "required property 'value'"],
  ["a broken link", "GET", MIGRATIONS, json({ value: [], nextLink: "next" }), "format"],
  ["an unknown status", "GET", "/api/health", json({ status: "ok" }, 201), "status 201"],
  ["an unknown operation", "PATCH", "/api/health", json({ status: "ok" }), "status 200"],
  ["no error in an error", "GET", MIGRATIONS, json({ message: "no" }, 400), "required property 'error'"],
  ["a page for an error", "GET", MIGRATIONS, new Response("<p>", { status: 500 }), "an error as"],
  ["a body with 204", "DELETE", "/api/session", new Response(null, { status: 200 }), "status 200"],
])("%s", async (_, method, path, response, problem) => {
  expect(await check.problemOf(method, path, response)).toContain(problem);
});
