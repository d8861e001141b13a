"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { ConnectionTestInput } from "@/lib/migrations/connection-test-contract";
import { RefusedRequest, testConnection } from "./arm-requests";
import type { FinishedTest } from "./test-result";

export interface ConnectionTest {
  running: boolean;
  /** The last test that gave a report; stays while another runs. */
  finished: FinishedTest | null;
  /** Why the last test could not run at all. */
  failure: RefusedRequest | null;
  run: (input: ConnectionTestInput) => Promise<void>;
}

/** One side's connection test. Starting another, or leaving the page, gives up the one under way. */
export function useConnectionTest(): ConnectionTest {
  const [running, setRunning] = useState(false);
  const [finished, setFinished] = useState<FinishedTest | null>(null);
  const [failure, setFailure] = useState<RefusedRequest | null>(null);
  const current = useRef<AbortController | null>(null);
  useEffect(() => () => current.current?.abort(), []);

  const run = useCallback(async (input: ConnectionTestInput) => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    setRunning(true);
    setFailure(null);
    try {
      const report = await testConnection(input, controller.signal);
      setFinished({ input, report });
    } catch (error) {
      if (controller.signal.aborted) return;
      if (!(error instanceof RefusedRequest)) throw error;
      setFinished(null);
      setFailure(error);
    } finally {
      if (current.current === controller) setRunning(false);
    }
  }, []);

  return { running, finished, failure, run };
}
