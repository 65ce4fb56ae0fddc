/** Links, images, and addresses of pages and mail. */

import { trimmedEnd } from "../../markdown/chars.ts";
import { MATH, rewriteBetween } from "./code.ts";

const FOREIGN =
  "[\u00ab\u00bb\u060c\u061b\u061f\u06d4\u0964\u0965\u2012\u2014-\u2027\u2030-\u205e\u2190-\u21ff" +
  "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]";
const URL = String.raw`https?:\/\/[!#%-'*-;=?-Z^_a-z|~]+`;
const HOST = String.raw`[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+`;
const LOCAL = String.raw`(?<![A-Za-z0-9.+_\\-])(?:[A-Za-z0-9.+_-]|\\_){1,64}`;
const ADDRESS = new RegExp(
  String.raw`${MATH}|(?<image>(?<!\\)!)?(?<label>\[[^[\]\n]*\])(?:\((?<target>[^()\s]*)|\[[^[\]\n]*\])` +
    String.raw`|\]\((?<rest>[^()\s]*)|^[ \t>]*\[[^[\]\n]*\]:` +
    String.raw`|<(?<angled>${URL})>(?=${FOREIGN})|<(?<angledMail>[A-Za-z0-9.+_-]+@${HOST})>|<[^<>\s]*>` +
    String.raw`|(?<bare>${URL})(?<next>${FOREIGN}|\](?![([]))?|(?<local>${LOCAL})@(?<host>${HOST})`,
  "gm",
);
const TOP_LEVEL = /\.(?:[A-Za-z]+|xn--[A-Za-z0-9-]+)$/;
const VERSION = /^v?[0-9]+\.(?:[0-9]|[A-Za-z](?:\.|$))/;

type Groups = Readonly<Record<string, string | undefined>>;

/** Write out the addresses of a paragraph that is not yet sanitised. */
export function writeLinks(text: string): string {
  if (!text.includes("://") && !text.includes("@")) return text;
  return rewriteBetween(text, (piece) =>
    piece.replace(ADDRESS, (found, ...groups) => link(found, groups.at(-1) as Groups)),
  );
}

function link(found: string, groups: Groups): string {
  const { image = "", label = "", target, rest, angled, angledMail, bare, next, local, host = "" } = groups;
  if (target) {
    const isImage = image !== "" && target.startsWith("http");
    const text = isImage ? (label === "[]" ? "[Image]" : label) : image + label;
    return `${text}(${withoutBrackets(target)}`;
  }
  if (rest) return `](${withoutBrackets(rest)}`;
  if (angled) return `[${angled}](${angled})`;
  if (angledMail) return mailLink(angledMail);
  if (local) return mail(found, local, host);
  if (!bare || !next) return found;
  const address = trimmedEnd(bare, "*_~'.,:;!?");
  return `[${address}](${address})${found.slice(address.length)}`;
}

/** Encode the brackets of a link's address, which the sanitiser does not allow. */
function withoutBrackets(address: string): string {
  return address.replaceAll("[", "%5B").replaceAll("]", "%5D");
}

/** Write a mail address with escapes as a link. Escape the `@` of a package's version, such as `vite@5.1`. */
function mail(found: string, local: string, host: string): string {
  if (!TOP_LEVEL.test(host) || VERSION.test(host)) return `${local}\\@${host}`;
  return local.includes("\\") ? mailLink(found.replaceAll("\\_", "_")) : found;
}

function mailLink(address: string): string {
  return `[${address.replaceAll("_", "\\_")}](mailto:${address})`;
}
