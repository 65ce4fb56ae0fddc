import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clearStored, store, stored } from "../../src/entry/tab-storage.ts";

// The test files of one tab share its storage, and a page that another file opened may store something late.
beforeEach(() => sessionStorage.clear());

afterEach(() => {
  vi.restoreAllMocks();
  sessionStorage.clear();
});

test("the id and the turns of the tab's conversation come back", () => {
  expect(stored()).toEqual({ id: undefined, turns: [] });
  store("a", [{ id: "t1" }]);
  store("a", []);
  expect(stored()).toEqual({ id: "a", turns: [{ id: "t1" }] });
  clearStored();
  expect(stored()).toEqual({ id: undefined, turns: [] });
});

test("turns that another page has damaged are none", () => {
  sessionStorage.setItem("nbstream-chat", "a");
  sessionStorage.setItem("nbstream-turns", "{}");
  expect(stored()).toEqual({ id: "a", turns: [] });
  sessionStorage.setItem("nbstream-turns", "{");
  expect(stored()).toEqual({ id: undefined, turns: [] });
});

test("a conversation that is longer than the browser stores is not kept in part", () => {
  store("a", [{ id: "t1" }]);
  const setItem = Storage.prototype.setItem;
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(function (this: Storage, key, value) {
    if (value.length > 30) throw new DOMException("full", "QuotaExceededError");
    setItem.call(this, key, value);
  });
  store("a", [{ text: "x".repeat(40) }]);
  expect(stored()).toEqual({ id: "a", turns: [] });
});

test("a browser that stores nothing keeps nothing", () => {
  vi.spyOn(window, "sessionStorage", "get").mockImplementation(() => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  });
  store("a", [{ id: "t1" }]);
  clearStored();
  expect(stored()).toEqual({ id: undefined, turns: [] });
});
