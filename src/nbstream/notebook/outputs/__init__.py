"""The outputs under cells that show chats, and that hold their text in the notebook's file."""
