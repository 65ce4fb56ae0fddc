/** Whether a link's text shows another place than the one it leads to. */

/** Names of the top that a reader takes for a host's; others (`numpy.linalg`, `Node.js`) need a scheme or `www.`. */
const GENERIC =
  "com org net edu gov mil int info biz name app dev cloud online site shop store tech bank page blog live news xyz " +
  "club top work link click win vip icu zip mov example test invalid";
const COUNTRIES =
  "acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjbmbnbobrbsbtbvbwbybzcacccdcfcgchcickclcmcncocrcucvcwcxcycz" +
  "dedjdkdmdodzeceeegereseteufifjfkfmfofrgagbgdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuidieiliminioiqirisitje" +
  "jmjojpkekgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymznancnenfngninlno" +
  "npnrnunzompapepfpgphpkplpmpnprpsptpwpyqarerorsrurwsasbscsdsesgshsisjskslsmsnsosrssstsusvsxsysztctdtftgthtjtktl" +
  "tmtntotrtttvtwtzuaugukusuyuzvavcvevgvivnvuwfwsyeytzazmzw";
const TOPS = new Set([...GENERIC.split(" "), ...(COUNTRIES.match(/../g) ?? [])]);

const HOST = new RegExp(
  "((?:[a-z][a-z0-9+.-]*:)?//|www\\.)?([^\\s/@()<>]*@)*" +
    "((?:[\\p{L}\\p{M}\\p{N}_-]+[.。．｡])+[\\p{L}\\p{M}\\p{N}-]+)\\.?(?::\\d+)?(?:[/?#\\\\]\\S*)?",
  "giu",
);

/** With a scheme a host needs no dot: `localhost` is the one that a notebook's reader trusts most. */
const DOTLESS = /\/\/((?:[^\s/@()<>]*@)*)([\p{L}\p{M}\p{N}_-]+|\[[0-9a-f:.]+\])(?=[:/?#\\\s]|$)/giu;

/** In a longer text hosts are not searched: the search costs its length squared where no space stands. */
const LOOK = 1_000;

/** What one character may become when it is normalized (U+FDFA). */
const EXPANDS = 18;

/** They turn what is read from what is written. */
const TURNS = /[\u202A-\u202E\u2066-\u2069]/u;

/** Half a host; a link beside this one may be the other half. */
const HALF = /^\.[^\s.]+$|^\S*[^\s.]\.$/u;

/** What is drawn as a full stop is; of digits, an Arabic zero between Latin letters. */
const DOTS = /[\uA4F8\u0701\u0702\uA60E]|(?<=[a-z\d-])[\u0660\u06F0](?=[a-z])/giu;

const NUMBERS = /^\d+(?:\.\d+){3}$/;

/** What is not seen cannot hide a host from the comparison, or make one of two. */
const UNSEEN = /[\p{DI}\p{Cf}\p{Cc}]/gu;

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
/** Scripts with letters that look like Latin ones. */
const ALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}]/u;

/** Latin letters that look like others: small capitals, the i without its dot, the long s. */
const LATIN_ALIKE = /[\u0131\u0138\u017F\u0250-\u02AF\u1D00-\u1D7F]/u;

/** Where the link leads, in a form that cannot be mistaken: a host in punycode, or a mail address. */
export function placeOf(url: URL): string {
  if (url.protocol !== "mailto:") return url.hostname;
  return decode(url.pathname).replace(UNSEEN, "");
}

/** The real place, if the text may be read as a host that the link does not lead to; else "". */
export function realPlace(text: string, url: URL, title = ""): string {
  const all = `${text} ${title}`;
  if (TURNS.test(all) || all.length > LOOK * EXPANDS) return placeOf(url);
  const seen = cleared(all);
  if (seen.length > LOOK || isHalf(cleared(text), url)) return placeOf(url);
  for (const [, scheme, user = "", name = ""] of seen.matchAll(HOST)) {
    const shown = scheme?.toLowerCase() === "www." ? `www.${name}` : name;
    if (!scheme && !user && !looksLikeHost(name)) continue;
    if (!leadsTo(user, shown, url) || isLookAlike(shown)) return placeOf(url);
  }
  for (const [, user = "", name = ""] of seen.matchAll(DOTLESS)) {
    if (user || ascii(name) !== url.hostname) return placeOf(url);
  }
  return "";
}

function cleared(text: string): string {
  return text.replace(UNSEEN, "").normalize("NFKC").replace(/\s+/gu, " ").replace(DOTS, ".").trim();
}

function isHalf(text: string, url: URL): boolean {
  return HALF.test(text) && bare(ascii(text)) !== bare(url.hostname);
}

function looksLikeHost(name: string): boolean {
  const top = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return TOPS.has(top) || top.startsWith("xn--") || /[^\p{ASCII}]/u.test(name) || NUMBERS.test(name);
}

/** Before an `@` a web address has a name to sign in with, which readers take for the host. */
function leadsTo(user: string, shown: string, url: URL): boolean {
  if (url.protocol !== "mailto:") return !user && bare(ascii(shown)) === bare(url.hostname);
  const address = placeOf(url).toLowerCase();
  return user ? address === `${user}${shown}`.toLowerCase() : address.endsWith(`@${ascii(shown)}`);
}

function bare(host: string): string {
  return host.replace(/^www\./, "").replace(/\.$/, "");
}

/** As the browser writes a host: lower case, punycode. */
function ascii(host: string): string {
  return URL.canParse(`https://${host}`) ? new URL(`https://${host}`).hostname : host;
}

function isLookAlike(host: string): boolean {
  return host.split(".").some((label) => {
    if (/^[\p{ASCII}]*$/u.test(label)) return false;
    const latin = /\p{Script=Latin}/u.test(label);
    return (
      ALIKE.test(label) ||
      LATIN_ALIKE.test(label) ||
      (latin && /[^\p{Script=Latin}\p{N}\p{M}-]/u.test(label) && !CJK.test(label))
    );
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
