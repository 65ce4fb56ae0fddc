/** View of one row of a batch: its name, its state, and its cells. Their texts come from outside. */

import type { Row } from "../core/batch/messages.ts";
import { escapeControls } from "../core/control-characters.ts";
import { BATCH_TEXT } from "../core/page-text.ts";
import { button } from "../view/base/button.ts";
import { element, setAttribute } from "../view/base/dom.ts";
import { proseMarking, revealInvisible } from "../view/markdown/invisible-characters.ts";

export class RowView {
  readonly node = element("tr", "nbstream-row");
  readonly #index: number;
  readonly #retry: (index: number) => void;
  readonly #label = element("td", "nbstream-row-label");
  readonly #state = element("td", "nbstream-row-state");
  readonly #stateText = element("span", "");
  readonly #cells: HTMLTableCellElement[] = [];
  readonly #texts = new Map<HTMLElement, string>();
  #retryButton: HTMLButtonElement | undefined;

  constructor(index: number, retry: (index: number) => void) {
    this.#index = index;
    this.#retry = retry;
    this.#state.append(this.#stateText);
    this.node.append(this.#label, this.#state);
  }

  /**
   * Show a row.
   *
   * @param position Its place in the list, from 0.
   * @param columns How many columns the table has beside the name and the state.
   * @param canRetry Whether the kernel takes a Retry.
   * @param isAsked Whether the user has pressed Retry, and the kernel has not said so yet.
   */
  sync(row: Row, position: number, columns: number, canRetry: boolean, isAsked: boolean): void {
    // The first row of the table is its head.
    setAttribute(this.node, "aria-rowindex", String(position + 2));
    const isWaiting = isAsked && row.status === "failed";
    setAttribute(this.node, "data-role", isWaiting ? "waiting" : row.status);
    this.#setText(this.#label, row.label);
    const error = row.status === "failed" ? (row.error ?? "") : "";
    const errorCells = error ? columns - filledCells(row) : 0;
    const failure =
      error && errorCells === 0 ? BATCH_TEXT.rowFailed(error) : BATCH_TEXT.rowStatuses[row.status];
    this.#setText(this.#stateText, isWaiting ? BATCH_TEXT.askingAgain : failure);
    this.#syncButton(row, canRetry && !isWaiting);
    this.#syncCells(row, columns, error, errorCells);
  }

  #syncButton({ status, label }: Row, canRetry: boolean): void {
    if (status !== "failed" || !canRetry) {
      this.#retryButton?.remove();
      return;
    }
    this.#retryButton ??= button(BATCH_TEXT.retry, () => this.#retry(this.#index));
    setAttribute(this.#retryButton, "aria-label", BATCH_TEXT.retryRow(escapeControls(label)));
    if (!this.#retryButton.isConnected) this.#state.prepend(this.#retryButton);
  }

  /** Show the cells. The error of a failed row takes the place of the cells for which there is no result. */
  #syncCells(row: Row, columns: number, error: string, errorCells: number): void {
    const count = errorCells > 0 ? columns - errorCells + 1 : columns;
    while (this.#cells.length > count) this.#cells.pop()?.remove();
    while (this.#cells.length < count) {
      const cell = element("td", "");
      this.#cells.push(cell);
      this.node.append(cell);
    }
    for (const [column, cell] of this.#cells.entries()) {
      const isError = errorCells > 0 && column === count - 1;
      setAttribute(cell, "colspan", isError && errorCells > 1 ? String(errorCells) : undefined);
      setAttribute(cell, "class", isError ? "nbstream-row-error" : undefined);
      this.#setText(cell, isError ? error : (row.cells[column] ?? ""));
    }
  }

  #setText(node: HTMLElement, text: string): void {
    if (this.#texts.get(node) === text) return;
    this.#texts.set(node, text);
    node.replaceChildren(...revealInvisible(text, proseMarking(text)));
  }
}

/** How many cells, from the first on, are left when the empty ones at the end are taken away. */
function filledCells({ cells }: Row): number {
  return cells.findLastIndex((cell) => cell !== "") + 1;
}
