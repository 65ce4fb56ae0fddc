"""The same stream over HTTP: server-sent events with the guarantees of the widget, and a page that shows them.

Needs `pip install nbstream[server]`.
"""

from .app import create_app
from .limits import Limits
from .refused import Refused
from .run import serve

__all__ = ["Limits", "Refused", "create_app", "serve"]
