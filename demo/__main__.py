"""Make the demo world: python -m demo --output FOLDER [--seed N] [--size full|small]."""

import argparse
import sys
from functools import cache
from pathlib import Path

from demo.landscape import GRIDS
from demo.world import make


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, make the world, tell where it is."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Make the demo world.")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where it is put")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another landscape")
    parser.add_argument("--size", choices=sorted(GRIDS), default="full", help="small is for tests")
    chosen = parser.parse_args(arguments)
    world = make(chosen.output, seed=chosen.seed, size=chosen.size, progress=_show)
    for product in world.products:
        print(product)
    return 0


@cache
def _show_stage(stage: str) -> None:
    print(stage, file=sys.stderr)


def _show(fraction: float, stage: str) -> None:
    """Show a moving percentage on a terminal, elsewhere one line a stage."""
    if not sys.stderr.isatty():
        return _show_stage(stage)
    print(f"\r{fraction:4.0%} {stage:<28}", end="\n" if fraction >= 1 else "", file=sys.stderr, flush=True)
    return None


if __name__ == "__main__":
    sys.exit(main())
