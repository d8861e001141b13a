import type { StoreClient } from "./client";
import { seal, unseal } from "./seal";
import { secretKey } from "./secret-key";

export type Side = "source" | "target";

function context(migrationId: string, side: Side): string {
  return `howdah migration ${migrationId} ${side}`;
}

/** Seals and stores the password of one side, replacing an earlier one. */
export async function writeSecret(
  db: StoreClient,
  migrationId: string,
  side: Side,
  password: string,
): Promise<void> {
  const sealed = new Uint8Array(seal(password, secretKey(), context(migrationId, side)));
  await db.migrationSecret.upsert({
    where: { migrationId_side: { migrationId, side } },
    create: { migrationId, side, sealed },
    update: { sealed },
  });
}

/** Opens the password of one side; only workers do this. Throws CodedError SECRET_UNREADABLE, also when there is none. */
export async function openSecret(db: StoreClient, migrationId: string, side: Side): Promise<string> {
  const row = await db.migrationSecret.findUnique({ where: { migrationId_side: { migrationId, side } } });
  return unseal(row?.sealed ?? new Uint8Array(), secretKey(), context(migrationId, side));
}

/** Forgets both passwords; part of every ending. */
export async function deleteSecrets(db: StoreClient, migrationId: string): Promise<void> {
  await db.migrationSecret.deleteMany({ where: { migrationId } });
}
