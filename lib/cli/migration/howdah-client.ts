import type { z } from "zod";
import { EXIT } from "@/lib/cli/exit-codes";
import type { migrationPatchBody } from "@/lib/migrations/contract";
import { API_VERSION } from "@/lib/migrations/resource-paths";
import {
  errorAnswer,
  type MigrationAnswer,
  type MigrationRow,
  migrationAnswer,
  migrationListAnswer,
} from "./answers";

export type MigrationWish = NonNullable<z.input<typeof migrationPatchBody>["properties"]>;

/** The server refused, or did not answer. The message never holds a token or a password. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Howdah's API as this command needs it: the same ARM routes and reads as any other client. */
export class HowdahClient {
  readonly origin: string;
  readonly #token: string;

  /** `origin`: "https://howdah.example.com", without a path. */
  constructor(origin: string, token: string) {
    this.origin = origin;
    this.#token = token;
  }

  /** All migrations, newest first, and the answer as it came. Throws RequestRefused. */
  async list(): Promise<{ migrations: MigrationRow[]; raw: unknown }> {
    const raw = await this.#json("/api/migrations");
    return { migrations: migrationListAnswer.parse(raw).migrations, raw };
  }

  /** One migration, and the answer as it came. Throws RequestRefused. */
  async read(id: string, signal?: AbortSignal): Promise<{ migration: MigrationAnswer; raw: unknown }> {
    const raw = await this.#json(`/api/migrations/${encodeURIComponent(id)}`, signal);
    return { migration: migrationAnswer.parse(raw), raw };
  }

  /** Stores wishes. Throws RequestRefused. */
  async wish(resourceId: string, properties: MigrationWish): Promise<void> {
    await this.#send(`${resourceId}?api-version=${API_VERSION}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ properties }),
    });
  }

  /** Removes the record of an ended migration. Throws RequestRefused. */
  async remove(resourceId: string): Promise<void> {
    await this.#send(`${resourceId}?api-version=${API_VERSION}&removeRecord=true`, { method: "DELETE" });
  }

  /** The log as text, piece by piece. Throws RequestRefused, also when it breaks off. */
  async *log(id: string, format: "text" | "jsonl", signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#send(`/api/migrations/${encodeURIComponent(id)}/log?format=${format}`, {
      signal,
    });
    if (!response.body) return;
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body) yield decoder.decode(bytes, { stream: true });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new RequestRefused(
        "LOG_CUT_OFF",
        "The log broke off before its end; ask for it again.",
        EXIT.failed,
        {
          cause: error,
        },
      );
    }
    yield decoder.decode();
  }

  async #json(path: string, signal?: AbortSignal): Promise<unknown> {
    const response = await this.#send(path, signal ? { signal } : {});
    return await response.json();
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, accept: "application/json", authorization: `Bearer ${this.#token}` };
    let response: Response;
    try {
      response = await fetch(this.origin + path, { ...init, headers, redirect: "error" });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      const message = `Howdah at ${this.origin} does not answer. Nothing was changed by this command.`;
      throw new RequestRefused("NO_ANSWER", message, EXIT.unreachable, { cause: error });
    }
    if (response.ok) return response;
    throw await refusalOf(response);
  }
}

async function refusalOf(response: Response): Promise<RequestRefused> {
  const body = errorAnswer.safeParse(await response.json().catch(() => null));
  const { code, message } = body.data?.error ?? {
    code: `HTTP_${response.status}`,
    message: `The server answered ${response.status} ${response.statusText}`.trim(),
  };
  const unreachable = response.status === 401 || response.status >= 500;
  return new RequestRefused(code, message, unreachable ? EXIT.unreachable : EXIT.failed);
}
