import { lookup } from "node:dns/promises";
import { connect as connectSocket, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { CodedError } from "@/lib/util/coded-error";
import type { ConnectionSettings } from "../connection-settings";
import { tlsOptions } from "../tls";

const TIMEOUT_MS = 8_000;

/** SSLRequest of the frontend protocol: length 8, code 80877103 (protocol-message-formats.html). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Addresses of the host; throws the resolver's error. */
export async function resolveHost(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  const addresses = await withTimeout(lookup(host, { all: true }));
  return addresses.map((entry) => entry.address);
}

/** Opens a TCP connection; the caller destroys it. */
export function openSocket(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, signal });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(timedOut()));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

export interface TlsFinding {
  protocol: string;
  cipher: string;
  subject: string;
  issuer: string;
  validTo: string;
}

/**
 * Asks for TLS on a fresh socket. null: the server speaks PostgreSQL but no TLS. Throws the handshake's error, or
 * CodedError NOT_POSTGRESQL when the answer is neither yes nor no.
 */
export async function probeTls(socket: Socket, settings: ConnectionSettings): Promise<TlsFinding | null> {
  socket.write(SSL_REQUEST);
  const answer = await firstByte(socket);
  if (answer === "N") return null;
  if (answer !== "S")
    throw new CodedError("NOT_POSTGRESQL", "The answer to the TLS request is not PostgreSQL's.");
  const secure = await handshake(socket, settings);
  try {
    const certificate = secure.getPeerCertificate();
    return {
      protocol: secure.getProtocol() ?? "TLS",
      cipher: secure.getCipher().name,
      subject: oneName(certificate.subject?.CN),
      issuer: oneName(certificate.issuer?.CN),
      validTo: certificate.valid_to ?? "",
    };
  } finally {
    secure.destroy();
  }
}

function oneName(name: string | string[] | undefined): string {
  return Array.isArray(name) ? name.join(", ") : (name ?? "");
}

function firstByte(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () =>
      reject(new CodedError("NOT_POSTGRESQL", "The connection was closed instead of answered.")),
    );
    socket.once("data", (data: Buffer) => {
      socket.pause();
      resolve(String.fromCharCode(data[0] ?? 0));
    });
  });
}

function handshake(socket: Socket, settings: ConnectionSettings): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const server = isIP(settings.host) ? {} : { servername: settings.host };
    const secure = connectTls({ socket, ...tlsOptions(settings), ...server }, () => resolve(secure));
    secure.once("error", reject);
  });
}

function timedOut(): Error {
  return Object.assign(new Error(`no answer within ${TIMEOUT_MS / 1000} s`), { code: "ETIMEDOUT" });
}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(timedOut()), TIMEOUT_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
