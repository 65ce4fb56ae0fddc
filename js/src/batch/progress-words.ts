/** Words for the state of a run, for its status line and its progress bar. */

import type { Progress } from "../core/batch/messages.ts";
import { BATCH_TEXT } from "../core/page-text.ts";
import { formatNumber, formatUsd, MIN_SHOWN_USD } from "../view/base/amounts.ts";
import { formatDuration } from "../view/base/duration.ts";

/** From this amount of dollars on, cents are precise enough. */
const CENTS_FROM_USD = 0.1;

/** How many rows have a result or an error. */
export function endedRows({ done, failed }: Progress): number {
  return done + failed;
}

export function describeRows(progress: Progress): string {
  const { total, failed } = progress;
  const rows = BATCH_TEXT.progress(formatNumber(endedRows(progress)), formatNumber(total), total === 1);
  return failed > 0 ? BATCH_TEXT.progressFailed(rows, formatNumber(failed)) : rows;
}

/** Say how a run goes, if that is not plain to see; "" for one that just goes on. */
export function describeStatus(progress: Progress, isStopping: boolean): string {
  const { status, stop_reason, slowedUntil } = progress;
  if (status === "stopped") return BATCH_TEXT.reasons[stop_reason ?? ""] ?? BATCH_TEXT.statuses.stopped;
  if (status !== "running") return BATCH_TEXT.statuses[status];
  if (isStopping) return BATCH_TEXT.stopping;
  return slowedUntil !== null && slowedUntil > 0 ? BATCH_TEXT.slowed : "";
}

/** The figures of a run, in the order in which they are shown. */
export function* describeFigures(progress: Progress): Generator<string> {
  const { status, slowedUntil, rowsPerMinute, secondsLeft, seconds, cost } = progress;
  const isRunning = status === "running";
  yield describeRows(progress);
  if (isRunning && slowedUntil !== null && slowedUntil > 0)
    yield BATCH_TEXT.goingOn(formatDuration(slowedUntil));
  if (rowsPerMinute !== null && isRunning) yield BATCH_TEXT.rate(formatNumber(Math.round(rowsPerMinute)));
  if (!isRunning) yield formatDuration(Math.round(seconds));
  else if (secondsLeft !== null) yield BATCH_TEXT.left(formatDuration(secondsLeft));
  if (cost !== null && cost >= MIN_SHOWN_USD) yield describeCost(progress, cost);
}

/** The figures of a run in full, for those who want to know. */
export function describeTokens({ inputTokens, outputTokens, cost }: Progress): string {
  const tokens = BATCH_TEXT.tokens(formatNumber(inputTokens), formatNumber(outputTokens));
  return cost === null ? tokens : BATCH_TEXT.tokensWithCost(tokens);
}

function describeCost({ status, expectedCost }: Progress, cost: number): string {
  const soFar = formatUsd(cost, CENTS_FROM_USD);
  if (status !== "running") return soFar;
  if (expectedCost === null) return BATCH_TEXT.costSoFar(soFar);
  return BATCH_TEXT.costInAll(soFar, formatUsd(expectedCost, CENTS_FROM_USD));
}
