import { z } from "zod";
import { CodedError } from "@/lib/util/coded-error";
import type { StoreClient } from "../client";
import { seal, unseal } from "../seal";
import { secretKey } from "../secret-key";
import type { Side } from "../secrets";

/** How a verification logs in on one side. */
export interface VerificationLogin {
  user: string;
  password: string;
}

const login = z.object({ user: z.string(), password: z.string() });

function context(verificationId: string, side: Side): string {
  return `howdah verification ${verificationId} ${side}`;
}

/** Seals and stores the login of one side. */
export async function writeVerificationLogin(
  db: StoreClient,
  verificationId: string,
  side: Side,
  { user, password }: VerificationLogin,
): Promise<void> {
  const text = JSON.stringify({ user, password });
  const sealed = new Uint8Array(seal(text, secretKey(), context(verificationId, side)));
  await db.verificationSecret.create({ data: { verificationId, side, sealed } });
}

/** Opens the login of one side; only workers do this. Throws CodedError SECRET_UNREADABLE, also when there is none. */
export async function openVerificationLogin(
  db: StoreClient,
  verificationId: string,
  side: Side,
): Promise<VerificationLogin> {
  const row = await db.verificationSecret.findUnique({
    where: { verificationId_side: { verificationId, side } },
  });
  const text = unseal(row?.sealed ?? new Uint8Array(), secretKey(), context(verificationId, side));
  const parsed = login.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new CodedError("SECRET_UNREADABLE", "The stored login of the verification has another form.");
}

/** Forgets both logins; part of every ending. */
export async function deleteVerificationLogins(db: StoreClient, verificationId: string): Promise<void> {
  await db.verificationSecret.deleteMany({ where: { verificationId } });
}
