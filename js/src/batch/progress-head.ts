/** View of a run's progress: a thin bar, and under it the line with its state and the Stop button. */

import type { Link } from "../chat/link.ts";
import type { Progress } from "../core/batch/messages.ts";
import { BATCH_TEXT, LINK_TEXT } from "../core/page-text.ts";
import { Announcer } from "../view/base/announcer.ts";
import { stopButton } from "../view/base/button.ts";
import { element, setAttribute, setText } from "../view/base/dom.ts";
import { lossLabel } from "../view/status/link-label.ts";
import {
  describeFigures,
  describeRows,
  describeStatus,
  describeTokens,
  endedRows,
} from "./progress-words.ts";

/** Least time between two announcements of the number of rows. The end of a run is announced at once. */
const ANNOUNCEMENT_MS = 5_000;

export class ProgressHead {
  readonly element: HTMLElement;
  readonly #bar: HTMLElement;
  readonly #done = element("div", "nbstream-progress-done");
  readonly #failed = element("div", "nbstream-progress-failed");
  readonly #actions: HTMLElement;
  readonly #status = element("span", "nbstream-state", { role: "status" });
  readonly #name = element("span", "nbstream-state-name");
  readonly #figures = element("span", "nbstream-figures", { "aria-live": "off" });
  readonly #stopButton: HTMLButtonElement;
  readonly #announcer = new Announcer((work) => work());
  #announced: string | undefined;
  #announcedAt = 0;

  /** @param buttons Buttons that stand before the Stop button. */
  constructor(stop: () => void, ...buttons: HTMLElement[]) {
    const role = { role: "progressbar", "aria-label": BATCH_TEXT.rows, "aria-valuemin": "0" };
    this.#bar = element("div", "nbstream-progress", role, this.#done, this.#failed);
    this.#stopButton = stopButton(stop);
    this.#status.append(this.#name, this.#figures);
    this.#actions = element("div", "nbstream-batch-actions", {}, ...buttons);
    const line = element("div", "nbstream-bar", {}, this.#status, this.#actions);
    this.element = element("div", "nbstream-progress-head", {}, this.#bar, line, this.#announcer.element);
  }

  /**
   * Show a run's progress.
   *
   * @param link The link to the kernel.
   * @param isStopping Whether the user's Stop is on its way to the kernel.
   * @param now The page's clock, in milliseconds.
   */
  paint(progress: Progress, link: Link, isStopping: boolean, now: number): void {
    this.#paintBar(progress);
    const isLive = progress.status === "running" && !link.isAtRest;
    const figures =
      isLive || progress.status !== "running" ? [...describeFigures(progress)] : [describeRows(progress)];
    const name = labelOf(progress, link, isStopping);
    setText(this.#name, name);
    setText(this.#figures, (name ? " · " : "") + figures.join(" · "));
    setAttribute(this.#status, "title", describeTokens(progress));
    if (!isLive) this.#stopButton.remove();
    else if (!this.#stopButton.isConnected) this.#actions.append(this.#stopButton);
    this.#announce(progress, isLive, now);
  }

  #paintBar(progress: Progress): void {
    const ended = endedRows(progress);
    const { total, done, failed } = progress;
    setAttribute(this.#bar, "aria-valuemax", String(total));
    setAttribute(this.#bar, "aria-valuenow", String(ended));
    setAttribute(this.#bar, "aria-valuetext", describeRows(progress));
    setShare(this.#done, done, total);
    setShare(this.#failed, failed, total);
  }

  #announce(progress: Progress, isLive: boolean, now: number): void {
    const rows = describeRows(progress);
    const isFirst = this.#announced === undefined;
    if (!isFirst && (rows === this.#announced || now < this.#announcedAt + ANNOUNCEMENT_MS)) return;
    this.#announced = rows;
    this.#announcedAt = now;
    if (isFirst) return;
    this.#announcer.add(rows);
    this.#announcer.flush(isLive);
  }
}

function setShare(part: HTMLElement, count: number, total: number): void {
  const width = `${total > 0 ? Math.min(100, (100 * count) / total).toFixed(2) : 0}%`;
  if (part.style.width !== width) part.style.width = width;
}

function labelOf(progress: Progress, { state, loss }: Link, isStopping: boolean): string {
  if (state === "away" && progress.status === "running") return LINK_TEXT.away;
  if (state !== "lost") return describeStatus(progress, isStopping);
  const status = progress.status === "running" ? ("stopped" as const) : progress.status;
  return `${describeStatus({ ...progress, status }, false)} · ${lossLabel(loss)}`;
}
