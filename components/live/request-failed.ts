/** A request the server answered with an error, or did not answer. */
export class RequestFailed extends Error {
  override readonly name = "RequestFailed";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/**
 * The failure an error response describes. Understands ARM's body `{error: {code, message}}`; anything else is told by
 * its HTTP status.
 */
export async function failureOf(response: Response): Promise<RequestFailed> {
  const text = await response.text().catch(() => "");
  const error = parseError(text);
  return new RequestFailed(
    response.status,
    error?.code ?? `HTTP_${response.status}`,
    error?.message ?? `The server answered ${response.status} ${response.statusText}`.trim(),
  );
}

function parseError(text: string): { code: string; message: string } | null {
  try {
    const body: unknown = JSON.parse(text);
    const error = property(body, "error");
    const code = property(error, "code");
    const message = property(error, "message");
    return typeof code === "string" && typeof message === "string" ? { code, message } : null;
  } catch {
    return null;
  }
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
