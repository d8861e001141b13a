import type { ValidationState } from "./vocabulary";

/** ARM's ValidationMessage plus what Howdah knows more: stable code, remedy and the objects concerned. */
export interface ValidationMessage {
  state: ValidationState;
  message: string;
  /** Closed code, see error-codes.ts; absent on plain passes. */
  code?: string;
  remedy?: string;
  objects?: string[];
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
