"""Texts of the demo: the replies that explain it, with the thinking before them."""

from __future__ import annotations

GREETING = r"""This is **nbstream**'s demo: no key, no network, the same stream.

You asked: “{question}”

A real answer would come from Claude. This one is scripted, but it travels the way Claude's answers do:
server-sent events through the `anthropic` SDK, a transcript in the kernel, and from there to this page in at most
*ten updates a second*.

| While it runs | what happens |
| --- | --- |
| press **Stop**, or `Escape` in here | the request ends, and the text stays |
| interrupt the kernel | the same, and the cell says so |
| run a cell that keeps the kernel busy | the answer goes on |

The next cell can use the answer:

```python
chat.ask("And in Python?")  # the next turn, in the same widget
print(len(chat.text), "characters,", chat.usage.output_tokens, "tokens")
```

Answers are Markdown, with formulas: two replicas that merge by $a \sqcup b$ agree in any order,

$$
\bigsqcup_{{i=1}}^{{n}} x_i = x_{{\pi(1)}} \sqcup \dots \sqcup x_{{\pi(n)}}
$$

With a key in `ANTHROPIC_API_KEY`, leave out `client=` and the same call talks to Claude.
"""

SERVER_GREETING = r"""This is **nbstream**'s demo: no key, no network, the same stream.

A real answer would come from Claude. This one is scripted, but it travels the way Claude's answers do:
server-sent events through the `anthropic` SDK, a conversation in the server, and from there to this page in at
most *ten updates a second*.

| While it runs | what happens |
| --- | --- |
| press **Stop**, or `Escape` | the request ends, and the text stays |
| load the page again, or lose the network | the answer goes on where it was |
| close the page | the request ends, after the time that `--resume-for` gives |

Any client reads the same stream:

```sh
curl -N $SERVER/api/stream -H "Content-Type: application/json" -d '{"prompt": "Explain CRDTs"}'
```

Answers are Markdown, with formulas: two replicas that merge by $a \sqcup b$ agree in any order,

$$
\bigsqcup_{i=1}^{n} x_i = x_{\pi(1)} \sqcup \dots \sqcup x_{\pi(n)}
$$

With a key in `ANTHROPIC_API_KEY`, leave out `--demo` and this page talks to Claude.
"""
"""The demo's reply on a page that `python -m nbstream serve --demo` serves."""

THINKING_TEXT = "The reader wants to see how an answer streams. A short, honest text will do."
