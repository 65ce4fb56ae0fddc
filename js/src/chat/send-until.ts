/** Repetition of a message until its effect is seen: any message to the kernel may be lost or arrive late. */

import type { PageMessage, Route } from "../transport/jupyter.ts";

/**
 * A Stop may be lost like any other frame, so it is repeated while the reply runs, for at most a minute.
 * After that it is not needed: the kernel itself stops a reply that has had no page for 30 s
 * (`abandon_after`, `resume_for`). A page that comes back before that must still stop the reply.
 */
export const STOP_REPETITION = { intervalMs: 500, maxAttempts: 120 };

/**
 * After this many attempts without an effect, the command is given up, so that the user can try again. The
 * kernel may listen again by then.
 */
const MAX_ATTEMPTS = 30;

/** How often a message is sent again until its effect is seen, and when it is given up. */
export interface RetryPolicy {
  /** Whether the transcript shows the message's effect. */
  readonly isConfirmed: () => boolean;
  readonly intervalMs: number;
  readonly maxAttempts?: number;
  /** Called when the message has been confirmed, or is no longer repeated. */
  readonly onFinished?: () => void;
}

/** Send a message now, and again at intervals until its effect is seen or it is given up. */
export function sendUntil<Message extends PageMessage>(
  route: Pick<Route<Message>, "send">,
  message: Message,
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt = 0,
): void {
  const { isConfirmed, intervalMs, maxAttempts = MAX_ATTEMPTS, onFinished } = policy;
  if (signal.aborted) return;
  if (isConfirmed() || attempt === maxAttempts) {
    onFinished?.();
    return;
  }
  route.send(message, attempt > 0);
  setTimeout(() => sendUntil(route, message, policy, signal, attempt + 1), intervalMs);
}
