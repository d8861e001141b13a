import type { FollowStart } from "../cdc/follow-options";
import type { CheckpointHead, CheckpointPart, CheckpointStore, MoveCheckpoint } from "../checkpoint";

export interface MemoryCheckpoint extends CheckpointStore {
  /** What is known now. */
  readonly known: MoveCheckpoint | null;
  /** Display of what was written, in order: "begin", "renew", "append a/0", "forget a". */
  readonly writes: readonly string[];
  /** Called before parts are taken; what it throws the engine gets. */
  onAppend: (parts: readonly CheckpointPart[]) => void | Promise<void>;
}

/** A checkpoint that lives as long as the test. Refuses what no engine should write. */
export function memoryCheckpoint(): MemoryCheckpoint {
  let head: CheckpointHead | null = null;
  let parts = new Map<string, CheckpointPart>();
  let follow: FollowStart | null = null;
  const writes: string[] = [];
  const keyOf = ({ schema, name, part }: CheckpointPart) => JSON.stringify([schema, name, part]);
  return {
    get known() {
      return head ? structuredClone({ head, parts: [...parts.values()], follow }) : null;
    },
    writes,
    onAppend: () => undefined,
    async load() {
      return this.known;
    },
    async begin(next) {
      writes.push("begin");
      head = structuredClone(next);
      parts = new Map();
    },
    async renew(next) {
      if (!head) throw new Error("nothing to renew");
      writes.push("renew");
      head = structuredClone(next);
    },
    async append(added) {
      await this.onAppend(added);
      for (const part of added) {
        if (!head) throw new Error("appended before it was begun");
        if (parts.has(keyOf(part))) throw new Error(`appended twice: ${keyOf(part)}`);
        writes.push(`append ${part.name}/${part.part}`);
        parts.set(keyOf(part), structuredClone(part));
      }
    },
    async forget(tables) {
      for (const { schema, name } of tables) {
        writes.push(`forget ${name}`);
        for (const [key, part] of parts) if (part.schema === schema && part.name === name) parts.delete(key);
      }
    },
    async follow(start) {
      writes.push("follow");
      follow = structuredClone(start);
    },
    async clear() {
      head = null;
      follow = null;
      parts = new Map();
    },
  };
}
