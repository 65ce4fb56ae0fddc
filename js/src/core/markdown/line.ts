/**
 * Reader of one line, from left to right. It counts in columns: tab stops are four columns apart, and part of
 * a tab may be consumed (§2.2).
 */
export class Line {
  readonly text: string;
  at = 0;
  #column = 0;
  #inTab = false;
  #next = -1;
  #indent = 0;

  constructor(text: string) {
    this.text = text;
  }

  #look(): void {
    let at = this.at;
    let column = this.#column;
    for (; ; at++) {
      const char = this.text[at];
      if (char === " ") column += 1;
      else if (char === "\t") column += 4 - (column % 4);
      else break;
    }
    this.#next = at;
    this.#indent = column - this.#column;
  }

  /** The index of the next character that is not white space. */
  get next(): number {
    if (this.#next < 0) this.#look();
    return this.#next;
  }

  /** The number of columns of white space before that character. */
  get indent(): number {
    if (this.#next < 0) this.#look();
    return this.#indent;
  }

  get blank(): boolean {
    return this.next >= this.text.length;
  }

  /** The next character that is not white space, or "". */
  get char(): string {
    return this.text[this.next] ?? "";
  }

  /** Consume white space, at most this many columns. */
  skip(columns: number): void {
    let left = Math.min(columns, this.indent);
    this.#next = -1;
    while (left > 0) {
      const width = this.text[this.at] === "\t" ? 4 - (this.#column % 4) : 1;
      this.#inTab = width > left;
      this.#column += Math.min(width, left);
      if (this.#inTab) return;
      this.at += 1;
      left -= width;
    }
  }

  /** Consume the white space before `next`, and `length` characters from there on. */
  eat(length: number): void {
    this.#column += this.indent + length;
    this.at = this.next + length;
    this.#inTab = false;
    this.#next = -1;
  }

  /** Return the rest of the line. A tab that was consumed in part is replaced by its remaining spaces. */
  rest(): string {
    if (!this.#inTab) return this.text.slice(this.at);
    return " ".repeat(4 - (this.#column % 4)) + this.text.slice(this.at + 1);
  }

  /** Return the rest of the line without the white space at its beginning. */
  content(): string {
    return this.text.slice(this.next);
  }
}
