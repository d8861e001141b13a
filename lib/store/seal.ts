import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { CodedError } from "@/lib/util/coded-error";

/** AES-256-GCM with the nonce size and tag size NIST SP 800-38D recommends. */
const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 1;

/**
 * Seals `text` under a 32-byte key: one byte of format, nonce, tag, ciphertext. `context` is authenticated, not stored:
 * a sealed password moved to another migration or side does not open.
 */
export function seal(text: string, key: Buffer, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context, "utf8"));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), body]);
}

/** Opens what `seal` made. Throws CodedError SECRET_UNREADABLE when key, context or bytes are not the same. */
export function unseal(sealed: Uint8Array, key: Buffer, context: string): string {
  const bytes = Buffer.from(sealed);
  const tagAt = 1 + NONCE_BYTES;
  try {
    if (bytes[0] !== FORMAT) throw new Error("unknown format");
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(1, tagAt), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context, "utf8"));
    decipher.setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES));
    return decipher.update(bytes.subarray(tagAt + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
  } catch (cause) {
    throw new CodedError(
      "SECRET_UNREADABLE",
      "The stored password cannot be opened with this installation's key.",
      {
        cause,
      },
    );
  }
}
