"""The notebook's widget, and the kernel's end of its link to pages. No other folder uses anywidget or comms."""
