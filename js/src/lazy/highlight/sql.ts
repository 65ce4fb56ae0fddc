/**
 * One SQL mode for all dialects. The dialects that come with CodeMirror's SQL mode lack `WITH` or `OVER`, or
 * take `name`, `value` and `id` for keywords.
 */

import { sql as dialect } from "@codemirror/legacy-modes/mode/sql";

const KEYWORDS = `add all alter analyze and any as asc begin between by call cascade case cast check column commit
 conflict constraint create cross cube database declare default delete desc describe distinct do drop each else end
 escape except exec execute exists explain fetch filter first following for foreign from full function grant group
 grouping having if ilike in index inner insert instead intersect into is isolation join key last lateral left like
 limit materialized merge natural no not nothing nulls of offset on only or order outer over partition pivot
 preceding primary procedure qualify range recursive references rename replace restrict return returning returns
 revoke right rlike rollback rollup row rows savepoint schema select set sets show similar some table tablesample
 temp temporary then ties to top transaction trigger truncate unbounded union unique unnest unpivot update use
 using vacuum values view when where window with within without`;

const TYPES = `array bigint binary bit blob bool boolean bytea char character date datetime decimal double enum float
 geometry int int2 int4 int8 integer interval json jsonb map money nchar numeric nvarchar precision real serial
 smallint string struct text time timestamp timestamptz tinyint uuid varbinary varchar varying xml`;

const words = (list: string) => Object.fromEntries(list.split(/\s+/).map((word) => [word, true]));

export const sql = dialect({
  keywords: words(KEYWORDS),
  builtin: words(TYPES),
  atoms: words("false true null unknown current_date current_time current_timestamp"),
  support: { doubleQuote: true, ODBCdotTable: true, binaryNumber: true, hexNumber: true },
});
