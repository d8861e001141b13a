/** One error as Azure Resource Manager writes it; details have the same form. */
export interface ArmErrorDetail {
  code: string;
  message: string;
  target?: string;
  details?: ArmErrorDetail[];
  additionalInfo?: { type: string; info: Record<string, unknown> }[];
}

export interface ArmErrorBody {
  error: ArmErrorDetail;
}

export interface ArmErrorOptions {
  /** What in the request is wrong: a property path, a query parameter, a name. */
  target?: string;
  details?: ArmErrorDetail[];
  additionalInfo?: ArmErrorDetail["additionalInfo"];
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An answer that is an error, with its HTTP status. Its message goes to the caller: it never holds a secret. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly options: ArmErrorOptions;

  constructor(status: number, code: string, message: string, options: ArmErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "ArmError";
    this.status = status;
    this.code = code;
    this.options = options;
  }

  /** The body that goes on the wire. */
  toBody(): ArmErrorBody {
    const { target, details, additionalInfo } = this.options;
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(target === undefined ? {} : { target }),
        ...(details === undefined ? {} : { details }),
        ...(additionalInfo === undefined ? {} : { additionalInfo }),
      },
    };
  }
}

/** 404 for a subscription this installation does not know. */
export function subscriptionNotFound(subscriptionId: string): ArmError {
  return new ArmError(
    404,
    "SubscriptionNotFound",
    `The subscription '${subscriptionId}' could not be found.`,
  );
}

/** 404 for a resource group other than the local one. */
export function resourceGroupNotFound(resourceGroup: string): ArmError {
  return new ArmError(404, "ResourceGroupNotFound", `Resource group '${resourceGroup}' could not be found.`);
}

/** 404 for a resource; `type` includes the provider, `name` the names of the parents. */
export function resourceNotFound(type: string, name: string, resourceGroup: string): ArmError {
  const provider = type.slice(0, type.indexOf("/"));
  const types = type.split("/").slice(1);
  const names = name.split("/");
  const path = types.map((part, index) => `${part}/${names[index] ?? ""}`).join("/");
  return new ArmError(
    404,
    "ResourceNotFound",
    `The Resource '${provider}/${path}' under resource group '${resourceGroup}' was not found.`,
  );
}
