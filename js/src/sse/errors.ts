/** Errors of a stream over HTTP, and rules for which of them may go away with another attempt. */

/** The server refused the request, the answer failed, or the stream broke off. */
export class StreamError extends Error {
  override readonly name = "StreamError";
  /** The HTTP status; 200 for an error that the stream itself reported, 0 when the connection failed. */
  readonly status: number;
  /** The body of the server's reply, or the event that reported the error. */
  readonly data: unknown;

  constructor(message: string, status: number, data?: unknown, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.data = data;
  }
}

/** Make the error for a refused request: the server's own sentence, or the status if it sent none. */
export async function errorFrom(response: Response, url: string): Promise<StreamError> {
  const { status, statusText } = response;
  const data: unknown = await response.json().catch(() => undefined);
  const sentence = (data as { error?: unknown } | undefined)?.error;
  const fallback = response.ok ? "something else than a stream of events" : `${status} ${statusText}`.trim();
  return new StreamError(
    typeof sentence === "string" ? sentence : `${url} answered ${fallback}.`,
    status,
    data,
  );
}

/** Thrown when the connection is gone before the end of the stream. */
export class ConnectionLost {
  readonly cause: unknown;

  constructor(cause?: unknown) {
    this.cause = cause;
  }
}

/** If the promise rejects, reject with `ConnectionLost` instead. */
export function asConnectionLost<Value>(promise: Promise<Value>): Promise<Value> {
  return promise.catch((cause) => {
    throw new ConnectionLost(cause);
  });
}

/**
 * Whether the same request may succeed a moment later. A proxy answers 5xx while the server behind it
 * restarts. A connection that broke without being closed still counts against the limit of readers (429) for
 * up to a minute.
 */
export function isTransient({ status }: { readonly status: number }): boolean {
  return status >= 500 || status === 408 || status === 429;
}

/**
 * Whether the server would refuse the same request again. Causes are: the server was restarted and has lost
 * the stream, the stream has expired, or the request has no valid key.
 */
export function isFinal({ status = 0 }: { readonly status?: number }): boolean {
  return status >= 400 && !isTransient({ status });
}
