import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { GatheredReads } from "./gathered-reads";

const PIECES = 2_000;
const PIECE = Buffer.alloc(100, "x");

/** Sends pieces one by one, as a walsender does, then closes. */
async function sendPieces(socket: Socket): Promise<void> {
  socket.setNoDelay(true);
  for (let n = 0; n < PIECES; n++) {
    socket.write(PIECE);
    if (n % 10 === 0) await sleep(0);
  }
  socket.end();
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function readAll(socket: Socket, isGathering: boolean): Promise<{ bytes: number; reads: number }> {
  const gathered = new GatheredReads(socket);
  const seen = { bytes: 0, reads: 0 };
  socket.on("data", (chunk: Buffer) => {
    seen.bytes += chunk.length;
    seen.reads++;
    if (isGathering) gathered.took(chunk.length);
  });
  await once(socket, "end");
  return seen;
}

test("small pieces come together, all of them, and the end after them", async () => {
  const server = createServer((socket) => void sendPieces(socket));
  const port = await listen(server);
  try {
    const alone = await readAll(connect(port, "127.0.0.1"), false);
    const together = await readAll(connect(port, "127.0.0.1"), true);
    expect([alone.bytes, together.bytes]).toEqual([PIECES * PIECE.length, PIECES * PIECE.length]);
    expect(together.reads).toBeLessThan(alone.reads);
  } finally {
    server.close();
  }
});

test("of an encrypted connection too", async () => {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
  });
  const server = createTlsServer({ key, cert }, (socket) => void sendPieces(socket));
  const port = await listen(server);
  try {
    const open = () => connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    const together = await readAll(open(), true);
    expect(together.bytes).toBe(PIECES * PIECE.length);
  } finally {
    server.close();
  }
});

test("a stream that is paused meanwhile goes on when it is resumed", async () => {
  const server = createServer((socket) => void sendPieces(socket));
  const port = await listen(server);
  try {
    const socket = connect(port, "127.0.0.1");
    const all = readAll(socket, true);
    await once(socket, "data");
    socket.pause();
    await sleep(20);
    socket.resume();
    expect((await all).bytes).toBe(PIECES * PIECE.length);
  } finally {
    server.close();
  }
});
