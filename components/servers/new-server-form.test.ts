import { expect, it } from "vitest";
import { SERVER } from "@/components/wizard/filled-form.fixture";
import { serverPutBody } from "@/lib/migrations/server-contract";
import { EMPTY_SERVER, serverIssues, serverRequest } from "./new-server-form";

const FORM = { ...EMPTY_SERVER, name: "pg-new", host: "new.internal", login: "admin" };

it("wants name, host and login, but no password", () => {
  expect(Object.keys(serverIssues(EMPTY_SERVER, [])).sort()).toEqual(["host", "login", "name"]);
  expect(serverIssues(FORM, [])).toEqual({});
});

it("refuses a name that is taken, whatever its case", () => {
  expect(serverIssues({ ...FORM, name: "PG-TARGET" }, [SERVER])).toEqual({
    name: "There is already a server pg-target.",
  });
});

it("makes a body the route accepts, with a password only when one was given", () => {
  const body = serverPutBody.parse(serverRequest(FORM).body);
  expect(body.properties).not.toHaveProperty("administratorLoginPassword");
  const given = serverPutBody.parse(serverRequest({ ...FORM, password: "s3cret" }).body);
  expect(given.properties.administratorLoginPassword).toBe("s3cret");
});
