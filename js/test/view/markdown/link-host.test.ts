import { expect, test } from "vitest";
import { hostOf, mismatchedHost } from "../../../src/view/markdown/link-host.ts";

test.each([
  ["the docs", "https://docs.example/", "docs.example"],
  ["", "https://x.example", "x.example"],
  ["Node.js", "https://nodejs.org", "nodejs.org"],
  ["numpy.linalg.solve", "https://numpy.org/doc", "numpy.org"],
  ["10.5 million", "https://x.example", "x.example"],
  ["Read all of it.", "https://x.example", "x.example"],
  ["\u0662\u0660\u0662\u0666", "https://x.example", "x.example"],
  ["python.org", "https://python.org/downloads", "python.org"],
  ["http://python.org", "https://python.org", "python.org"],
  ["GitHub.com.", "https://github.com", "github.com"],
])("beside the text %j of a link to %s stands its host", (text, href, host) => {
  expect(mismatchedHost(text, new URL(href))).toBe(host);
});

test.each([
  ["paypal.com", "https://evil.example", "evil.example"],
  ["PayPal.com/login", "https://evil.example/paypal.com", "evil.example"],
  ["https://paypal.com", "https://paypal.com.evil.example", "paypal.com.evil.example"],
  ["paypal.com@evil.example", "https://paypal.com@evil.example", "evil.example"],
  ["https://paypal.com:443@evil.example/", "https://paypal.com:443@evil.example/", "evil.example"],
  ["https://evil.example\\@paypal.com", "https://evil.example\\@paypal.com", "evil.example"],
  ["pay\u200bpal.com", "https://evil.example", "evil.example"],
  ["\u202emoc.lapyap\u202c and paypal.com", "https://evil.example", "evil.example"],
  ["ｐａｙｐａｌ.com", "https://evil.example", "evil.example"],
  ["ｐａｙｐａｌ.com", "https://paypal.com", "paypal.com"],
  ["paypal。com", "https://evil.example", "evil.example"],
  ["127.0.0.1", "https://evil.example", "evil.example"],
  ["www.numpy.zzz", "https://evil.example", "evil.example"],
  ["p\u0430ypal.com", "https://p\u0430ypal.com", "xn--pypal-4ve.com"],
  ["\u0430\u0440\u0440\u04cf\u0435.com", "https://\u0430\u0440\u0440\u04cf\u0435.com", "xn--80ak6aa92e.com"],
  ["münchen.de", "https://münchen.de", "xn--mnchen-3ya.de"],
  ["例え.jp", "https://例え.jp", "xn--r8jz45g.jp"],
  ["ɢoogle.com", "https://ɢoogle.com", new URL("https://ɢoogle.com").hostname],
  ["alice@bank.com", "mailto:eve@bank.com", "eve@bank.com"],
  ["bank.com", "mailto:eve@evil.example", "eve@evil.example"],
  ["write to me", "mailto:eve@evil.example?subject=x", "eve@evil.example"],
  ["eve@b\u0430nk.com", "mailto:eve@b\u0430nk.com", "eve@b%D0%B0nk.com"],
  ["\u202Emoc.elgoog//:sptth", "https://evil.example", "evil.example"],
  ["https://evil.example/\u202Emoc.elgoog", "https://evil.example/\u202Emoc.elgoog", "evil.example"],
  [`${"\u200b".repeat(1_000)}google.com`, "https://evil.example", "evil.example"],
  [`x${" ".repeat(1_000)}google.com`, "https://evil.example", "evil.example"],
  ["㌖".repeat(1_000), "https://evil.example", "evil.example"],
  ["word ".repeat(5_000), "https://evil.example", "evil.example"],
  ["google.", "https://evil.example", "evil.example"],
  [".com", "https://evil.example", "evil.example"],
  ["http://localhost:8888/lab", "https://evil.example", "evil.example"],
  ["http://[::1]:8888/lab", "https://evil.example", "evil.example"],
  ["paypal\uA4F8com", "https://evil.example", "evil.example"],
  ["paypal\u0660com", "https://evil.example", "evil.example"],
])("the text %j of a link to %s cannot hide its host", (text, href, host) => {
  expect(mismatchedHost(text, new URL(href))).toBe(host);
});

test.each([
  ["https://github.com/a/b.py?x=evil.com", "https://github.com/a/b.py?x=evil.com"],
  ["https://docs.example", "https://docs.example/"],
  ["docs.example/a/", "https://docs.example/a"],
  ["www.python.org", "https://python.org"],
  ["python.org", "http://www.python.org/"],
  ["GitHub.com", "https://github.com"],
  ["http://a.example:8080/x", "http://a.example:8080/x"],
  ["http://localhost:8888/lab", "http://localhost:8888/lab"],
  ["https://de.example/Zürich?q=ü", "https://de.example/Zürich?q=ü"],
  ["https://x.example/%zz", "https://x.example/%zz"],
  ["alice@bank.com", "mailto:alice@bank.com"],
  ["alice@bank.com", "mailto:alice@bank.com?subject=x"],
  ["mailto:alice@bank.com?subject=x", "mailto:alice@bank.com?subject=x"],
])("the text %j is the own address of a link to %s", (text, href) => {
  expect(mismatchedHost(text, new URL(href))).toBe("");
});

test("a host is written in ASCII, without a name to sign in with and without a port", () => {
  expect(hostOf(new URL("https://user:pw@bücher.example:8080/x"))).toBe("xn--bcher-kva.example");
  expect(hostOf(new URL("mailto:a\u202Eb@x.example"))).toBe("a%E2%80%AEb@x.example");
  expect(hostOf(new URL("mailto:a%E2%80%AEb@x.example"))).toBe("a%E2%80%AEb@x.example");
  expect(hostOf(new URL("mailto:%ff@x.example"))).toBe("%ff@x.example");
});

test("a long text without a space costs no time", () => {
  const begunAt = performance.now();
  mismatchedHost("a.".repeat(100_000), new URL("https://x.example"));
  mismatchedHost("a@".repeat(100_000), new URL("https://x.example"));
  expect(performance.now() - begunAt).toBeLessThan(500);
});
