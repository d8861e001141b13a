import { RadioCards } from "@/components/ui/radio-cards";
import { joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationOption } from "@/lib/migrations/vocabulary";

interface OverwriteChoiceProps {
  /** Chosen databases the target already has. */
  names: readonly string[];
  target: string;
  option: MigrationOption;
  value: "True" | "False";
  onChange: (value: "True" | "False") => void;
}

/** What to do with databases the target already has. The safe answer is the default. */
export function OverwriteChoice({ names, target, option, value, onChange }: OverwriteChoiceProps) {
  const list = joinNames(names);
  const one = names.length === 1;
  const exist = `${list} already ${one ? "exists" : "exist"} on ${target}`;
  if (option === "Validate") {
    return <p className="text-table text-muted">{exist}. The validation reports it and changes nothing.</p>;
  }
  return (
    <RadioCards
      label={exist}
      name="overwrite"
      columns={2}
      value={value}
      onValueChange={(next) => onChange(next === "True" ? "True" : "False")}
      cards={[
        {
          value: "False",
          label: "Stop and ask me",
          help: "The migration waits before it drops anything, and goes on when you confirm.",
        },
        {
          value: "True",
          label: "Overwrite on target",
          help: `${one ? "The database" : "They"} on the target ${one ? "is" : "are"} dropped with everything in ${one ? "it" : "them"} and created again from the source.`,
        },
      ]}
    />
  );
}
