"""Reads lines that are typed into the bot page's console, which are the standard input."""

import asyncio
import sys
import threading


class Console:
    def __init__(self):
        self._lines = asyncio.Queue()
        loop = asyncio.get_running_loop()
        # A daemon: a process that is told to stop doesn't wait for a line.
        threading.Thread(target=self._read, args=(loop,), daemon=True).start()

    def _read(self, loop):
        for line in sys.stdin:
            try:
                loop.call_soon_threadsafe(self._lines.put_nowait, line.strip())
            except RuntimeError:  # the loop is closed
                return

    async def ask(self, question):
        """Prints a question as a line, and answers the next line that isn't empty."""
        print(question, flush=True)
        while True:
            line = await self._lines.get()
            if line:
                return line
