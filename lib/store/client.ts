import { PrismaPg } from "@prisma/adapter-pg";
import { type Prisma, PrismaClient } from "@/lib/generated/prisma/client";
import { CodedError } from "@/lib/util/coded-error";

/** The client or an open transaction of it: what store functions run their one statement on. */
export type StoreClient = PrismaClient | Prisma.TransactionClient;

/** Connections of one process to the store; a worker's reporters and polls share them. */
const POOL_SIZE = 10;

/** Of a transaction, in ms: for a connection while many are asked for, and for its end on a machine that has other work. */
const PATIENCE = { maxWait: 10_000, timeout: 20_000 };

interface OpenStore {
  url: string;
  client: PrismaClient;
}

// Next instantiates a module once per bundle; only globalThis is shared by all of them.
const shared = globalThis as typeof globalThis & { howdahStore?: OpenStore };

/** URL of the store this process uses. Throws CodedError INTERNAL when none is configured. */
export function storeUrl(): string {
  const url = shared.howdahStore?.url ?? process.env["DATABASE_URL"];
  if (!url) throw new CodedError("INTERNAL", "DATABASE_URL is not set: this process has no store.");
  return url;
}

/** The process's client of the store at `openStore`'s URL or else DATABASE_URL; connects on first use. */
export function store(): PrismaClient {
  return shared.howdahStore?.client ?? openStore(storeUrl());
}

/** Makes `url` the store of this process. Throws when another one is open. */
export function openStore(url: string): PrismaClient {
  const open = shared.howdahStore;
  if (open?.url === url) return open.client;
  if (open) throw new CodedError("INTERNAL", "This process already uses another store.");
  const adapter = new PrismaPg({ connectionString: url, max: POOL_SIZE, application_name: "howdah store" });
  const client = new PrismaClient({ adapter, transactionOptions: PATIENCE });
  shared.howdahStore = { url, client };
  return client;
}

/** True when this process has opened its store. */
export function isStoreOpen(): boolean {
  return shared.howdahStore !== undefined;
}

/** Ends the process's connections to the store; the next `store()` opens them again. */
export async function closeStore(): Promise<void> {
  const open = shared.howdahStore;
  delete shared.howdahStore;
  await open?.client.$disconnect();
}
