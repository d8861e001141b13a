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
    if (!isGathering) return;
    gathered.sent(Date.now());
    gathered.took(chunk.length);
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

interface Flow {
  bytesPerSecond: number;
  bytesPerReading: number;
}

const SENDER_RATE = 20_000;
const READ_BYTES = 65_536;

/** Sends that many bytes a millisecond for as long as no more than `held` of them wait to be read. */
class Sender {
  readonly #held: number;
  /** Bytes that were sent up to `to`, beginning with `from` at that time. */
  readonly #pieces: { from: number; to: number; atMs: number }[] = [];
  #now = Date.now();
  #read = 0;
  #sent = 0;

  constructor(held: number) {
    this.#held = held;
  }

  /** Reads what has come, at most a buffer of it. */
  read(): { bytes: number; lastSentMs: number } {
    this.goOn();
    const bytes = Math.min(READ_BYTES, this.#sent - this.#read);
    this.#read += bytes;
    while ((this.#pieces[0]?.to ?? Number.POSITIVE_INFINITY) < this.#read) this.#pieces.shift();
    const { from, atMs } = this.#pieces[0] ?? { from: this.#read, atMs: this.#now };
    return { bytes, lastSentMs: atMs + (this.#read - from) / SENDER_RATE };
  }

  goOn(): void {
    const [from, atMs] = [this.#sent, this.#now];
    this.#now = Date.now();
    const room = this.#held - (this.#sent - this.#read);
    this.#sent += Math.min(room, (this.#now - atMs) * SENDER_RATE);
    if (this.#sent > from) this.#pieces.push({ from, to: this.#sent, atMs });
  }
}

/** What comes through sockets that hold so many bytes, of a sender whose clock goes wrong. */
async function flow(held: number, clockMs: number): Promise<Flow> {
  vi.useFakeTimers();
  try {
    const stream = new PassThrough();
    const gathered = new GatheredReads(stream);
    const startedAt = Date.now();
    const sender = new Sender(held);
    let [taken, readings] = [0, 0];
    gathered.sent(startedAt + clockMs);
    for (gathered.took(1); taken < 60_000_000; ) {
      await vi.advanceTimersToNextTimerAsync();
      readings++;
      while (vi.getTimerCount() === 0) {
        const { bytes, lastSentMs } = sender.read();
        taken += bytes;
        gathered.sent(lastSentMs + clockMs);
        gathered.took(bytes);
      }
      // It is told of the room.
      sender.goOn();
    }
    const ms = Date.now() - startedAt;
    return { bytesPerSecond: (taken * 1000) / ms, bytesPerReading: taken / readings };
  } finally {
    vi.useRealTimers();
  }
}

test.each([0, 3_600_000, -3_600_000])(
  "a backlog gathers in the sockets, the sender's clock being %i ms off",
  async (clockMs) => {
    const { bytesPerSecond, bytesPerReading } = await flow(4_000_000, clockMs);
    expect(bytesPerSecond).toBeGreaterThan(18_000_000);
    expect(bytesPerReading).toBeGreaterThan(40_000);
  },
);

test("sockets that hold little do not slow the sender down much", async () => {
  expect((await flow(1_000_000, 0)).bytesPerSecond).toBeGreaterThan(13_000_000);
  expect((await flow(64_000, 0)).bytesPerSecond).toBeGreaterThan(12_000_000);
  expect((await flow(32_000, 0)).bytesPerSecond).toBeGreaterThan(7_000_000);
});
