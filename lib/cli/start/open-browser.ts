import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How long a browser may take to read the page before it is removed. */
const PAGE_LIFE_MS = 30_000;

/** True when someone sits in front of a desktop here; browsers refuse to run as root. */
export function canOpenBrowser(): boolean {
  if (!process.stdout.isTTY || process.getuid?.() === 0) return false;
  if (process.platform === "darwin") return true;
  return Boolean(process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"]);
}

/**
 * Opens `link` in the default browser. The link signs in whoever has it, and argv can be read by all: the browser is given
 * a page in the data directory that leads there. Failing to open is no failure of the command.
 */
export function openBrowser(link: string, folder: string): void {
  const page = join(folder, "sign-in.html");
  const target = JSON.stringify(link).replaceAll("<", "\\u003c");
  writeFileSync(page, `<!doctype html><title>Howdah</title><script>location.replace(${target})</script>\n`, {
    mode: 0o600,
  });
  const command = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(command, [page], { stdio: "ignore", detached: true });
  child.once("error", () => undefined);
  child.unref();
  setTimeout(() => rmSync(page, { force: true }), PAGE_LIFE_MS).unref();
}
