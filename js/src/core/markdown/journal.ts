/**
 * How an unfinished line is applied and taken back. While a line is provisional, every change to what stood before
 * is written down with its way back; a finished line is written straight through.
 */
export class Journal {
  #undo: (() => void)[] | undefined;

  get provisional(): boolean {
    return this.#undo !== undefined;
  }

  begin(): void {
    this.#undo = [];
  }

  rollback(): void {
    const undo = this.#undo;
    this.#undo = undefined;
    while (undo?.length) undo.pop()?.();
  }

  set<T, K extends keyof T>(target: T, key: K, value: T[K]): void {
    const before = target[key];
    if (before === value) return;
    this.#undo?.push(() => {
      target[key] = before;
    });
    target[key] = value;
  }

  append<T>(array: readonly T[], item: T): void {
    this.keep(array);
    (array as T[]).push(item);
  }

  /** Whatever is appended from here on goes when the line is taken back. */
  keep(array: readonly unknown[]): void {
    const { length } = array;
    this.#undo?.push(() => {
      (array as unknown[]).length = length;
    });
  }
}
