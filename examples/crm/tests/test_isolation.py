"""The attacks of `palisade prove` on the CRM's models: the plugin, in a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2]


def test_no_attack_on_the_models_reaches_another_organisation(tmp_path: Path) -> None:
    plugin = ("-p", "palisade.proving", "--palisade-models", "crm")
    paths = [str(EXAMPLES), str(EXAMPLES.parent), *filter(None, sys.path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *plugin],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for entrance in ("lists", "ids", "mutations", "own resolvers", "rows"):
        assert f"prove[{entrance}] PASSED" in done.stdout
