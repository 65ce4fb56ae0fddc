"""The same stream over HTTP: server-sent events with the guarantees of the widget, and a page that shows them.

Needs `pip install nbstream[server]`.
"""

from .app import create_app
from .errors import Refused
from .http.run import serve
from .limits import Limits

__all__ = ["Limits", "Refused", "create_app", "serve"]
