"""Counts whom the bot has met since it was started; who that was is not told anywhere."""

MOST = 100_000


class Seen:
    def __init__(self):
        self._users, self._groups = set(), set()

    def add(self, user, chat, private):
        """Takes note of the numbers of a user and a chat; None where there is none."""
        if user is not None and len(self._users) < MOST:
            self._users.add(user)
        if chat is not None and not private and len(self._groups) < MOST:
            self._groups.add(chat)

    def tell(self, report):
        report.gauge("users", len(self._users))
        report.gauge("guilds", len(self._groups))
