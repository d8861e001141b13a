import type { ValidationState } from "./vocabulary";

/** ARM's ValidationMessage plus what Howdah knows more: stable code, remedy and the objects concerned. */
export interface ValidationMessage {
  state: ValidationState;
  message: string;
  /** Closed code, see error-codes.ts; absent on plain passes. */
  code?: string;
  remedy?: string;
  objects?: string[];
  /** Id of the rule; its page is docs/rules/{id}.md. */
  rule?: string;
  /** What would happen otherwise. */
  why?: string;
  /** Statements that make the finding go away. */
  fix?: { side: "source" | "target"; sql: string }[];
  /** The rule could not run, which is no pass. */
  notChecked?: boolean;
}

/** ARM's ValidationSummaryItem: one rule's outcome. */
export interface ValidationSummaryItem {
  type: string;
  state: ValidationState;
  messages: ValidationMessage[];
  startedOn?: string;
  endedOn?: string;
}

/** ARM's DbLevelValidationStatus. */
export interface DatabaseValidation {
  databaseName: string;
  startedOn: string;
  endedOn: string;
  summary: ValidationSummaryItem[];
}

/** ARM's ValidationDetails, times in ISO 8601 UTC. */
export interface ValidationDetails {
  status: ValidationState;
  validationStartTimeInUtc: string;
  validationEndTimeInUtc: string;
  serverLevelValidationDetails: ValidationSummaryItem[];
  dbLevelValidationDetails: DatabaseValidation[];
}
