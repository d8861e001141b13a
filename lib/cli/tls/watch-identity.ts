import { statSync } from "node:fs";
import { setInterval } from "node:timers/promises";
import { readTlsIdentity, type TlsIdentity } from "./tls-identity";

/** Looking costs two stat calls. Notifications would miss files that are links, as certbot and Kubernetes make them. */
const LOOK_EVERY_MS = 2_000;

export interface IdentityWatch {
  /** The certificate that is shown; the files are its own. */
  identity: TlsIdentity;
  /** Another certificate whose key fits, and which has not expired, is there. */
  onRenewed: (identity: TlsIdentity) => void;
  /** The files have changed into something that cannot be used; what is shown stays. CodedError CERTIFICATE_UNUSABLE. */
  onRefused: (error: unknown) => void;
  signal: AbortSignal;
  /** Milliseconds between looks; default 2000. */
  everyMs?: number;
}

/** Looks at a certificate and its key until the signal is aborted, and tells when they were renewed. Never throws. */
export async function watchIdentity({ identity, signal, everyMs, ...told }: IdentityWatch): Promise<void> {
  let shown = identity.fingerprint;
  // The first look reads the files: they may have changed since the identity was read.
  let seen = "";
  try {
    for await (const _ of setInterval(everyMs ?? LOOK_EVERY_MS, undefined, { signal, ref: false })) {
      const stamp = stampOf(identity);
      if (stamp === seen) continue;
      seen = stamp;
      try {
        const found = readTlsIdentity(identity.certificateFile, identity.keyFile);
        if (found.fingerprint === shown) continue;
        told.onRenewed(found);
        shown = found.fingerprint;
      } catch (error) {
        told.onRefused(error);
      }
    }
  } catch (error) {
    if (!signal.aborted) told.onRefused(error);
  }
}

/** Changes when one of the files is written or replaced, also by another behind the same link. */
function stampOf({ certificateFile, keyFile }: TlsIdentity): string {
  return [certificateFile, keyFile]
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : "absent";
    })
    .join(", ");
}
