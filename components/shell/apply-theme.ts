import { THEME_COOKIE, type Theme } from "./theme";

const YEAR_MS = 31_536_000_000;

/** The theme now on screen, whether chosen or taken from the system. */
export function paintedTheme(): "light" | "dark" {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * Paints `theme` at once and keeps it in a cookie, so that the server sends the next page in it. Served without TLS to
 * another machine, browsers offer no cookie store; there the choice lasts as long as the page.
 */
export function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  if (!("cookieStore" in window)) return;
  void window.cookieStore
    .set({ name: THEME_COOKIE, value: theme, path: "/", sameSite: "lax", expires: Date.now() + YEAR_MS })
    .catch(() => undefined);
}
