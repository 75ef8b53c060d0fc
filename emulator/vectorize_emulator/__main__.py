"""`python -m vectorize_emulator`."""

import sys

from vectorize_emulator.cli import main

sys.exit(main())
