import { CodedError } from "@/lib/util/coded-error";
import type { Engine } from "../engine";

type CaptureParts = Required<Pick<Engine, "followDatabase" | "dropCapture">>;

/** How changes are followed and captures dropped. */
export async function capturePartsOf(engine: Engine): Promise<CaptureParts> {
  const { followDatabase, dropCapture } = engine;
  if (followDatabase && dropCapture) return { followDatabase, dropCapture };
  throw new CodedError("INTERNAL", "This engine cannot follow changes.");
}
