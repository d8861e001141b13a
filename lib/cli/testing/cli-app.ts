import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { execute } from "@/lib/cli/execute";
import { ArmApp } from "@/lib/server/testing/arm-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { programArguments } from "@/lib/util/testing/test-programs";

export const REPOSITORY = join(import.meta.dirname, "..", "..", "..");
export const SOURCE_SECRET = "az-Source-pw-1";
export const TARGET_SECRET = "az-Target-pw-2";

export interface Ran {
  code: number;
  out: string;
  said: string;
}

/** A served app with the server crm-target, a folder to work in, and the command line against it. */
export class CliApp {
  readonly served = ArmApp.forFile();
  folder = "";
  token = "";

  /** Puts the hooks of the file in place; each test begins without migrations. */
  static forFile(): CliApp {
    const cli = new CliApp();
    beforeAll(async () => {
      cli.folder = mkdtempSync(join(tmpdir(), "howdah-az-"));
      cli.token = await createApiToken({ name: "az-script", role: "operator" });
    });
    afterAll(() => rmSync(cli.folder, { recursive: true, force: true }));
    beforeEach(async () => {
      await store().migration.deleteMany({});
      for (const [name, value] of Object.entries(cli.variables())) vi.stubEnv(name, value);
    });
    afterEach(() => vi.unstubAllEnvs());
    return cli;
  }

  variables = () => ({
    HOWDAH_URL: this.served.baseUrl,
    HOWDAH_TOKEN: this.token,
    HOWDAH_DATA_DIR: this.folder,
    HOWDAH_PROFILES: join(this.folder, "profiles.json"),
  });

  /** The command as a process of its own, as a script calls it, in the app's folder. */
  spawned = (...args: string[]): Promise<Ran> =>
    this.#run(process.execPath, programArguments("howdah"), { HOWDAH_ARGUMENTS: JSON.stringify(args) });

  /** A shell script in which `howdah` is the program. */
  shell = (script: string, variables: Record<string, string>): Promise<Ran> =>
    this.#run(
      "bash",
      ["-ec", `howdah() { ${process.execPath} ${programArguments("howdah").join(" ")} "$@"; }\n${script}`],
      variables,
    );

  /** The command within this process, where many calls would take long. */
  howdah = async (...args: string[]): Promise<Ran> => {
    // The command takes it out of the environment.
    vi.stubEnv("HOWDAH_TOKEN", this.token);
    const lines = { out: [] as string[], said: [] as string[] };
    const code = await execute(args, {
      out: (line) => void lines.out.push(line),
      say: (line) => void lines.said.push(line),
    });
    return { code, out: lines.out.join("\n"), said: lines.said.join("\n") };
  };

  #run(file: string, args: string[], variables: Record<string, string>): Promise<Ran> {
    const env = { ...process.env, ...this.variables(), ...variables };
    return new Promise((resolve) => {
      execFile(file, args, { env, cwd: this.folder }, (error, out, said) => {
        const code = typeof error?.code === "number" ? error.code : error ? 1 : 0;
        resolve({ code, out: out.trim(), said: said.trim() });
      });
    });
  }
}
