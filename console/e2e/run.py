"""Runs the clients and the console's test against a demo of its own, on a free port."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

CONSOLE = Path(__file__).parent.parent
PALISADE = Path(sys.executable).parent / "palisade"
START_SECONDS = 60
TEST_SECONDS = 300


def main() -> int:
    """The exit code of the first test that fails, or 0."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Chromium is missing: the console is tested in it.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="palisade-e2e-") as folder:
        Path(folder).chmod(0o755)
        command = [PALISADE, "demo", "--json", "--port", "0", "--data-dir", f"{folder}/data"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
            try:
                assert demo.stdout is not None
                line = demo.stdout.readline()
                origin = json.loads(line)["url"].removesuffix("/graphql")
                for test in (
                    ["node", "e2e/clients.mjs", "--demo", line],
                    ["node", "e2e/console.mjs", "--url", origin, "--chromium", chromium]
                    + (["--shots", sys.argv[1]] if len(sys.argv) > 1 else []),
                ):
                    code = subprocess.run(test, cwd=CONSOLE, timeout=TEST_SECONDS).returncode
                    if code:
                        return code
            finally:
                demo.send_signal(signal.SIGINT)
                demo.wait(20)
    return 0


if __name__ == "__main__":
    sys.exit(main())
