import { expect, it } from "vitest";
import { tokenIn } from "./sign-in-token";

const TOKEN = "q3Vt_8dPZ1-aaYw0Kk2L9s7Xe5Rr";

it.each([
  ["a link", `http://127.0.0.1:4321/sign-in#token=${TOKEN}`],
  ["a fragment", `#token=${TOKEN}`],
  ["a fragment with more in it", `#from=start&token=${TOKEN}&x=1`],
  ["the token alone, with the line's end", `  ${TOKEN}\n`],
])("finds it in %s", (_what, text) => {
  expect(tokenIn(text)).toBe(TOKEN);
});

it.each(["", "#", "#token=", "http://127.0.0.1:4321/sign-in", "two words", "short"])(
  "finds none in %j",
  (text) => {
    expect(tokenIn(text)).toBeNull();
  },
);
