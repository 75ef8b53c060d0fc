"""`pip list` at once; every other command is pip's own.

The engine built for tests has an old Python host (3.79), which runs `pip list` before every preview and update to find packages with
plugins. That takes a third of the CPU time of the tests, and none of the packages has a plugin. Official engines do not run it.
"""

import runpy
import sys
from pathlib import Path

if sys.argv[1:2] == ["list"]:
    print("[]")
else:
    folder = str(Path(__file__).parents[1])
    sys.path[:] = [path for path in sys.path if path != folder]
    sys.modules.pop("pip", None)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
