import { describeCode, type ErrorCode } from "./error-codes";

export interface CodedErrorDetails {
  /** Overrides the catalogue's remedy when more is known, e.g. names the GRANT. */
  remedy?: string;
  /** SQLSTATE of the server's error, five characters. */
  sqlState?: string;
  /** Object, host or database the error is about. */
  subject?: string;
  /** True when trying again may help (connection loss, failover, resource shortage). */
  transient?: boolean;
  cause?: unknown;
}

/** The one error class that carries a closed code; its message is fit for users and never holds a secret. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly sqlState: string | null;
  readonly subject: string | null;
  readonly transient: boolean;

  constructor(code: ErrorCode, message: string, details: CodedErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "CodedError";
    this.code = code;
    this.remedy = details.remedy ?? describeCode(code).remedy;
    this.sqlState = details.sqlState ?? null;
    this.subject = details.subject ?? null;
    this.transient = details.transient ?? false;
  }

  /** What the code means, in one sentence. */
  get explanation(): string {
    return describeCode(this.code).cause;
  }
}
