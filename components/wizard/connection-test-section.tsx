"use client";

import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Note } from "@/components/ui/note";
import type { ConnectionTestInput } from "@/lib/migrations/connection-test-contract";
import { TestReport } from "./test-report";
import { isStale } from "./test-result";
import type { ConnectionTest } from "./use-connection-test";

interface ConnectionTestSectionProps {
  test: ConnectionTest;
  /** What a test would send now; null while that is not known. */
  input: ConnectionTestInput | null;
  onTest: () => void;
  description: string;
  children?: ReactNode;
}

/** The button that tests a connection, and what the last test found. */
export function ConnectionTestSection({
  test,
  input,
  onTest,
  description,
  children,
}: ConnectionTestSectionProps) {
  const { running, finished, failure } = test;
  const stale = finished !== null && isStale(finished, input);
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        {/* The form's first submit button: Enter in a field tests the connection. */}
        <Button
          type="submit"
          pending={running}
          onClick={(event) => {
            event.preventDefault();
            onTest();
          }}
        >
          {!running && <Icon name="refresh" />}
          Test connection
        </Button>
        <p className="text-caption text-muted">{description}</p>
      </div>
      <div role="status" className="sr-only">
        {running
          ? "Testing the connection"
          : stale
            ? "Fields changed. Test the connection again."
            : finished?.report.summary}
      </div>
      {failure && !running && (
        <Note tone="bad" role="alert" title="The test could not run">
          <p>
            {failure.message} {failure.remedy}{" "}
            <span className="whitespace-nowrap text-muted">({failure.code})</span>
          </p>
        </Note>
      )}
      {finished && <TestReport report={finished.report} stale={stale} running={running} />}
      {children}
    </div>
  );
}
