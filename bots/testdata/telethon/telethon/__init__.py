"""Stands in for Telethon in a test of the userbot's own part: its settings, the login code that
comes from standard input, its commands, its reports and its end. It speaks to nobody."""

import asyncio

__version__ = "0-test"


class _Errors:
    class RPCError(Exception):
        pass

    class AuthKeyError(Exception):
        pass


class _Event:
    out, sender_id, raw_text = True, 1, ".echo land ahoy"

    async def reply(self, text):
        print("REPLY " + text, flush=True)


class _Events:
    @staticmethod
    def NewMessage():
        return None


class _Help:
    GetNearestDcRequest = object


class _Functions:
    help = _Help


class _Me:
    id, username, first_name = 1, "captain", "Captain"


class TelegramClient:
    def __init__(self, session, api_id, api_hash, **_):
        print(f"CLIENT {session} {api_id}", flush=True)
        self._gone = asyncio.get_event_loop().create_future()
        self.disconnected = self._gone

    async def connect(self):
        pass

    async def is_user_authorized(self):
        return False

    async def start(self, phone, code_callback, password):
        print("PHONE " + phone(), flush=True)
        while await code_callback() != "12345":
            print("WRONG CODE", flush=True)

    async def get_me(self):
        return _Me

    def on(self, _):
        def keep(handler):
            asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(handler(_Event())))
            return handler

        return keep

    async def __call__(self, _):
        pass

    async def disconnect(self):
        print("DISCONNECTED", flush=True)
        if not self._gone.done():
            self._gone.set_result(None)


errors, events, functions = _Errors, _Events, _Functions
