"""What a chat gives to read of its conversation, at any time and from any thread."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

from ..claude.usage import total
from ..conversation.conversation import Conversation


class Reading:
    """The part of `Chat` that changes nothing."""

    _conversation: Conversation

    @property
    def text(self) -> str:
        """The latest reply so far: exactly the characters that Claude sent."""
        return self._reply_text("text")

    @property
    def thinking(self) -> str:
        """What the latest reply shows of Claude's thinking."""
        return self._reply_text("thinking")

    @property
    def message(self) -> Any:
        """The latest reply as `anthropic.types.Message`, partial if it did not finish; `None` before the first."""
        turn = self._conversation.transcript.last_reply
        if turn is None or turn.reply is None or not turn.reply.message:
            return None
        from ..claude.client import as_message

        return as_message({**turn.reply.message, "content": [block.to_param() for block in turn.blocks]})

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation as the Messages API takes it, fit to be sent again whatever happened."""
        return self._conversation.transcript.messages()

    @property
    def status(self) -> str:
        """`"idle"`, `"waiting"`, `"streaming"`, `"done"`, `"stopped"` or `"failed"`."""
        return str(self._conversation.status)

    @property
    def stop_reason(self) -> str | None:
        """Why the latest reply ended: the API's word or ours.

        Ours are `"user"`, `"interrupt"`, `"closed"`, `"abandoned"` and `"budget"`.
        """
        turn = self._conversation.transcript.last_reply
        return turn.reply.stop_reason if turn is not None and turn.reply is not None else None

    @property
    def error(self) -> BaseException | None:
        """The exception of the latest reply, or `None`."""
        run = self._conversation.run
        # A version that is chosen again did what it did; what it raised then is not kept.
        return run.error if run is not None and run.turn is self._conversation.transcript.last_reply else None

    @property
    def usage(self) -> Any:
        """Tokens of all replies so far, as `anthropic.types.Usage`."""
        from ..claude.client import as_usage

        return as_usage(self._conversation.transcript.usage())

    @property
    def cost(self) -> float | None:
        """What all replies so far have cost, estimated in US dollars by `nbstream.prices`.

        Stopped and failed replies count. `None` if a model's price is not known.
        """
        return total(self._conversation.bills)

    def to_markdown(self) -> str:
        """The conversation as Markdown."""
        return self._conversation.transcript.to_markdown()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the conversation into a file, as Markdown in UTF-8.

        The file is there whole or not at all: what was there before is replaced at the end.

        Args:
            path: The file; one that is there is replaced.

        Returns:
            The file's path.

        Raises:
            FileNotFoundError: There is no such folder.
            IsADirectoryError: The path is a folder's.
        """
        file = Path(path).expanduser()
        if file.is_dir():
            raise IsADirectoryError(f"{file} is a folder; name the file in it, as in {file / 'chat.md'}.")
        if not file.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {file.parent}; make it first, or save elsewhere.")
        # Beside the file, as only a move within one file system is done in one step.
        draft = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
        try:
            draft.write_bytes(self.to_markdown().encode("utf-8", "replace"))
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        return file

    def _reply_text(self, type_: str) -> str:
        turn = self._conversation.transcript.last_reply
        return turn.text(type_) if turn is not None else ""
