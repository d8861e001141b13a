"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { DatabaseFilterBody } from "@/lib/migrations/filter";
import {
  PATTERN_LISTS,
  type PatternListId,
  patternProblem,
  widePatterns,
  withoutPattern,
  withPattern,
} from "./pattern-lists";

interface PatternEditorProps {
  filter: DatabaseFilterBody;
  onChange: (filter: DatabaseFilterBody) => void;
}

/** Patterns with wildcards, for what the tree would need many ticks for; they also hold for objects that appear later. */
export function PatternEditor({ filter, onChange }: PatternEditorProps) {
  const [list, setList] = useState<PatternListId>("exclude.tables");
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const patterns = widePatterns(filter);
  const { example } = PATTERN_LISTS.find(({ value }) => value === list) ?? PATTERN_LISTS[0];
  const add = () => {
    const problem = patternProblem(list, text.trim());
    setError(problem ?? undefined);
    if (problem !== null) return;
    onChange(withPattern(filter, { list, pattern: text.trim() }));
    setText("");
  };
  return (
    <details className="group rounded-md border border-line bg-bg">
      <summary className="flex items-center gap-2 rounded-md px-3 py-2 font-medium hover:bg-surface">
        <Icon name="right" className="text-muted transition-transform group-open:rotate-90" />
        Patterns
        {patterns.length > 0 && <span className="text-caption text-muted">{patterns.length} in use</span>}
      </summary>
      <div className="grid gap-3 border-t border-line p-3">
        <div className="grid items-start gap-2 sm:grid-cols-[200px_minmax(0,1fr)_auto]">
          <Field label="What it does">
            <Select
              value={list}
              onValueChange={(value) => {
                setList(value as PatternListId);
                setError(undefined);
              }}
              options={PATTERN_LISTS.map(({ value, label }) => ({ value, label }))}
            />
          </Field>
          <Field
            label="Pattern"
            error={error}
            help={
              <>
                <code>*</code> and <code>?</code> are wildcards, for example <code>{example}</code>; double
                quotes take a name literally.
              </>
            }
          >
            <Input
              value={text}
              spellCheck={false}
              autoComplete="off"
              className="font-mono text-code"
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                add();
              }}
            />
          </Field>
          <Button className="sm:mt-6" onClick={add}>
            Add pattern
          </Button>
        </div>
        {patterns.length > 0 && (
          <ul className="grid gap-1" aria-label="Patterns in use">
            {patterns.map((one) => (
              <li key={`${one.list} ${one.pattern}`} className="flex items-center gap-2 text-table">
                <span className="w-44 shrink-0 text-muted max-sm:w-auto">
                  {PATTERN_LISTS.find(({ value }) => value === one.list)?.label}
                </span>
                <code className="min-w-0 flex-1 truncate">{one.pattern}</code>
                <Button
                  size="icon-small"
                  variant="quiet"
                  aria-label={`Remove the pattern ${one.pattern}`}
                  onClick={() => onChange(withoutPattern(filter, one))}
                >
                  <Icon name="close" />
                </Button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}
