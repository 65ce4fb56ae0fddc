/** Samples of code: a few lines of each language, with strings and comments that span lines. */

export const SAMPLES: Readonly<Record<string, string>> = {
  python: `import numpy as np
@dataclass
class Point(Base):
    """A point
    on two lines."""
    x: float = 0.5  # half
    async def move(self, *, dx: int = 0x1f) -> "Point":
        text = f"{self.x!r:>{dx}} and {{braces}}"
        return None if not dx else await self.to(r'\\d+')

%timeit np.sum([i**2 for i in range(10)])
`,
  r: `library(dplyr)
fit <- lm(mpg ~ wt + factor(cyl), data = mtcars) # model
mtcars |> filter(cyl == 4L) %>% summarise(m = mean(mpg, na.rm = TRUE))
f <- function(x, ...) { if (is.null(x)) NA else x[["a"]] }
`,
  sql: `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)
/* two
   lines */
SELECT u.name, COUNT(*) OVER (PARTITION BY u.id) FROM users u -- who
LEFT JOIN orders o ON o.user_id = u.id WHERE note = 'it''s' AND o.total >= 10.5;
`,
  javascript: `import { a } from "./a.js";
/** Doc
 * on lines. */
export async function* go({ x = 1, ...rest }) {
  const re = /[/\\]+$/gu, s = \`a \${x + \`\${re}\`} b
  second line\`;
  return x?.y ?? rest["z"] === null;
}
`,
  typescript: `interface A<T extends string = "x"> { readonly [key: string]: T | undefined }
enum Kind { One = 1, Two }
export abstract class B implements A { private x!: number; constructor(public y: Map<string, A>) { super(); } }
type F = (a: number) => asserts a is 5; // c
`,
  json: '{\n  "a": [1, -2.5e3, true, null],\n  "b": {"c": "d\\"e"}\n}\n',
  bash: `#!/usr/bin/env bash
set -euo pipefail
for f in *.txt; do echo "\${f%.txt} $(wc -l < "$f")" | tee -a log; done # loop
cat <<EOF
hello $USER
EOF
if [[ -n $1 ]]; then pip install -U nbstream; fi
`,
  c: `#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))
static const char *s = "x\\n"; /* a
b */
int main(void) { unsigned long n = 0xFFul; printf("%d", MAX(1, 2)); return 0; }
`,
  cpp: `template <typename T> class V : public B { public: V() noexcept = default; };
auto f = [&](auto&& x) -> decltype(x) { return std::move(x); };
const char* raw = R"(line
two)";
// done
`,
  java: `package a.b;
@Override public final class X<T> extends Y implements Z {
  /** doc */ private static int n = 1_000;
  String t = """
    text block""";
  void f() throws E { for (var i : list) { System.out.println(i + 'c'); } }
}
`,
  rust: `use std::collections::HashMap;
#[derive(Debug, Clone)]
pub struct S<'a, T: Clone> { name: &'a str, t: Option<T> }
impl<'a, T: Clone> S<'a, T> { fn f(&mut self) -> Result<u8, Error> { let x = 1u8; println!("{}", x); Ok(x)? } }
/* outer /* inner */ */ const R: &str = r#"raw "x" "#;
`,
  go: `package main
import "fmt"
type T struct { A int \`json:"a"\` }
func (t *T) F(ctx context.Context) (n int, err error) {
	defer func() { recover() }() // c
	return 0, fmt.Errorf("x: %w", err)
}
`,
  julia: `using LinearAlgebra
"""
doc
"""
function f(x::Vector{T}, n=2; kw...) where T<:Real
    y = x .^ n' |> sum # c
    return "value $(y + 1) and $y", 'c', :sym, @time(y), 1.5e-3im
end
#= block
comment =#
`,
  yaml: `# c
name: &anchor "x"
on: [push, pull_request]
steps:
  - run: |
      echo hi
    if: true
    n: 12.5
  - *anchor
`,
  html: `<!DOCTYPE html>
<!-- two
lines --><a href="x" class='y' data-z=1>Text &amp; more</a><br/>
<script>let a = 1;</script>
`,
  css: `@media (min-width: 40em) { .a > #b:hover::before { color: #fff; margin: 0 -1.5rem !important; content: "x" } }
/* c
c */ :root { --x: calc(1px + var(--y)) }
`,
  latex: `\\documentclass[11pt]{article} % c
\\begin{equation} \\frac{a}{b} + \\int_0^1 x\\,dx \\end{equation}
Text $x^2$ and \\textbf{bold}.
`,
  diff: `diff --git a/x b/x
--- a/x
+++ b/x
@@ -1,2 +1,2 @@
-old
+new
 same
`,
  ruby: `class A < B
  attr_reader :x
  def f(a, b: 1, &blk) = "#{a} #{@x}" # c
  TEXT = <<~END
    here
  END
end
`,
  toml: '[a.b]\nx = "y" # c\nn = [1, 2.5, true]\nd = 1979-05-27T07:32:00Z\n',
  dockerfile: 'FROM python:3.13 AS base\nRUN pip install x && \\\n    echo "y"\nENV A=b\nCMD ["a"]\n',
  powershell: "function F([string]$x) { Get-ChildItem -Path $x | Where-Object { $_.Length -gt 1KB } } # c\n",
  swift: 'struct A: View { @State var x = 1; var body: some View { Text("\\(x)") } } // c\n',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is Kotlin.
  kotlin: 'fun f(x: Int?): String = x?.let { "$it ${it + 1}" } ?: "none" // c\n',
  lua: 'local t = { a = 1 } -- c\n--[[ block\n]]\nfunction f(...) return t.a .. "x" end\n',
  perl: 'my %h = (a => 1); # c\nif ($x =~ m/^a+$/i) { print "x $h{a}\\n"; }\n',
  haskell:
    "module M where\nf :: Int -> Maybe a\nf x = case x of { 0 -> Nothing; _ -> Just (x + 1) } -- c\n{- b -}\n",
  matlab: 'x = [1 2; 3 4]\'; % c\nfor i = 1:10, disp("a"), end\n',
  http: "GET /x HTTP/1.1\nHost: example.org\n\nbody\n",
  ini: "[a]\nx = 1\n; c\n",
  php: `<?php
/* two
   lines */
#[Pure] final class A extends B { public function go(?int $x = 0x1f): string { return "a $x" . 'b'; } } // c
echo A::class ?? null; # d
?>
`,
  markdown: `# Title
> quoted
- item *one*, **two**, \`code\`, [a](https://b)
\`\`\`python
x = 1
\`\`\`
<!-- two
lines -->
`,
  makefile: `CC ?= gcc # c
all: main.o util.o
\t$(CC) -o $@ $^ "a b"
ifeq ($(DEBUG),1)
endif
`,
  elixir: `defmodule A.B do
  @moduledoc """
  two lines
  """
  def go(x, key: :ok) when x > 1, do: x |> IO.inspect("a#{x}") # c
end
`,
  clojure: `(ns a.b (:require [c :as d])) ; c
(defn go [x & {:keys [y]}] (let [z "s
t"] (if nil? 1.5 \\a)))
`,
  graphql: `"""
two lines
"""
type A implements B @key(fields: "id") { id: ID! list(first: Int = 10): [A!] } # c
query Q($x: ID!) { a(id: $x) { ...F } }
`,
  hcl: `resource "aws_instance" "a" { # c
  count = var.on ? 1 : 0 // d
  tags  = { Name = "x-\${var.name}" }
  /* two
  lines */
}
`,
};
