import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programArguments } from "@/lib/util/testing/test-programs";

const ROOT = join(import.meta.dirname, "..", "..");
const LOG_LIMIT = 200_000;

export interface WorkerProcess {
  child: ChildProcess;
  exited: Promise<void>;
  log(): string;
}

/** Worker processes of one store; disposing kills them. */
export class WorkerPool implements AsyncDisposable {
  readonly #databaseUrl: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "howdah-chaos-"));
  readonly #workers = new Set<WorkerProcess>();

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
    mkdirSync(join(this.#folder, "tmp"));
  }

  get running(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  /** Starts one and waits until it takes migrations. */
  async start(): Promise<WorkerProcess> {
    const temporary = join(this.#folder, "tmp");
    const child = spawn(process.execPath, programArguments("chaos-worker-process"), {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: this.#databaseUrl, TMPDIR: temporary, HOWDAH_LOG_LEVEL: "info" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (more: string) => {
      text = (text + more).slice(-LOG_LIMIT);
    });
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const worker: WorkerProcess = { child, exited, log: () => text };
    this.#workers.add(worker);
    void exited.then(() => this.#workers.delete(worker));
    const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
    await Promise.race([ready, exited.then(() => Promise.reject(new Error(`The worker ended:\n${text}`)))]);
    return worker;
  }

  /** kill -9, or whatever `signal` says, of one of them; resolves when it is gone. */
  async end(worker: WorkerProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    // A stopped process takes no other signal.
    worker.child.kill("SIGCONT");
    worker.child.kill(signal);
    await worker.exited;
  }

  /** Temporary files of the workers that are there now. */
  leftFiles(): string[] {
    return readdirSync(join(this.#folder, "tmp")).filter((name) => name.startsWith("howdah-"));
  }

  /** Forgets those that a killed worker could not remove. */
  removeFiles(): void {
    for (const name of this.leftFiles())
      rmSync(join(this.#folder, "tmp", name), { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.running.map((worker) => this.end(worker, "SIGKILL")));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
