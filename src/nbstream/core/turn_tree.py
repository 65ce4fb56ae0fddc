"""Turns of a conversation as a tree: the versions of each turn, and the path of those in sight.

One thread writes the tree, and others may read it at any time.
"""

from __future__ import annotations

from .ops import Role
from .turn import Turn


class TurnTree:
    """All turns of one conversation.

    Attributes:
        in_sight: The conversation as it is shown, with one version of each turn.
        versions: All turns, in the order in which they began.
        next_turns: For the id of each turn, the turn that followed it when both were last in sight.
    """

    def __init__(self) -> None:
        self.in_sight: list[Turn] = []
        self.versions: list[Turn] = []
        self.next_turns: dict[str, Turn] = {}

    def add(self, role: Role, after: str | None) -> Turn:
        """Begin a turn after the latest one, or another version of the turn that follows the turn `after`."""
        latest = self.in_sight[-1].id if self.in_sight else ""
        turn = Turn(f"t{len(self.versions) + 1}", role, latest if after is None else after)
        self.versions.append(turn)
        self.next_turns[turn.after] = turn
        if turn.after == latest:
            # The list is changed in place. Otherwise a request that brings 10,000 messages would make as many
            # copies of it.
            self.in_sight.append(turn)
        else:
            self.in_sight = [*self._turns_until(turn.after), turn]
        return turn

    def select_version(self, turn_id: str) -> None:
        """Show another version of a turn, with the turns that followed that version when it was shown last.

        Raises:
            ValueError: There is no such turn, or it is not a version of a turn in sight.
        """
        turn = next((turn for turn in self.versions if turn.id == turn_id), None)
        if turn is None or turn.after not in ("", *(known.id for known in self.in_sight)):
            raise ValueError(f"{turn_id!r} is not the id of a version of a turn in sight; give the id of one.")
        self.next_turns[turn.after] = turn
        path = self._turns_until(turn.after)
        follower: Turn | None = turn
        while follower is not None:
            path.append(follower)
            follower = self.next_turns.get(follower.id)
        self.in_sight = path

    def path_to(self, turn_id: str) -> list[Turn]:
        """Return the turns that lead to a turn, and the turn itself, whether they are in sight or not."""
        turns = {turn.id: turn for turn in self.versions}
        path: list[Turn] = []
        while turn_id in turns:
            path.append(turns[turn_id])
            turn_id = turns[turn_id].after
        return path[::-1]

    def _turns_until(self, turn_id: str) -> list[Turn]:
        """Return the turns in sight up to and including the one with this id; none for the empty id."""
        last = next((index for index, turn in enumerate(self.in_sight) if turn.id == turn_id), -1)
        return self.in_sight[: last + 1]
