"""`pip list` at once. Every other command is pip's own.

The engine that the tests build has an old Python host (3.79). It runs `pip list` before every preview and update to find packages
with plugins. That takes a third of the CPU time of the tests, and no package has a plugin. Official engines do not run it.
"""

import runpy
import sys
from pathlib import Path

if sys.argv[1:2] == ["list"]:
    sys.stdout.write("[]\n")
else:
    folder = str(Path(__file__).parents[1])
    sys.path[:] = [path for path in sys.path if path != folder]
    sys.modules.pop("pip", None)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
