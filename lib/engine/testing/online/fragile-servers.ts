import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { startTcpProxy, type TcpProxy } from "../tcp-proxy";

/** A server that can be killed and comes back at the same port, behind a proxy that can be cut. */
export interface FragileServer {
  server: TestServer;
  proxy: TcpProxy;
}

export const SOURCE_MAJORS = [12, 15, 17, 18] as const satisfies EmbeddedMajor[];
export type SourceMajor = (typeof SOURCE_MAJORS)[number];

/** Servers of online rounds, started when they are first asked for. */
export class FragileServers implements AsyncDisposable {
  readonly #servers = new Map<string, FragileServer>();

  source(major: SourceMajor): Promise<FragileServer> {
    // Large transactions are to be streamed, and dead readers of a slot noticed, within a round.
    const streamed = major >= 13 ? { logical_decoding_work_mem: "256kB" } : {};
    return this.#start(`source ${major}`, major, { wal_sender_timeout: "8s", ...streamed });
  }

  target(): Promise<FragileServer> {
    // Of use only to PostgreSQL's own replication.
    return this.#start("target", 18, { wal_retrieve_retry_interval: "50ms", wal_receiver_timeout: "8s" });
  }

  async #start(name: string, major: EmbeddedMajor, settings: Record<string, string>): Promise<FragileServer> {
    const known = this.#servers.get(name);
    if (known) return known;
    const common = { autovacuum: "off", shared_buffers: "64MB" };
    const server = await startTestServer(major, { settings: { ...common, ...settings } });
    const fragile = { server, proxy: await startTcpProxy(server) };
    this.#servers.set(name, fragile);
    return fragile;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { proxy, server } of this.#servers.values()) {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    }
  }
}
