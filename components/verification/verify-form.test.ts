import { expect, test } from "vitest";
import { readVerifyForm, type VerifyForm } from "./verify-form";

const FORM: VerifyForm = {
  databases: ["shop", "crm"],
  tables: "",
  megabytesPerSecond: "",
  connections: "",
  sourceUser: "reader",
  sourcePassword: "one",
  targetUser: "reader",
  targetPassword: "two",
};

test("a form that asks for everything sends the logins only", () => {
  expect(readVerifyForm(FORM, ["shop", "crm"]).body).toEqual({
    secretParameters: {
      adminCredentials: { sourceServerPassword: "one", targetServerPassword: "two" },
      sourceServerUsername: "reader",
      targetServerUsername: "reader",
    },
  });
});

test("what is chosen is sent", () => {
  const form = {
    ...FORM,
    databases: ["crm"],
    tables: " public.* \n\nlog",
    megabytesPerSecond: "2.5",
    connections: "3",
  };
  expect(readVerifyForm(form, ["shop", "crm"]).body).toMatchObject({
    databases: ["crm"],
    onlyTables: ["public.*", "log"],
    throttle: { megabytesPerSecond: 2.5, connections: 3 },
  });
});

test("what cannot be sent is said at its field", () => {
  const form = {
    ...FORM,
    databases: [],
    tables: "a.b.c",
    connections: "0",
    megabytesPerSecond: "x",
    sourcePassword: "",
  };
  const { errors } = readVerifyForm(form, ["shop", "crm"]);
  expect(Object.keys(errors ?? {}).sort()).toEqual([
    "connections",
    "databases",
    "megabytesPerSecond",
    "sourcePassword",
    "tables",
  ]);
  expect(errors?.tables).toContain("more than one dot");
});
