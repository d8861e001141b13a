import { TEST_DECODING_FRAGILE_SINCE } from "@/lib/postgres/replication/replication-session";
import type { OutputPlugin } from "./change-stream";
import { isReadable } from "./encodings";

/** The first with pgoutput. */
const PGOUTPUT_SINCE = 100_000;

/**
 * Output plugins for a source where nobody chose one, the best first. test_decoding needs no publication and follows tables without
 * replica identity until a row of them is changed; pgoutput is part of every server, sends UTF-8, and cannot end one of 18.
 */
export function preferredPlugins(version: number, serverEncoding: string): [OutputPlugin, OutputPlugin?] {
  if (version < PGOUTPUT_SINCE) return ["test_decoding"];
  if (!isReadable(serverEncoding)) return ["pgoutput"];
  return version >= TEST_DECODING_FRAGILE_SINCE
    ? ["pgoutput", "test_decoding"]
    : ["test_decoding", "pgoutput"];
}
