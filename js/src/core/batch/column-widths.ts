/** Widths of a table's columns, by the longest texts that have been seen in them. */

/** The widths in which a column is kept, in em. */
const MIN_WIDTH_EM = 4;
const MAX_WIDTH_EM = 24;

/** The width of a character, and of the space beside a text, in em. */
const CHAR_EM = 0.55;
const PADDING_EM = 1.3;

/** The most characters of a cell that count: this many fill the widest column, and the column cuts off the rest. */
const MAX_CHARS = Math.ceil((MAX_WIDTH_EM - PADDING_EM) / CHAR_EM);

export class ColumnWidths {
  readonly #chars: number[];

  constructor(names: readonly string[]) {
    this.#chars = names.map(({ length }) => Math.min(MAX_CHARS, length));
  }

  /** Note the texts of a row, and return whether a column has become wider. Columns never become narrower. */
  add(cells: readonly string[]): boolean {
    let isWider = false;
    for (const [column, chars] of this.#chars.entries()) {
      const length = Math.min(MAX_CHARS, cells[column]?.length ?? 0);
      if (length <= chars) continue;
      this.#chars[column] = length;
      isWider = true;
    }
    return isWider;
  }

  /** The width of each column, in em. */
  get widthsEm(): number[] {
    return this.#chars.map((chars) =>
      Math.min(MAX_WIDTH_EM, Math.max(MIN_WIDTH_EM, Math.ceil(chars * CHAR_EM + PADDING_EM))),
    );
  }
}
