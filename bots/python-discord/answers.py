"""What the bot answers, without anything of the platform: the place to begin with changes."""

import platform
import time

COMMANDS = {
    "start": "say hello",
    "help": "list the commands",
    "status": "how the bot is doing",
    "ping": "is it there?",
    "echo": "repeat a text",
    "info": "what it is made of",
}


class Answers:
    """Answers commands, and counts for status and for Botswain."""

    def __init__(self, prefix, library):
        self.prefix, self.library = prefix, library
        self.began = time.monotonic()
        self.messages = self.commands = 0
        self.ping_ms = None  # not known yet

    def parse(self, text):
        """Splits "!echo some text" into "echo" and "some text"; None: it is no command of ours."""
        word, _, rest = text.strip().partition(" ")
        name = word[len(self.prefix):].lower()
        return (name, rest.strip()) if word.startswith(self.prefix) and name in COMMANDS else None

    def answer(self, name, rest=""):
        """The answer to a command, as plain text."""
        self.commands += 1
        if name == "start":
            return f"Hello. {self.prefix}help lists what I can do."
        if name == "help":
            return "\n".join(f"{self.prefix}{name}: {text}" for name, text in COMMANDS.items())
        if name == "status":
            return f"Up for {self._uptime()}; {self.messages} messages, {self.commands} commands."
        if name == "ping":
            return "Pong." if self.ping_ms is None else f"Pong: {self.ping_ms:.0f} ms to the platform."
        if name == "echo":
            return rest[:1500] or f"Give me a text: {self.prefix}echo hello"
        return f"{self.library}, Python {platform.python_version()}. Botswain keeps me running."

    def _uptime(self):
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min {seconds} s" if hours else f"{minutes} min {seconds} s"
