"""What there is to do: the commands, the menu, and the stateless buttons. A new one is a line here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from handlers import (
    alerts,
    ballot_list,
    council_card,
    councils,
    dispute_board,
    dispute_list,
    disputes,
    drafts,
    freezing,
    gaps,
    glass,
    home,
    household,
    item_list,
    items,
    leaves,
    leaving,
    matter,
    matter_list,
    meetings,
    projects,
    proposing,
    read_log,
    referrals,
    registering,
    reporting,
    signing,
    today,
    votes,
)
from handlers.conversations import FLOWS
from handlers.flow import Flow
from handlers.renewing import is_newer
from handlers.talking import ask_again, begin, begin_about
from handlers.turn import Turn, pressed_number


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a command, a menu entry or a button can ask for.

    `leaves` says that it takes the place of a conversation that is going on, so that she is asked first.
    """

    run: Callable[[Turn, str], Awaitable[None]]
    leaves: bool = True


@dataclass(frozen=True, slots=True)
class NothingToCancel:
    """/cancel, but nothing is going on."""


def _flow_command(flow: Flow) -> Command:
    async def run(turn: Turn, _rest: str) -> None:
        await begin(turn, flow)

    return Command(run)


async def _cancel(turn: Turn, _rest: str) -> None:
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is None:
        turn.say(NothingToCancel())
        return
    flow = FLOWS.get(talk.state.flow)
    if flow is not None:
        await ask_again(turn, flow, talk)
    # Its own question, with the button that ends it, is the newer version's: she may leave it here all the same.
    if is_newer(flow, talk, turn.scene.now) and turn.book.active(turn.chat_id, turn.user_id) is not None:
        await leaving.ask_to_leave(turn, talk, "menu:menu")


async def _go(turn: Turn, args: Sequence[str]) -> None:
    """The check-in of one household, from a list or a card."""
    number = pressed_number(args)
    if number is None:
        turn.toast("no_such_button")
        return

    async def go() -> None:
        await begin_about(turn, FLOWS["visit"], number)

    await leaving.unless_busy(turn, f"go:{number}", go)


async def _menu(turn: Turn, args: Sequence[str]) -> None:
    command = COMMANDS.get(args[0]) if args else None
    if command is None:
        turn.toast("no_such_button")
        return
    await run_command(turn, args[0], "")


async def run_command(turn: Turn, key: str, rest: str) -> None:
    """Do what the command says; when it would take the place of a conversation, ask first."""
    command = COMMANDS[key]

    async def run() -> None:
        await command.run(turn, rest)

    if command.leaves:
        await leaving.unless_busy(turn, f"menu:{key}", run)
    else:
        await run()


COMMANDS: Mapping[str, Command] = {
    "today": Command(today.today),
    "visit": _flow_command(FLOWS["visit"]),
    "lead": Command(reporting.report),
    "leads": Command(matter_list.leads),
    "disputes": Command(dispute_list.disputes),
    "find": _flow_command(FLOWS["find"]),
    "add": Command(household.add),
    "sign": Command(signing.signatures),
    "reviews": Command(signing.reviews),
    "drafts": Command(drafts.drafts),
    "tie": _flow_command(FLOWS["tie"]),
    "leave": Command(leaves.leave_list, leaves=False),
    "glass": Command(glass.glass),
    "reads": Command(read_log.reads),
    "freeze": _flow_command(FLOWS["freeze"]),
    "unfreeze": Command(freezing.frozen, leaves=False),
    "asked": Command(referrals.asked),
    "dispute": Command(registering.register),
    "council": Command(council_card.councils),
    "propose": Command(proposing.propose),
    "proposals": Command(item_list.proposals),
    "votes": Command(ballot_list.votes, leaves=False),
    "me": Command(home.me, leaves=False),
    "help": Command(home.help_, leaves=False),
    "language": Command(home.language, leaves=False),
    "cancel": Command(_cancel, leaves=False),
    "menu": Command(home.start, leaves=False),
}

PRESSES: Mapping[str, Callable[[Turn, Sequence[str]], Awaitable[None]]] = {
    "today": today.today_pressed,
    "go": _go,
    "go_lead": reporting.report_pressed,
    "hh": household.household_pressed,
    "alert": alerts.alert_pressed,
    "lead": matter.lead_pressed,
    "leads": matter_list.leads_pressed,
    "disp": disputes.dispute_pressed,
    "case": registering.case_pressed,
    "disps": dispute_list.disputes_pressed,
    "dboard": dispute_board.board_pressed,
    "co": councils.councils_pressed,
    "item": items.items_pressed,
    "proposals": item_list.proposals_pressed,
    "vote": votes.votes_pressed,
    "votes": ballot_list.list_pressed,
    "meet": meetings.meetings_pressed,
    "proj": projects.projects_pressed,
    "tier": signing.tier_pressed,
    "sign": signing.signatures_pressed,
    "reviews": signing.reviews_pressed,
    "leaves": leaves.leaves_pressed,
    "gaps": gaps.gaps_pressed,
    "reads": read_log.reads_pressed,
    "frozen": freezing.frozen_pressed,
    "ref": referrals.ref_pressed,
    "asked": referrals.asked_pressed,
    "menu": _menu,
    "lang": home.language_pressed,
    "drafts": lambda turn, _args: drafts.drafts(turn, ""),
    "draft": drafts.draft_pressed,
}
