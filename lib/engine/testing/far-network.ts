import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What a connection may have under way in one direction: what Linux allows a socket by default. */
const WINDOW_BYTES = 4 * 1024 * 1024;

export interface Address {
  host: string;
  port: number;
}

export type FarNetwork = Address & AsyncDisposable;

/**
 * A relay on loopback in front of `server` that makes it as far away as a round trip of so many milliseconds: bytes arrive half
 * of it later in either direction, a connection takes one round trip to begin, and each has at most 4 MiB under way.
 */
export async function startFarNetwork(server: Address, roundTripMs: number): Promise<FarNetwork> {
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true, pauseOnConnect: true }, (near) => {
    void join(near).catch(() => near.destroy());
  });

  async function join(near: Socket): Promise<void> {
    near.on("error", () => near.destroy());
    await pause(roundTripMs);
    if (near.destroyed) return;
    const far = dial({ ...server, noDelay: true });
    for (const socket of [near, far]) sockets.add(socket);
    await once(far, "connect");
    carry(near, far, roundTripMs / 2);
    carry(far, near, roundTripMs / 2);
    near.on("close", () => sockets.delete(near));
    far.on("close", () => sockets.delete(far));
    near.resume();
  }

  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  return {
    host: "127.0.0.1",
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Passes on what comes from one socket to the other one, so much later, until it ends. */
function carry(from: Socket, to: Socket, delayMs: number): void {
  let underWay = 0;
  const later = (what: () => void) => setTimeout(() => void (to.destroyed || what()), delayMs);
  from.on("data", (chunk) => {
    underWay += chunk.length;
    if (underWay >= WINDOW_BYTES) from.pause();
    const acknowledged = () => {
      underWay -= chunk.length;
      if (underWay < WINDOW_BYTES) from.resume();
    };
    later(() => to.write(chunk, () => setTimeout(acknowledged, delayMs)));
  });
  from.on("end", () => later(() => to.end()));
  from.on("error", () => to.destroy());
  from.on("close", () => setTimeout(() => to.destroy(), delayMs));
}
