/**
 * The WebAssembly pg_dump as a program of its own, whose memory goes back to the system when it ends. It has no socket and no
 * password: whoever starts it is logged in to the server and passes the bytes on. Standard input has the order, as JSON behind
 * its length in four bytes, and then what the server sends; standard output takes the dump, the fourth descriptor what the server
 * is to get, standard error what went wrong. pg_dump reads synchronously, and so does this. Imports nothing local: Node loads this
 * file as it is, and esbuild as an entry.
 * Frames: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { readSync, writeSync } from "node:fs";
import { pgDump } from "@electric-sql/pglite-tools/pg_dump";

/** What the starter hands over. */
interface Order {
  args: string[];
  /** Run-time parameters as the server reported them; libpq reads server_version and the encodings from them. */
  parameters: Record<string, string>;
}

type Module = Parameters<typeof pgDump>[0]["pg"];

const FROM_STARTER = 0;
const DUMP = 1;
const TO_SERVER = 3;

const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;
/** Where pgDump() has the module write; what is written there is sent on and never stored. */
const OUTPUT_FILE = "/tmp/out.sql";
const READ_BYTES = 256 * 1024;

const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** At most `limit` bytes from the starter, in memory that the next read uses again; sleeps until there are some. */
function read(limit = READ_BYTES): Buffer {
  const length = readSync(FROM_STARTER, readBuffer, 0, Math.min(limit, READ_BYTES), null);
  if (length === 0) throw new Error("server closed the connection unexpectedly");
  return readBuffer.subarray(0, length);
}

/** Exactly so many bytes from the starter. */
function readExactly(length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const piece = read(length - at);
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at);
}

const order = JSON.parse(readExactly(readExactly(4).readUInt32BE(0)).toString()) as Order;
let started = false;
let outgoing: Buffer = Buffer.alloc(0);

/** Collects the server's answer up to and with the `expected`-th ReadyForQuery. */
function receiveUntilReady(expected: number): Buffer<ArrayBuffer> {
  const chunks: Buffer[] = [];
  let header: Buffer = Buffer.alloc(0);
  let skip = 0;
  let ready = 0;
  while (ready < expected) {
    const chunk = joined([read()]);
    chunks.push(chunk);
    let at = 0;
    while (at < chunk.length) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at);
        skip -= step;
        at += step;
        continue;
      }
      const need = 5 - header.length;
      header = Buffer.concat([header, chunk.subarray(at, at + need)]);
      at += need;
      if (header.length < 5) break;
      skip = header.readInt32BE(1) - 4;
      // The one status byte of ReadyForQuery may come later, but nothing else does.
      if (header[0] === 0x5a) ready += 1;
      header = Buffer.alloc(0);
    }
  }
  while (skip > 0) {
    const rest = joined([read()]);
    chunks.push(rest);
    skip -= rest.length;
  }
  const answer = joined(chunks);
  for (const chunk of chunks) release(chunk);
  return answer;
}

/** In memory of its own, none of it shared with other buffers. */
function joined(chunks: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Gives memory back at once: what waits for the garbage collector here would be several times the longest answer. */
function release({ buffer }: { buffer: ArrayBufferLike }): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Answers the module's own login; the real one is the starter's. */
function answerStartup(): Buffer<ArrayBuffer> {
  const frame = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5);
    head.write(type, 0, "latin1");
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const parameters = Object.entries(order.parameters).map(([name, value]) =>
    frame("S", Buffer.from(`${name}\0${value}\0`)),
  );
  return joined([
    frame("R", Buffer.alloc(4)),
    ...parameters,
    frame("K", Buffer.alloc(8)),
    frame("Z", Buffer.from("I")),
  ]);
}

/** Takes what the module wrote (pieces of at most 8 KB) and returns what it has to read next. */
function exchange(bytes: Uint8Array): Buffer<ArrayBuffer> {
  outgoing = Buffer.concat([outgoing, bytes]);
  if (!started) return exchangeStartup();
  let end = 0;
  let expected = 0;
  while (outgoing.length - end >= 5) {
    const length = outgoing.readInt32BE(end + 1) + 1;
    if (outgoing.length - end < length) break;
    const type = outgoing[end];
    if (type === 0x51 || type === 0x53) expected += 1;
    end += length;
  }
  if (end === 0) return Buffer.alloc(0);
  const whole = outgoing.subarray(0, end);
  outgoing = outgoing.subarray(end);
  // Terminate: the starter ends the session itself.
  if (whole[0] === 0x58) return Buffer.alloc(0);
  writeAll(TO_SERVER, whole);
  if (expected === 0) return Buffer.alloc(0);
  return receiveUntilReady(expected);
}

function exchangeStartup(): Buffer<ArrayBuffer> {
  if (outgoing.length < 8 || outgoing.length < outgoing.readInt32BE(0)) return Buffer.alloc(0);
  const code = outgoing.readInt32BE(4);
  outgoing = outgoing.subarray(outgoing.readInt32BE(0));
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) return joined([Buffer.from("N")]);
  started = true;
  return answerStartup();
}

type SystemCall = ((...args: number[]) => number) & { sig?: string | undefined };

/** The module's imports that matter here: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#fd_write */
interface ModuleImports {
  env: { memory: WebAssembly.Memory } & Record<"__syscall_openat" | "fd_write" | "fd_close", SystemCall>;
}

/**
 * Has what the module writes to OUTPUT_FILE sent on at once, as bytes. Left to itself pgDump() would
 * hold it six times (a file in memory that doubles as it grows, its copy, its text, that without lines which begin with
 * \\restrict, a File, and the File's text), and those lines may be part of a function's body.
 */
function divertOutput({ env }: ModuleImports): void {
  const { __syscall_openat: open, fd_write: write, fd_close: close } = env;
  const outputs = new Set<number>();
  const replace = (name: "__syscall_openat" | "fd_write" | "fd_close", call: SystemCall) => {
    // The loader reads the signature of whatever it hands to the module.
    env[name] = Object.assign(call, { sig: env[name].sig });
  };
  replace("__syscall_openat", (...args) => {
    const fd = open(...args);
    if (fd >= 0 && isOutput(env.memory, args[1] ?? 0)) outputs.add(fd);
    return fd;
  });
  replace("fd_write", (fd = 0, vectors = 0, count = 0, written = 0) =>
    outputs.has(fd) ? sendOn(env.memory, vectors, count, written) : write(fd, vectors, count, written),
  );
  replace("fd_close", (fd = 0) => {
    outputs.delete(fd);
    return close(fd);
  });
}

function isOutput({ buffer }: WebAssembly.Memory, address: number): boolean {
  const name = Buffer.from(buffer, address, OUTPUT_FILE.length + 1);
  return name.toString("latin1") === `${OUTPUT_FILE}\0`;
}

/** Takes the bytes of all vectors and notes how many they were; 0 is success. */
function sendOn({ buffer }: WebAssembly.Memory, vectors: number, count: number, written: number): number {
  const view = new DataView(buffer);
  let total = 0;
  for (let index = 0; index < count; index++) {
    const address = view.getUint32(vectors + index * 8, true);
    const length = view.getUint32(vectors + index * 8 + 4, true);
    writeAll(DUMP, new Uint8Array(buffer, address, length));
    total += length;
  }
  view.setUint32(written, total, true);
  return 0;
}

const { instantiate } = WebAssembly;
Object.assign(WebAssembly, {
  instantiate: (code: ArrayBuffer, imports: ModuleImports & WebAssembly.Imports) => {
    divertOutput(imports);
    return instantiate(code, imports);
  },
});

const standIn = {
  query: async () => ({ rows: [{ search_path: "" }] }),
  exec: async () => [],
  execProtocolRawStream: (bytes: Uint8Array, options: { onRawData: (data: Uint8Array) => void }) => {
    const answer = exchange(bytes);
    if (answer.length === 0) return;
    // An ArrayBuffer is copied once; of a view on one pgDump() would make another copy on the way.
    options.onRawData(answer.buffer as unknown as Uint8Array);
    release(answer);
  },
};

try {
  await pgDump({ pg: standIn as unknown as Module, args: order.args });
  // The module sets it as it pleases.
  process.exitCode = 0;
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(error instanceof Error ? error.message : String(error));
}
