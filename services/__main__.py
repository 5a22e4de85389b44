"""`python -m services list | describe ID | run ID …`."""

import sys

from services.core.command import main

if __name__ == "__main__":
    sys.exit(main())
