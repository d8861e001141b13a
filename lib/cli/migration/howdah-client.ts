import type { ConnectionOptions } from "node:tls";
import { z } from "zod";
import { type OutgoingRequest, sendRequest } from "@/lib/cli/connection/send-request";
import { type Trust, tlsOptionsFor } from "@/lib/cli/connection/trust";
import { EXIT } from "@/lib/cli/exit-codes";
import { UsageError } from "@/lib/cli/usage-error";
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
  /** What in the request is wrong, where the server says so. */
  readonly target: string | null;
  /** What to do about it, where the server says so. */
  readonly remedy: string | null;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;

  constructor(
    code: string,
    message: string,
    exitCode: number,
    options: ErrorOptions & {
      target?: string | undefined;
      remedy?: string | undefined;
      status?: number;
    } = {},
  ) {
    super(message, options);
    this.target = options.target ?? null;
    this.remedy = options.remedy ?? null;
    this.status = options.status ?? null;
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Howdah's API as this command needs it: the same ARM routes and reads as any other client. */
export class HowdahClient {
  readonly origin: string;
  readonly #token: string;
  readonly #trust: Trust;
  #tls: Promise<ConnectionOptions> | null = null;

  /** `origin`: "https://howdah.example.com", without a path. */
  constructor(origin: string, token: string, trust: Trust = {}) {
    this.origin = origin;
    this.#token = token;
    this.#trust = trust;
  }

  /** Any read of the API. Throws RequestRefused. */
  async get(path: string): Promise<unknown> {
    return await this.#json(path);
  }

  /** An operation on an ARM resource; the answer as it came, null without a body. Throws RequestRefused. */
  async arm(method: string, path: string, body?: unknown, version = API_VERSION): Promise<unknown> {
    const query = `${path.includes("?") ? "&" : "?"}api-version=${version}`;
    const response = await this.#send(`${path}${query}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text === "" ? null : (JSON.parse(text) as unknown);
  }

  /** All entries of an ARM list, page after page. Throws RequestRefused. */
  async armList(path: string, version = API_VERSION): Promise<unknown[]> {
    const entries: unknown[] = [];
    for (let next: string | null = path; next !== null; ) {
      const page = armPage.parse(
        next === path ? await this.arm("GET", path, undefined, version) : await this.#json(next),
      );
      entries.push(...page.value);
      const link: URL | null = page.nextLink === undefined ? null : new URL(page.nextLink);
      // Behind a proxy the link may name another origin; only its way on counts.
      next = link && `${link.pathname}${link.search}`;
    }
    return entries;
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

  async #send(path: string, init: OutgoingRequest): Promise<Response> {
    const headers = { ...init.headers, accept: "application/json", authorization: `Bearer ${this.#token}` };
    let response: Response;
    try {
      this.#tls ??= tlsOptionsFor(this.origin, this.#trust);
      response = await sendRequest(this.origin + path, { ...init, headers }, await this.#tls);
    } catch (error) {
      if (init.signal?.aborted || error instanceof UsageError) throw error;
      this.#tls = null;
      const untrusted = certificateProblem(this.origin, error);
      if (untrusted) throw untrusted;
      const message = `Howdah at ${this.origin} does not answer. Nothing was changed by this command.`;
      throw new RequestRefused("NO_ANSWER", message, EXIT.unreachable, { cause: error });
    }
    if (response.ok) return response;
    throw await refusalOf(response);
  }
}

/** Codes of OpenSSL for certificates that do not lead to a trusted one, or name another host. */
const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/;

function certificateProblem(origin: string, error: unknown): RequestRefused | null {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== "string" || !CERTIFICATE_CODES.test(code)) return null;
  return new RequestRefused(
    "CERTIFICATE_NOT_TRUSTED",
    `The certificate of ${origin} is not trusted (${code}). Name its authority with --ca-file, or the certificate itself with --fingerprint.`,
    EXIT.unreachable,
    { cause: error },
  );
}

const armPage = z.looseObject({ value: z.array(z.unknown()), nextLink: z.string().optional() });

async function refusalOf(response: Response): Promise<RequestRefused> {
  const body = errorAnswer.safeParse(await response.json().catch(() => null));
  const { status, statusText } = response;
  const { code, message, target, additionalInfo } = body.data?.error ?? {
    code: `HTTP_${status}`,
    message: `The server answered ${status} ${statusText}`.trim(),
  };
  const unreachable = status === 401 || status >= 500;
  const remedy = additionalInfo?.find(({ info }) => info.remedy)?.info.remedy;
  return new RequestRefused(code, message, unreachable ? EXIT.unreachable : EXIT.failed, {
    target,
    remedy,
    status,
  });
}
