import { z } from "zod";

/** A server as sourceDbServerMetadata and targetDbServerMetadata tell it; what is not known is absent. */
export const serverMetadata = z.object({
  location: z.string().exactOptional(),
  version: z.string().exactOptional(),
  storageMb: z.int32().exactOptional(),
  sku: z.object({ name: z.string(), tier: z.string().exactOptional() }).exactOptional(),
});
export type ServerMetadata = z.infer<typeof serverMetadata>;

/** As stored; empty for null and for another form. */
export function parseServerMetadata(json: unknown): ServerMetadata {
  return serverMetadata.safeParse(json).data ?? {};
}

const MIB_A_GIB = 1024;
const INT32_MAX = 2 ** 31 - 1;

/** A flexible server as Azure tells of it. */
export function metadataOfAzure(server: {
  location: string;
  version: string | null;
  sku: { name: string; tier: string } | null;
  storageGiB: number | null;
}): ServerMetadata {
  const { location, version, sku, storageGiB } = server;
  return {
    location,
    ...(version === null ? {} : { version }),
    ...(storageGiB === null ? {} : { storageMb: Math.min(storageGiB * MIB_A_GIB, INT32_MAX) }),
    ...(sku === null ? {} : { sku: { name: sku.name, tier: sku.tier } }),
  };
}
