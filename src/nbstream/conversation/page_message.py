"""Reader of the messages that are written on pages: their files, and the notebook's variables among them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..content.blocks import ContentBlock
from ..content.message import UserMessage
from ..core.command_frames import Prompt
from .reply.run import RunInThread

log = logging.getLogger("nbstream")

MessageOf = Callable[[Prompt, Sequence[ContentBlock]], UserMessage]
"""Creates the message for a prompt from a page and the values of its variables; raises `ValueError` if the message
is not valid."""

ReadVariables = Callable[[Sequence[str]], Awaitable[Sequence[ContentBlock]]]
"""Reads the values of the notebook's variables with these names; raises `ValueError` if it cannot."""


def message_of(prompt: Prompt, variables: Sequence[ContentBlock]) -> UserMessage:
    """Create the message for a prompt that was written on the page; see `UserMessage.from_page`."""
    return UserMessage.from_page(prompt.text, [(file.name, file.data) for file in prompt.files], variables)


async def no_variables(names: Sequence[str]) -> list[ContentBlock]:
    """Refuse the variables of a message where there is no notebook.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"There is no notebook here whose variables could be sent, such as {names[0]!r:.60}.")


@dataclass(frozen=True)
class InvalidMessage:
    """A message that cannot be sent.

    Attributes:
        reason: The reason, in a sentence for the page.
    """

    reason: str


@dataclass
class PageMessageReader:
    """Makes the messages of one conversation from what its pages send.

    Attributes:
        run_in_thread: Runs slow functions without holding up the loop: scaling down a picture takes seconds.
        message_of: As `MessageOf`.
        read_variables: As `ReadVariables`.
    """

    run_in_thread: RunInThread
    message_of: MessageOf = message_of
    read_variables: ReadVariables = no_variables

    async def read(self, prompt: Prompt) -> UserMessage | InvalidMessage:
        """Read a message with files or variables."""
        try:
            variables = await self.read_variables(prompt.variables) if prompt.variables else ()
        except ValueError as error:
            return InvalidMessage(str(error))
        except Exception:
            log.exception("a variable cannot be read")
            return InvalidMessage("A variable of this message cannot be read; send the message without it.")
        message: UserMessage | InvalidMessage = await self.run_in_thread(self.make, prompt, variables)
        return message

    def make(self, prompt: Prompt, variables: Sequence[ContentBlock] = ()) -> UserMessage | InvalidMessage:
        """Make a message. With files this is slow."""
        try:
            return self.message_of(prompt, variables)
        except ValueError as error:
            return InvalidMessage(str(error))
        except Exception:
            log.exception("a message cannot be read")
            return InvalidMessage("This message cannot be read; send it without its unusual characters and files.")
