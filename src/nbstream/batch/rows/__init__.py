"""The rows of a run: as the user gave them, the prompt that is made of each, and the frame with their answers."""
