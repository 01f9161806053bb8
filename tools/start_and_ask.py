"""Start the product as the README says, ask for its first page and its API, stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request

ADDRESS = "127.0.0.1:8000"


def ask(path: str) -> tuple[int, str]:
    with urllib.request.urlopen(f"http://{ADDRESS}{path}", timeout=5) as answer:
        return answer.status, answer.read().decode()


def main() -> int:
    subprocess.run(["make", "--no-print-directory", "setup"], check=True)
    begun = time.monotonic()
    server = subprocess.Popen(["make", "--no-print-directory", "run"], start_new_session=True)
    try:
        while True:
            try:
                status, page = ask("/accounts/sign-in")
                break
            except OSError:
                if server.poll() is not None or time.monotonic() - begun > 60:
                    print("the product did not start", file=sys.stderr)
                    return 1
                time.sleep(0.1)
        print(f"first page after {time.monotonic() - begun:.1f} s: {status}")
        assert "清渠" in page
        assert '"openapi"' in ask("/api/v1/openapi.json")[1]
        subprocess.run([".venv/bin/qingqu", "verify"], check=True)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
