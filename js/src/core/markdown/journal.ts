/**
 * Undo log of the unfinished line. While a line is provisional, every change to the tree is recorded with its
 * inverse; changes by a finished line are not recorded.
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

  /**
   * Record the array's length before something is appended. When the line is taken back, everything after
   * that length is removed.
   */
  keep(array: readonly unknown[]): void {
    const { length } = array;
    this.#undo?.push(() => {
      (array as unknown[]).length = length;
    });
  }
}
