import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { generate } from "selfsigned";
import { expect, test, vi } from "vitest";
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

/** Bytes a second that come through a socket which holds so many, from a sender that could send 20 MB. */
async function throughput(held: number): Promise<number> {
  vi.useFakeTimers();
  try {
    const stream = new PassThrough();
    const gathered = new GatheredReads(stream);
    const startedAt = performance.now();
    let taken = 0;
    gathered.took(0);
    for (let readAt = startedAt; taken < 20_000_000; ) {
      await vi.advanceTimersToNextTimerAsync();
      const waiting = Math.min(held, (performance.now() - readAt) * 20_000);
      readAt = performance.now();
      taken += waiting;
      for (let left = waiting; left > 0; left -= 8_192) gathered.took(Math.min(left, 8_192));
    }
    return (taken * 1000) / (performance.now() - startedAt);
  } finally {
    vi.useRealTimers();
  }
}

test("a socket that holds little does not slow the sender down much", async () => {
  expect(await throughput(1_000_000)).toBeGreaterThan(18_000_000);
  expect(await throughput(64_000)).toBeGreaterThan(14_000_000);
  expect(await throughput(32_000)).toBeGreaterThan(10_000_000);
});
