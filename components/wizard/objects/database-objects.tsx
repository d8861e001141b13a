"use client";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Note } from "@/components/ui/note";
import { Spinner } from "@/components/ui/spinner";
import { databaseName } from "@/lib/migrations/database-name";
import { type DatabaseFilterBody, type DatabaseSelection, hasFilter } from "@/lib/migrations/filter";
import { filterOf, targetNameOf } from "../selections";
import { FilterConsequences } from "./filter-consequences";
import { ObjectTree } from "./object-tree";
import { PatternEditor } from "./pattern-editor";
import { useSourceObjects } from "./use-source-objects";

interface DatabaseObjectsProps {
  id: string;
  selection: DatabaseSelection;
  /** What is wrong with the target name. */
  problem: string | undefined;
  onChange: (selection: DatabaseSelection) => void;
}

/** What of one database moves, and under which name. */
export function DatabaseObjects({ id, selection, problem, onChange }: DatabaseObjectsProps) {
  const { name } = selection;
  const filter = filterOf(selection);
  const setFilter = (next: DatabaseFilterBody) => onChange({ ...named(selection), ...next });
  return (
    <section id={id} aria-label={`What moves of ${name}`} className="grid gap-4 bg-surface p-3 sm:pl-10">
      <Field
        label="Name on the target"
        className="max-w-80"
        error={problem ?? nameProblem(selection)}
        help={`Empty: it keeps the name ${name}.`}
      >
        <Input
          value={selection.targetName ?? ""}
          placeholder={name}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onChange(renamed(selection, event.target.value))}
        />
      </Field>
      <div className="grid gap-2">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h2 className="font-medium">Objects that move</h2>
          <Button size="small" disabled={!hasFilter(filter)} onClick={() => setFilter({})}>
            Move everything
          </Button>
        </div>
        <Objects database={name} filter={filter} onChange={setFilter} />
        <PatternEditor filter={filter} onChange={setFilter} />
        {hasFilter(filter) && <FilterConsequences database={name} filter={filter} />}
      </div>
    </section>
  );
}

interface ObjectsProps {
  database: string;
  filter: DatabaseFilterBody;
  onChange: (filter: DatabaseFilterBody) => void;
}

function Objects({ database, filter, onChange }: ObjectsProps) {
  const { data, error, refetch } = useSourceObjects(database);
  if (error) {
    return (
      <Note
        tone="bad"
        role="alert"
        title={`The objects of ${database} could not be read`}
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      >
        <p className="wrap-anywhere">{error.message}</p>
        {error.remedy && <p>{error.remedy}</p>}
      </Note>
    );
  }
  if (!data) {
    return (
      <p
        role="status"
        className="flex h-40 items-center justify-center gap-2 rounded-md border border-line text-muted"
      >
        <Spinner /> Reading tables and sizes
      </p>
    );
  }
  return <ObjectTree database={database} objects={data} filter={filter} onChange={onChange} />;
}

function named({ name, targetName }: DatabaseSelection): DatabaseSelection {
  return targetName === undefined ? { name } : { name, targetName };
}

function renamed(selection: DatabaseSelection, text: string): DatabaseSelection {
  const { targetName: _, ...rest } = selection;
  return text === "" ? rest : { ...rest, targetName: text };
}

function nameProblem(selection: DatabaseSelection): string | undefined {
  return databaseName.safeParse(targetNameOf(selection)).error?.issues[0]?.message;
}
