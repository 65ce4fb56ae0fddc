/** A line being read from the left, in columns: tabs go to stops of four and may be eaten in part (§2.2). */
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

  /** Where the next character stands that is no space. */
  get next(): number {
    if (this.#next < 0) this.#look();
    return this.#next;
  }

  /** The columns of space before it. */
  get indent(): number {
    if (this.#next < 0) this.#look();
    return this.#indent;
  }

  get blank(): boolean {
    return this.next >= this.text.length;
  }

  /** The next character that is no space, or "". */
  get char(): string {
    return this.text[this.next] ?? "";
  }

  /** Eat up to so many columns of space. */
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

  /** Eat what is not space; `length` characters from `next`. */
  eat(length: number): void {
    this.#column += this.indent + length;
    this.at = this.next + length;
    this.#inTab = false;
    this.#next = -1;
  }

  /** What is left, a tab that was eaten in part as the spaces it stands for. */
  rest(): string {
    if (!this.#inTab) return this.text.slice(this.at);
    return " ".repeat(4 - (this.#column % 4)) + this.text.slice(this.at + 1);
  }

  /** What is left without the space before it. */
  content(): string {
    return this.text.slice(this.next);
  }
}
