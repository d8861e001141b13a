import { createServer, connect as dial, type Server, type Socket } from "node:net";

/** A TCP relay in front of a server, which breaks connections when told to. */
export interface TcpProxy extends AsyncDisposable {
  host: string;
  port: number;
  /** Open connections through the proxy. */
  connections(): number;
  /** Bytes that came from the server through all connections so far. */
  received(): number;
  /** Resets every open connection; new ones are let through. */
  cut(): void;
  /** Resets each connection, open or new, that has brought `bytes` from the server; null: none any more. */
  cutAfter(bytes: number | null): void;
  /** Takes no new connection any more. */
  refuse(): void;
  /** Passes nothing on in either direction, but keeps the connections. */
  stall(): void;
  /** Passes nothing on of connections whose client has sent this text, e.g. its application name; others go on. */
  stallOnly(text: string): void;
  /** Once: cuts the connection on which a client sends this text, before the server has got it or when it has answered. */
  cutOn(text: string, when: "unsent" | "answered"): void;
  /** Passes on again what was held back. */
  resume(): void;
  /** Lets each connection bring that many bytes a second from the server, if need be late; null: as fast as they come. */
  slowTo(bytesPerSecond: number | null): void;
  /**
   * Ends open connections towards one side only; the other one is told nothing, and hears nothing ever after. With `text` those
   * whose client has sent it, as of `stallOnly`.
   */
  halfOpen(left: "client" | "server", text?: string): void;
}

interface Relay {
  client: Socket;
  server: Socket;
  received: number;
  /** First bytes of the client: its start-up message. */
  greeting: string;
  /** The server's answer is not passed on, and the connection cut. */
  isDoomed: boolean;
}

const GREETING_BYTES = 4096;

/** Starts a proxy on loopback in front of `target`. Disposing cuts what is open. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const relays = new Set<Relay>();
  const forgotten = new Set<Socket>();
  let limit: number | null = null;
  let received = 0;
  let refusing = false;
  let stalled = false;
  let pace: number | null = null;
  let trap: { text: string; when: "unsent" | "answered" } | null = null;

  // With Nagle's algorithm the last piece of a request waits 40 ms for an acknowledgement.
  const listener = createServer({ noDelay: true }, (client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const relay: Relay = {
      client,
      server: dial({ ...target, noDelay: true }),
      received: 0,
      greeting: "",
      isDoomed: false,
    };
    relays.add(relay);
    const pause = (socket: Socket) => void (stalled && socket.pause());
    relay.server.on("data", (chunk) => {
      received += chunk.length;
      relay.received += chunk.length;
      if (relay.isDoomed || (limit !== null && relay.received > limit)) breakOff(relay);
      else pass(chunk, relay.server, relay.client);
    });
    client.on("data", (chunk) => {
      if (relay.greeting.length < GREETING_BYTES) relay.greeting += chunk.toString("latin1");
      if (trap && chunk.length < GREETING_BYTES && chunk.includes(trap.text)) {
        if (trap.when === "unsent") breakOff(relay);
        else relay.isDoomed = true;
        trap = null;
      }
      if (!relay.server.destroyed) pass(chunk, client, relay.server);
    });
    for (const [one, other] of [
      [client, relay.server],
      [relay.server, client],
    ] as const) {
      one.on("error", () => breakOff(relay));
      one.on("end", () => other.end());
      one.on("close", () => {
        relays.delete(relay);
        other.destroy();
      });
      pause(one);
    }
  });

  function pass(chunk: Buffer, from: Socket, to: Socket): void {
    if (to.destroyed) return;
    const isTaken = to.write(chunk);
    if (pace !== null) {
      from.pause();
      setTimeout(() => void (stalled || from.resume()), (chunk.length / pace) * 1000);
      return;
    }
    if (isTaken) return;
    // Back-pressure: without it the proxy would hold what the slower side has not taken.
    from.pause();
    to.once("drain", () => void (stalled || from.resume()));
  }

  function breakOff(relay: Relay): void {
    relays.delete(relay);
    for (const socket of [relay.client, relay.server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  const port = await listen(listener);
  return {
    host: "127.0.0.1",
    port,
    connections: () => relays.size,
    received: () => received,
    cut: () => [...relays].forEach(breakOff),
    cutAfter: (bytes) => {
      limit = bytes;
    },
    refuse: () => {
      refusing = true;
    },
    stall: () => {
      stalled = true;
      for (const { client, server } of relays) for (const socket of [client, server]) socket.pause();
    },
    stallOnly: (text) => {
      for (const { client, server, greeting } of relays)
        if (greeting.includes(text)) for (const socket of [client, server]) socket.pause();
    },
    cutOn: (text, when) => {
      trap = { text, when };
    },
    resume: () => {
      stalled = false;
      for (const { client, server } of relays) for (const socket of [client, server]) socket.resume();
    },
    slowTo: (bytesPerSecond) => {
      pace = bytesPerSecond;
    },
    halfOpen: (left, text = "") => {
      for (const relay of [...relays].filter(({ greeting }) => greeting.includes(text))) {
        relays.delete(relay);
        const [kept, gone] = left === "client" ? [relay.client, relay.server] : [relay.server, relay.client];
        for (const socket of [kept, gone]) socket.removeAllListeners().on("error", () => undefined);
        gone.resetAndDestroy();
        kept.pause();
        forgotten.add(kept);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of forgotten) socket.destroy();
      for (const relay of [...relays]) breakOff(relay);
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address && typeof address === "object") resolve(address.port);
      else reject(new Error("no port"));
    });
  });
}
