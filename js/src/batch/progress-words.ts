/** Words for the state of a run, for its status line and its progress bar. */

import type { BatchStatus, Progress } from "../core/batch/messages.ts";
import { formatNumber, formatUsd } from "../view/base/amounts.ts";
import { formatDuration } from "../view/base/duration.ts";

/** From this amount of dollars on, cents are precise enough. */
const CENTS_FROM_USD = 0.1;

const STATUS_LABELS: Readonly<Record<BatchStatus, string>> = {
  running: "",
  done: "Done",
  stopped: "Stopped",
  failed: "Failed, as no row could be asked",
};

/** Why a run was stopped, where it was not the user's Stop. */
const REASON_LABELS: Readonly<Record<string, string>> = {
  budget: "Stopped at the budget",
  interrupt: "Interrupted",
};

/** How many rows have a result or an error. */
export function endedRows({ done, failed }: Progress): number {
  return done + failed;
}

export function describeRows(progress: Progress): string {
  const { total, failed } = progress;
  const rows = `${formatNumber(endedRows(progress))} of ${formatNumber(total)} ${total === 1 ? "row" : "rows"}`;
  return failed > 0 ? `${rows}, ${formatNumber(failed)} failed` : rows;
}

/** Say how a run goes, if that is not plain to see; "" for one that just goes on. */
export function describeStatus(progress: Progress, isStopping: boolean): string {
  const { status, stop_reason, slowedUntil } = progress;
  if (status === "stopped") return REASON_LABELS[stop_reason ?? ""] ?? STATUS_LABELS.stopped;
  if (status !== "running") return STATUS_LABELS[status];
  if (isStopping) return "Stopping…";
  return slowedUntil !== null && slowedUntil > 0 ? "Claude asks to wait" : "";
}

/** The figures of a run, in the order in which they are shown. */
export function* describeFigures(progress: Progress): Generator<string> {
  const { status, slowedUntil, rowsPerMinute, secondsLeft, seconds, cost } = progress;
  const isRunning = status === "running";
  yield describeRows(progress);
  if (isRunning && slowedUntil !== null && slowedUntil > 0)
    yield `going on in ${formatDuration(slowedUntil)}`;
  if (rowsPerMinute !== null && isRunning) yield `${formatNumber(Math.round(rowsPerMinute))} rows a minute`;
  if (!isRunning) yield formatDuration(Math.round(seconds));
  else if (secondsLeft !== null) yield `${formatDuration(secondsLeft)} left`;
  if (cost !== null) yield describeCost(progress, cost);
}

/** The figures of a run in full, for those who want to know. */
export function describeTokens({ inputTokens, outputTokens, cost }: Progress): string {
  const sent = `${formatNumber(inputTokens)} tokens sent to Claude`;
  const tokens = `${sent}, ${formatNumber(outputTokens)} written`;
  return cost === null ? tokens : `${tokens}; the dollars are by the list prices, as an estimate`;
}

function describeCost({ status, expectedCost }: Progress, cost: number): string {
  const soFar = formatUsd(cost, CENTS_FROM_USD);
  if (status !== "running") return soFar;
  if (expectedCost === null) return `${soFar} so far`;
  return `${soFar} so far, about ${formatUsd(expectedCost, CENTS_FROM_USD)} in all`;
}
