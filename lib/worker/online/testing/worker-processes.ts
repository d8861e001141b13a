import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { programArguments } from "@/lib/util/testing/test-programs";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const LOG_LIMIT = 100_000;

/** Workers with the real engine in processes of their own, which can be killed. */
export class WorkerProcesses implements AsyncDisposable {
  readonly #databaseUrl: string;
  readonly #children = new Map<string, ChildProcess>();

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  /** Starts one, which takes `atOnce` migrations or as many as workers do. Returns the name it has in the store. */
  async start(atOnce?: number): Promise<string> {
    const limits = atOnce === undefined ? [] : [String(atOnce)];
    const child = spawn(process.execPath, [...programArguments("engine-worker-process"), ...limits], {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: this.#databaseUrl, HOWDAH_LOG_LEVEL: "warn" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const name = `process-${child.pid}`;
    this.#children.set(name, child);
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-LOG_LIMIT);
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("exit", (code) => reject(new Error(`worker ended: ${code}\n${log}`)));
    });
    return name;
  }

  /** kill -9 of one, or of all that are there; resolves when they are gone. */
  async kill(name?: string): Promise<void> {
    const dying = [...this.#children].filter(([known]) => name === undefined || known === name);
    await Promise.all(
      dying.map(async ([known, child]) => {
        this.#children.delete(known);
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await exited;
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
