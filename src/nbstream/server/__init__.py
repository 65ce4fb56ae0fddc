"""Chat server. It streams answers as server-sent events, as reliably as the widget does, and serves a chat page.

Needs `pip install nbstream[server]`.
"""

from .app import create_app
from .errors import Refused
from .http.run import serve
from .limits import Limits

__all__ = ["Limits", "Refused", "create_app", "serve"]
