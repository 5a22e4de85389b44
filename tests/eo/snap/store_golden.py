"""Write the graphs that test_chains.py compares with: python tests/eo/snap/store_golden.py."""

import sys
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    """Write all of them."""
    from test_chains import graphs

    GOLDEN.mkdir(exist_ok=True)
    for name, graph in graphs().items():
        (GOLDEN / f"{name}.xml").write_text(graph.to_xml())


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[3])]
    main()
