import type { Engine } from "../engine";

type CaptureParts = Required<Pick<Engine, "followDatabase" | "dropCapture">>;

/** How changes are followed and captures dropped: as the engine does it or, when it does not say, as lib/engine does. */
export async function capturePartsOf(engine: Engine): Promise<CaptureParts> {
  return {
    followDatabase:
      engine.followDatabase ?? (await import("@/lib/engine/cdc/follow-database")).followDatabase,
    dropCapture: engine.dropCapture ?? (await import("@/lib/engine/cdc/drop-capture")).dropCapture,
  };
}
