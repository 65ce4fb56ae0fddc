/** Table of the languages: the mode that highlights each, under all names that answers use for it. */

import { c, cpp, csharp, dart, java, kotlin, objectiveC, scala } from "@codemirror/legacy-modes/mode/clike";
import { clojure } from "@codemirror/legacy-modes/mode/clojure";
import { cmake } from "@codemirror/legacy-modes/mode/cmake";
import { css, less, sCSS } from "@codemirror/legacy-modes/mode/css";
import { diff } from "@codemirror/legacy-modes/mode/diff";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { fortran } from "@codemirror/legacy-modes/mode/fortran";
import { go } from "@codemirror/legacy-modes/mode/go";
import { groovy } from "@codemirror/legacy-modes/mode/groovy";
import { haskell } from "@codemirror/legacy-modes/mode/haskell";
import { http } from "@codemirror/legacy-modes/mode/http";
import { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { julia } from "@codemirror/legacy-modes/mode/julia";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { fSharp, oCaml } from "@codemirror/legacy-modes/mode/mllike";
import { octave } from "@codemirror/legacy-modes/mode/octave";
import { perl } from "@codemirror/legacy-modes/mode/perl";
import { powerShell } from "@codemirror/legacy-modes/mode/powershell";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { protobuf } from "@codemirror/legacy-modes/mode/protobuf";
import { cython, python } from "@codemirror/legacy-modes/mode/python";
import { r } from "@codemirror/legacy-modes/mode/r";
import { ruby } from "@codemirror/legacy-modes/mode/ruby";
import { rust } from "@codemirror/legacy-modes/mode/rust";
import { scheme } from "@codemirror/legacy-modes/mode/scheme";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { stex } from "@codemirror/legacy-modes/mode/stex";
import { swift } from "@codemirror/legacy-modes/mode/swift";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { html, xml } from "@codemirror/legacy-modes/mode/xml";
import type { StreamParser } from "@codemirror/streamparser";
import { sql } from "./sql.ts";
import { elixir, graphql, hcl, makefile, markdown, php } from "./word-modes.ts";
import { yaml } from "./yaml.ts";

const MODES: readonly [names: string, mode: StreamParser<unknown>][] = [
  ["python py python3 py3 ipython ipython3 pycon gyp starlark bazel", python],
  ["cython pyx", cython],
  ["r rlang rscript rmd", r],
  ["sql mysql postgres postgresql plsql tsql sqlite mariadb hive sparksql bigquery duckdb", sql],
  ["javascript js jsx mjs cjs node ecmascript", javascript],
  ["typescript ts tsx mts cts", typescript],
  ["json jsonc json5 jsonl ndjson ipynb geojson", json],
  ["bash sh shell zsh ksh fish console shellsession shell-session terminal", shell],
  ["c h", c],
  ["cpp c++ cc cxx hpp hh hxx cuda cu arduino ino", cpp],
  ["java", java],
  ["csharp c# cs", csharp],
  ["kotlin kt kts", kotlin],
  ["scala sc", scala],
  ["dart", dart],
  ["objectivec objective-c objc", objectiveC],
  ["rust rs", rust],
  ["go golang", go],
  ["julia jl", julia],
  ["yaml yml", yaml],
  ["html htm xhtml vue svelte", html],
  ["xml svg rss xsl xslt mathml", xml],
  ["css", css],
  ["scss", sCSS],
  ["less", less],
  ["latex tex stex bibtex", stex],
  ["diff patch udiff", diff],
  ["ruby rb", ruby],
  ["toml", toml],
  ["dockerfile docker containerfile", dockerFile],
  ["swift", swift],
  ["lua", lua],
  ["perl pl", perl],
  ["powershell pwsh ps1 posh", powerShell],
  ["haskell hs", haskell],
  ["ocaml ml", oCaml],
  ["fsharp f# fs", fSharp],
  ["matlab octave", octave],
  ["fortran f90 f95 f03 f08", fortran],
  ["cmake", cmake],
  ["ini properties cfg conf env dotenv editorconfig", properties],
  ["protobuf proto", protobuf],
  ["groovy gradle jenkinsfile", groovy],
  ["scheme lisp racket elisp common-lisp", scheme],
  ["http", http],
  ["php php3 php4 php5 php7 php8 phtml", php],
  ["markdown md mdx qmd", markdown],
  ["makefile make mk gnumakefile", makefile],
  ["elixir ex exs", elixir],
  ["clojure clj cljs cljc edn", clojure],
  ["graphql gql", graphql],
  ["hcl terraform tf tfvars nomad", hcl],
];

const BY_NAME = new Map(MODES.flatMap(([names, mode]) => names.split(" ").map((name) => [name, mode])));

/** All names of all languages, for tests. */
export const NAMES: readonly string[] = [...BY_NAME.keys()];

/**
 * Read the language from a fence's info string. `python title="x"`, `{.python .numberLines}` and `Python` all
 * mean Python; `{r, echo=FALSE}` means R.
 */
export function languageOf(info: string): string {
  const first = /[^\s{},.:;="'`]+/u.exec(info.replace(/^\s*\{?\.?/, ""));
  return first?.[0].toLowerCase() ?? "";
}

/** Find the mode of a language, given by any of its names or a fence's info string. */
export function modeOf(info: string): StreamParser<unknown> | undefined {
  return BY_NAME.get(languageOf(info));
}
