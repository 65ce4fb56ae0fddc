"""Many rows in one run: `nbstream.map` asks one question a row, and one widget shows all of them."""
