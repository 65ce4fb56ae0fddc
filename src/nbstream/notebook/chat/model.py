"""The widget model behind a chat: the state that pages get when they open it, its comm, and its page's code."""

from __future__ import annotations

import uuid
from typing import NoReturn

import anywidget
import traitlets

from ..assets import STATIC
from ..services import KernelServices
from .arguments import ChatArguments


class ChatModel(anywidget.AnyWidget):
    """Model of a chat's widget. Pages get everything else as frames.

    Args:
        services: The services of the kernel.
        made_from: The chat's arguments.
    """

    # This is the file's text and not its path. anywidget would watch a path for changes, and its watcher would
    # keep every widget in memory for ever.
    _esm = (STATIC / "chat-model.js").read_text("utf-8")
    _css = traitlets.Unicode().tag(sync=True)
    _bundle = traitlets.Unicode().tag(sync=True)
    _address = traitlets.Unicode().tag(sync=True)
    _chat = traitlets.Unicode().tag(sync=True)
    _cell = traitlets.Unicode().tag(sync=True)
    _suggestions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _settings = traitlets.Dict().tag(sync=True)

    def __init__(self, services: KernelServices, made_from: ChatArguments) -> None:
        self._is_in_kernel = services.host.has_cells
        page_code = services.page_code_for_chat()
        is_own = services.host.facts.widgets_end_with_cell
        self._own_page_code = page_code if is_own else None
        key = uuid.uuid4().hex if made_from.moved is None else made_from.moved.model_id
        super().__init__(
            model_id=key,
            layout=page_code.layout,
            # marimo styles only the views of the model that has the styles, each in a shadow tree of its own.
            _css=page_code._css if is_own else "",
            _bundle=f"anywidget:{page_code.model_id}",
            _address=services.address_of(key),
            _chat=key,
            _suggestions=list(made_from.suggestions),
            _settings=made_from.settings,
        )

    def open(self) -> None:
        """Register the widget with ipywidgets, which keeps it until it is closed; in a script no page needs it."""
        if self._is_in_kernel:
            super().open()

    def close(self) -> None:
        """Take the widget off the page."""
        if self._own_page_code is not None:
            self._own_page_code.close()
        super().close()

    # A chat without references has no running reply to stop, because the reply's task would hold the chat.
    __del__ = anywidget.AnyWidget.close

    @property
    def model_id(self) -> str:
        """The id of the widget's model. In a script it is first asked for by a widget that holds the chat."""
        if self.comm is None and not self._is_in_kernel:
            super().open()
        return str(super().model_id)

    def __reduce_ex__(self, *_: object) -> NoReturn:
        """Refuse to be pickled or copied: a chat is a widget with an open connection to its page."""
        raise TypeError(
            "A chat cannot be copied or pickled, because it belongs to its page and its kernel. Go on elsewhere "
            "with nbstream.chat(messages=chat.messages), or write it to a file with chat.save(…)."
        )

    __copy__ = __deepcopy__ = __reduce_ex__
