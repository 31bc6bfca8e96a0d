"""A mail server that takes everything and keeps nothing: `python -m tests.benchmarks.sink`.

aiosmtpd in a process of its own, as when the peers were measured. It prints its port, and ends when its
standard input closes.
"""

import asyncio
import sys

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP


async def main() -> None:
    """Serve until standard input closes."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink()), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
