"""Clock of a page, for `benchmarks/table.py`: when words were painted, and how much CPU the page has used."""

from __future__ import annotations

from playwright.sync_api import Page

WATCH = """
() => {
  const BODIES = [".nbstream-text", ".floor", ".jp-RenderedText pre"]
    .map((body) => `.jp-NotebookPanel:not(.lm-mod-hidden) ${body}`).join();
  window.seen = [];
  window.longTasks = [];
  new PerformanceObserver((list) => { for (const task of list.getEntries()) longTasks.push(task.duration) })
    .observe({ type: "longtask" });
  // The text of a long answer is not read whole: only its last words are.
  const tail = (root) => {
    let leaf = root;
    while (leaf.lastChild) leaf = leaf.lastChild;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    walker.currentNode = leaf;
    let text = leaf.nodeType === Node.TEXT_NODE ? leaf.data.slice(-300) : "";
    while (text.length < 300 && walker.previousNode()) text = walker.currentNode.data.slice(-300) + text;
    return text;
  };
  const note = () => {
    const bodies = document.querySelectorAll(BODIES);
    const words = bodies.length && tail(bodies[bodies.length - 1]).match(/w\\\\d+(?=x)/g);
    if (words) seen.push([Number(words.at(-1).slice(1)), Date.now()]);
  };
  // The observer hears of a change before the microtask that ends the callback in which it was made.
  const onNextFrame = window.requestAnimationFrame.bind(window);
  let isInFrame = false;
  window.requestAnimationFrame = (run) => onNextFrame((now) => {
    isInFrame = true;
    try {
      run(now);
    } finally {
      queueMicrotask(() => { isInFrame = false; });
    }
  });
  const { port1, port2 } = new MessageChannel();
  // Posted within a frame, it comes after the frame is painted.
  port1.onmessage = note;
  const post = () => port2.postMessage(0);
  new MutationObserver(() => isInFrame ? post() : onNextFrame(post))
    .observe(document.body, { childList: true, characterData: true, subtree: true });
}
""".replace("\\\\", "\\")


class PaintClock:
    """Notes of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.evaluate(WATCH)

    def restart(self) -> None:
        """Forget what was noted, and collect the garbage of earlier answers."""
        self._cdp.send("HeapProfiler.collectGarbage")
        self._page.evaluate("window.seen.length = window.longTasks.length = 0")

    def wait_for(self, number: int, seconds: float) -> None:
        """Wait until the word of this number is painted, and half a second more for what follows it."""
        script = "(number) => window.seen.some(([seen]) => seen >= number)"
        self._page.wait_for_function(script, arg=number, timeout=seconds * 1000, polling=250)
        self._page.wait_for_timeout(500)

    def cpu(self) -> float:
        """Return the seconds of CPU that the page's main thread has used."""
        metrics = self._cdp.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    def long_tasks(self) -> list[float]:
        """Return the lengths of the tasks over 50 ms, in ms."""
        return [float(each) for each in self._page.evaluate("window.longTasks")]

    def painted_at(self) -> dict[int, float]:
        """Return when each word was painted, by its number, in seconds since the epoch."""
        times: dict[int, float] = {}
        for number, at in self._page.evaluate("window.seen"):
            times.setdefault(int(number), at / 1000)
        return times
