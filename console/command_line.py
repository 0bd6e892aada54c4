"""The command line: which commands there are, and in which module of this package each is."""

import argparse
from importlib import import_module

from console.sandbox import SANDBOX_PORT, declare_sandbox

RUN, SANDBOX = "run", "sandbox"
# They run until they are told to stop.
RUNS = {RUN: "run the bot (the default)", SANDBOX: "run in the sandbox, with options"}
# Name, module, its function that does it, its function that declares the options, and what `--help` says.
COMMANDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("migrate", "schema", "migrate", "declare_migrate", "bring the database's tables up to date"),
    ("areas", "register", "areas", "declare_areas", "list the areas, or import their tree"),
    ("invite", "register", "invite", "declare_invite", "issue an invitation; prints its link and its code"),
    ("posts", "posts", "posts", "declare_posts", "list the posts in force; end one at once, or renew its term"),
    ("demo-data", "demo", "demo_data", "declare_demo_data", "fill an empty database with a made-up region of any size"),
    ("import-households", "importing", "import_households", "declare_import", "import a register from a spreadsheet"),
    ("sweep", "sweeping", "sweep", "declare_sweep", "tell or write what is to be reminded on a day"),
    ("doctor", "doctor", "doctor", "declare_doctor", "check the installation and say what to do next"),
    ("frozen", "freezing", "frozen", "declare_frozen", "list the frozen accounts, or give one back"),
    ("outbox", "outbox", "outbox", "declare_outbox", "list the notices that did not go out; send again or drop them"),
    ("updates", "updates", "updates", "declare_updates", "list the updates that were set aside; handle again or drop"),
    ("purge", "purging", "purge", "declare_purge", "forget what is over for as long as the rules of retention say"),
    ("erase", "erasing", "erase", "declare_erase", "erase one person's data, and prove that nothing of her is left"),
    ("hold", "holding", "hold", "declare_hold", "keep a household, lead, dispute or item as it is; list or lift"),
    ("rotate-keys", "rotating", "rotate_keys", "declare_rotate", "write what is encrypted anew with the first key"),
    ("recount", "recount", "recount_ballots", "declare_recount", "count a council's votes again and prove the result"),
    ("backup", "backup", "backup", "declare_backup", "copy the embedded database while the bot runs"),
    ("restore", "backup", "restore", "declare_restore", "put a copy back in the embedded database's place"),
)


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The command line's grammar; each command declares its own options, and what does it (`do`).

    What runs the bot itself has only a name (`command`): bot.py puts it together. With `only` the other commands are no
    more than names, too: what they need is not loaded.
    """
    parser = argparse.ArgumentParser(
        prog="bot.py",
        description="Suozi (梭子): the chat bot for grassroots social workers. Without SUOZI_BOT_TOKEN it runs in a"
        " sandbox on this machine: a made-up county, and a chat page in the browser in which you can be everybody.",
        epilog="`bot.py COMMAND --help` tells a command's options. Settings come from the environment (SUOZI_…) or a"
        " file .env. Exit status: 0 done, 1 something needs attention, 2 wrong use or a wrong setting, 70 our fault.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    parser.set_defaults(command=RUN, port=SANDBOX_PORT, server_only=False, clean=False, brisk=False)
    for name, words in RUNS.items():
        command = commands.add_parser(name, help=words, description=_sentence(words))
        if name == SANDBOX:
            declare_sandbox(command)
    for name, module, do_name, declare_name, words in COMMANDS:
        command = commands.add_parser(name, help=words, description=_sentence(words))
        if only in (None, name):
            loaded = import_module(f"console.{module}")
            getattr(loaded, declare_name)(command)
            command.set_defaults(do=getattr(loaded, do_name))
    return parser


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
