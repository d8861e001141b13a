/**
 * Runs the WebAssembly pg_dump in a worker thread. It has no socket: its bytes go through a MessagePort to the main
 * thread, which is logged in to the server. pg_dump reads synchronously, so this thread sleeps in Atomics.wait until
 * the server's answer is complete. Imports nothing local: Node loads this file as it is, and esbuild as an entry.
 * Frames: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { pgDump } from "@electric-sql/pglite-tools/pg_dump";

/** What the main thread hands over. */
interface WorkerInput {
  args: string[];
  /** Run-time parameters as the server reported them; libpq reads server_version and the encodings from them. */
  parameters: Record<string, string>;
  port: MessagePort;
  /** One Int32: how many messages the main thread has posted. */
  posted: SharedArrayBuffer;
}

type Module = Parameters<typeof pgDump>[0]["pg"];

const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;
const LINE_ENDS: ReadonlySet<number | undefined> = new Set([0x0a, 0x0d, 0xa8, 0xa9]);

const input = workerData as WorkerInput;
const posted = new Int32Array(input.posted);
let seen = 0;
let started = false;
let ambiguous = false;
let outgoing: Buffer = Buffer.alloc(0);

/** Next piece from the server; sleeps until there is one. */
function receive(): Buffer {
  for (;;) {
    const message: { message: Uint8Array | null } | undefined = receiveMessageOnPort(input.port);
    if (message?.message) return Buffer.from(message.message);
    if (message) throw new Error("server closed the connection unexpectedly");
    Atomics.wait(posted, 0, seen);
    seen = Atomics.load(posted, 0);
  }
}

/** Collects the server's answer up to and with the `expected`-th ReadyForQuery. */
function receiveUntilReady(expected: number): Buffer {
  const chunks: Buffer[] = [];
  let header: Buffer = Buffer.alloc(0);
  let skip = 0;
  let ready = 0;
  while (ready < expected) {
    const chunk = receive();
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
    const rest = receive();
    chunks.push(rest);
    skip -= rest.length;
  }
  return Buffer.concat(chunks);
}

/** Answers the module's own login; the real one happened in the main thread. */
function answerStartup(): Buffer {
  const frame = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5);
    head.write(type, 0, "latin1");
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const parameters = Object.entries(input.parameters).map(([name, value]) =>
    frame("S", Buffer.from(`${name}\0${value}\0`)),
  );
  return Buffer.concat([
    frame("R", Buffer.alloc(4)),
    ...parameters,
    frame("K", Buffer.alloc(8)),
    frame("Z", Buffer.from("I")),
  ]);
}

/** Takes what the module wrote (pieces of at most 8 KB) and returns what it has to read next. */
function exchange(bytes: Uint8Array): Buffer {
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
  const whole = new Uint8Array(outgoing.subarray(0, end));
  outgoing = outgoing.subarray(end);
  // Terminate: the main thread ends the session itself.
  if (whole[0] === 0x58) return Buffer.alloc(0);
  input.port.postMessage(whole);
  if (expected === 0) return Buffer.alloc(0);
  const answer = receiveUntilReady(expected);
  ambiguous ||= holdsMetaCommand(answer);
  return answer;
}

function exchangeStartup(): Buffer {
  if (outgoing.length < 8 || outgoing.length < outgoing.readInt32BE(0)) return Buffer.alloc(0);
  const code = outgoing.readInt32BE(4);
  outgoing = outgoing.subarray(outgoing.readInt32BE(0));
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) return Buffer.from("N");
  started = true;
  return answerStartup();
}

/**
 * pgDump() deletes every line that begins with \restrict or \unrestrict, meant for psql's guard lines but not limited
 * to them. Such a line inside a function body or comment comes from the server as it is, so it is seen here.
 */
function holdsMetaCommand(answer: Buffer): boolean {
  for (let at = answer.indexOf(0x5c); at !== -1; at = answer.indexOf(0x5c, at + 1)) {
    if (!LINE_ENDS.has(answer[at - 1])) continue;
    if (/^\\(un)?restrict/i.test(answer.toString("latin1", at, at + 11))) return true;
  }
  return false;
}

const standIn = {
  query: async () => ({ rows: [{ search_path: "" }] }),
  exec: async () => [],
  execProtocolRawStream: (bytes: Uint8Array, options: { onRawData: (data: Uint8Array) => void }) => {
    const answer = exchange(bytes);
    if (answer.length > 0) options.onRawData(answer);
  },
};

try {
  const file = await pgDump({ pg: standIn as unknown as Module, args: input.args });
  parentPort?.postMessage({ ok: true, text: await file.text(), ambiguous });
} catch (error) {
  parentPort?.postMessage({ ok: false, message: error instanceof Error ? error.message : String(error) });
} finally {
  input.port.close();
}
