/** What is thrown where a stream over HTTP does not come to its end. */

/** The server refused, the answer failed, or the stream broke off. */
export class StreamError extends Error {
  override readonly name = "StreamError";
  /** The HTTP status; 200 for what the stream itself said, 0 where the connection failed. */
  readonly status: number;
  /** What the server said beside its sentence. */
  readonly data: unknown;

  constructor(message: string, status: number, data?: unknown, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.data = data;
  }
}

/** The server's sentence, or what is known without one. */
export async function refusal(response: Response, url: string): Promise<StreamError> {
  const { status, statusText } = response;
  const data: unknown = await response.json().catch(() => undefined);
  const sentence = (data as { error?: unknown } | undefined)?.error;
  const known = response.ok ? "something else than a stream of events" : `${status} ${statusText}`.trim();
  return new StreamError(typeof sentence === "string" ? sentence : `${url} answered ${known}.`, status, data);
}

/** The connection is gone before the stream's end. */
export class Drop {
  readonly cause: unknown;

  constructor(cause?: unknown) {
    this.cause = cause;
  }
}

/** The promise; where it fails, the connection is gone. */
export function dropping<Value>(promise: Promise<Value>): Promise<Value> {
  return promise.catch((cause) => {
    throw new Drop(cause);
  });
}

/**
 * Whether the same may be taken a moment later: a proxy has nobody behind it while the server starts again, and
 * connections that died without a word count as readers for up to a minute.
 */
export function isForNow({ status }: { readonly status: number }): boolean {
  return status >= 500 || status === 408 || status === 429;
}

/** Asked once more the server would say the same: it was started again, nobody was here for too long, or it wants a key. */
export function isFinal({ status = 0 }: { readonly status?: number }): boolean {
  return status >= 400 && !isForNow({ status });
}
