"""The command line. Commands are modules that are imported when they are used; see `quorate.cli.app` to write one."""
