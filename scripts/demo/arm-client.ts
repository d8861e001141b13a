import type { MigrationCreateInput } from "@/lib/migrations/contract";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { API_VERSION, localServerResourceId, migrationResourceId } from "@/lib/migrations/resource-paths";
import type { ServerPutInput } from "@/lib/migrations/server-contract";

/** An ARM client as anyone would write it: fetch, a bearer token and the routes of the contract. */
export class ArmClient {
  readonly #origin: string;
  readonly #token: string;

  constructor(origin: string, token: string) {
    this.#origin = origin;
    this.#token = token;
  }

  /** Registers a target server; returns its resource id. */
  async putServer(name: string, body: ServerPutInput): Promise<string> {
    const id = localServerResourceId(name);
    await this.#send("PUT", `${id}?api-version=${API_VERSION}`, body);
    return id;
  }

  /** Creates a migration below a server; returns its migrationId. */
  async putMigration(serverId: string, name: string, body: MigrationCreateInput): Promise<string> {
    const path = `${migrationResourceId(serverId, name)}?api-version=${API_VERSION}`;
    const resource = await this.#send<{ properties: { migrationId: string } }>("PUT", path, body);
    return resource.properties.migrationId;
  }

  /** What the details page reads. */
  readDetails(migrationId: string): Promise<MigrationDetails> {
    return this.#send("GET", `/api/migrations/${migrationId}`);
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.#origin + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path.split("?")[0]}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }
}
