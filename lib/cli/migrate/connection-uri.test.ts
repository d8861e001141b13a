import { expect, test } from "vitest";
import { parseConnectionUri, settingsOf } from "./connection-uri";

const parse = (uri: string) => parseConnectionUri(uri, "--source");

test("reads every part of a URI", () => {
  expect(parse("postgresql://ada:s3cret@db.example.com:6543/shop?sslmode=verify-full")).toEqual({
    host: "db.example.com",
    port: 6543,
    user: "ada",
    password: "s3cret",
    database: "shop",
    sslMode: "VerifyFull",
    caCertificate: null,
  });
});

test("what is left out gets libpq's defaults", () => {
  expect(parse("postgres://ada@")).toMatchObject({
    host: "localhost",
    port: 5432,
    password: null,
    database: null,
    sslMode: "Prefer",
  });
});

test("percent-encoded special characters arrive as they are", () => {
  const special = "p@ss:w/ord?#%&= é";
  const uri = `postgresql://${encodeURIComponent("a@b")}:${encodeURIComponent(special)}@[::1]:5433/${encodeURIComponent("my db/1")}`;
  expect(parse(uri)).toMatchObject({
    host: "::1",
    port: 5433,
    user: "a@b",
    password: special,
    database: "my db/1",
  });
});

test("parameters of the query take precedence, as with libpq", () => {
  expect(parse("postgresql:///?host=h&port=1&user=u&password=p&dbname=d")).toMatchObject({
    host: "h",
    port: 1,
    user: "u",
    password: "p",
    database: "d",
  });
});

test.each([
  ["another scheme", "mysql://ada:s3cret@db/shop"],
  ["no URI", "host=db user=ada password=s3cret"],
  ["a port that is no port", "postgresql://ada:s3cret@db:0/shop"],
  ["several hosts", "postgresql://ada:s3cret@/shop?host=a,b"],
  ["an unknown parameter", "postgresql://ada:s3cret@db/shop?sslcert=x"],
  ["an unknown sslmode", "postgresql://ada:s3cret@db/shop?sslmode=maybe"],
  ["malformed encoding", "postgresql://ada:s3cret%zz@db/shop"],
  ["a missing certificate", "postgresql://ada:s3cret@db/shop?sslrootcert=/does/not/exist"],
])("refuses %s without repeating the password", (_, uri) => {
  const refuse = () => parse(uri);
  expect(refuse).toThrow(expect.objectContaining({ name: "UsageError" }));
  expect(refuse).not.toThrow(/s3cret/);
});

test("settings for a connection name a maintenance database where the URI names none", () => {
  expect(settingsOf(parse("postgresql://ada@db"), "x")).toEqual({
    host: "db",
    port: 5432,
    user: "ada",
    password: "x",
    database: "postgres",
    sslMode: "Prefer",
  });
});
