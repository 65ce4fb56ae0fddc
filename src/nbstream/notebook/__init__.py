"""The widget and its page: the one place that knows anywidget and comms."""
