"""The command ``quorate``. Asking for the version imports nothing but this package."""

import sys

from quorate import __version__


def main() -> int:
    """Run the command line; returns the exit code."""
    if sys.argv[1:] == ["--version"]:
        print(f"quorate {__version__}")  # unlike sys.stdout.write, silent where the shell closed it
        return 0
    try:
        from quorate.cli.main import main as run

        return run()
    except KeyboardInterrupt:  # what can be stopped in an orderly way is, further in
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
