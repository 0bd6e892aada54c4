"""What may be done with a dispute now: exactly the buttons that her standing and its state allow."""

from collections.abc import Iterable

from domain.access import WHISTLES
from domain.channel import Button
from domain.dispute_access import CLOSES_DISPUTES
from domain.rules.agreements import court_steps
from domain.rules.ladder import may_give_back
from domain.usecases.dispute_cases import Case
from domain.usecases.dispute_moving import standing_of
from domain.usecases.dispute_reopening import may_reopen
from handlers.flow import Rows
from handlers.turn import Turn
from messages.render import label
from models.confidential import DisputeGround
from models.dispute import OPEN_STATES, DisputeKind, DisputeState

Pairs = list[tuple[str, str]]

SHOWN_PARTIES = 6  # on the card; all of them have pages of their own
FILE_FOR = frozenset({DisputeGround.RUNG, DisputeGround.HEAD, DisputeGround.SECOND})
_CONFIRMED_IN = (DisputeState.AGREED, DisputeState.CLOSING, DisputeState.CLOSED)


def buttons_of(case: Case, turn: Turn) -> Rows:
    """The buttons of a dispute's card: what comes next and what protects somebody by themselves, the rest in twos."""
    rest = [*_moving(case), *_closing(case, turn), *_asking(case, turn), *_reading(case)]
    pairs = [*_red_lead(case), *_work(case), *_court(case), *_safety(case), *_in_twos(rest)]
    links = [
        (Button(f"{label('open_linked_dispute', turn.locale)} {other.code}", f"disp:show:{other.id}"),)
        for other, opens in case.linked
        if opens
    ]
    return (*turn.rows([row for row in pairs if row]), *links)


def _in_twos(rows: Iterable[Pairs]) -> Iterable[Pairs]:
    """The same buttons in the same order, two in a row: a card's buttons must not be longer than a phone."""
    buttons = [button for row in rows for button in row]
    return [buttons[place : place + 2] for place in range(0, len(buttons), 2)]


def _red_lead(case: Case) -> Iterable[Pairs]:
    """From a frozen case to the lead that is worked on instead: its card decides anew who may open it, and logs it."""
    if case.red_lead is not None:
        yield [("open_red_lead", f"lead:show:{case.red_lead}")]


def _work(case: Case) -> Iterable[Pairs]:
    """Accepting, planning, recording, following up: the next step first."""
    dispute = case.sight.dispute
    number, state = dispute.id, dispute.state
    if not case.sight.handles:
        return
    counsels = dispute.kind is DisputeKind.COUNSELLING
    if state is DisputeState.REGISTERED:
        yield [("accept_dispute", f"disp:accept:{number}")]
    elif state is DisputeState.MEDIATING:
        record = ("record_session" if counsels else "record_attempt", f"disp:record:{number}")
        if case.plan is None:
            yield [("plan_mediation", f"disp:plan:{number}"), record]
        else:
            yield [record, ("calendar_file", f"disp:ics:{case.plan.mediation.id}")]
            yield [("cancel_plan", f"disp:cancel:{number}:{case.plan.mediation.id}")]
    elif state is DisputeState.AGREED:
        yield [("follow_up_dispute", f"disp:followup:{number}")]


def _safety(case: Case) -> Iterable[Pairs]:
    """Whoever knows the case may say that violence has come to light, whatever has become of it."""
    number, state = case.sight.dispute.id, case.sight.dispute.state
    if case.sight.reads_all and state is not DisputeState.FROZEN:
        yield [("freeze_dispute", f"disp:violence:{number}")]


def _court(case: Case) -> Iterable[Pairs]:
    """The next step towards the agreement's confirmation by a court, also once the case is closed."""
    asks = case.sight.ground is DisputeGround.RUNG and case.sight.dispute.state in _CONFIRMED_IN
    if asks and case.agreement is not None and court_steps(case.agreement.court):
        yield [("court_dispute", f"disp:court:{case.sight.dispute.id}")]


def _moving(case: Case) -> Iterable[Pairs]:
    """Up, back down, to a colleague, or past her."""
    dispute = case.sight.dispute
    number, mediated = dispute.id, dispute.mediable
    if case.sight.handles and mediated:
        row: Pairs = [("pass_up_dispute", f"disp:passup:{number}")] if case.above else []
        if may_give_back(standing_of(dispute)):
            row.append(("give_back_dispute", f"disp:giveback:{number}"))
        yield row
    row = [("hand_on_dispute", f"disp:hand:{number}")] if case.sight.handles and case.colleagues else []
    if dispute.state in OPEN_STATES:
        row.append(("recuse_dispute", f"disp:recuse:{number}"))
    yield row


def _closing(case: Case, turn: Turn) -> Iterable[Pairs]:
    """What a second person may decide, what whoever asked may take back, what may be opened again."""
    dispute, me = case.sight.dispute, turn.actor.member_id
    number, state = dispute.id, dispute.state
    closes = turn.actor.covers(case.sight.path, CLOSES_DISPUTES)
    if state is DisputeState.CLOSING and dispute.closing_by_id == me:
        yield [("withdraw_dispute", f"disp:withdraw:{number}")]
    elif state is DisputeState.CLOSING and closes and case.sight.ground in FILE_FOR:
        yield [("decide_dispute", f"disp:decide:{number}")]
    elif state in (DisputeState.CLOSED, DisputeState.ENDED) and may_reopen(case.sight, turn.actor):
        yield [("reopen_dispute", f"disp:reopen:{number}")]
    elif case.sight.handles and state is not DisputeState.CLOSING and may_ask_closing(case, turn):
        yield [("close_dispute", f"disp:closing:{number}")]


def may_ask_closing(case: Case, turn: Turn) -> bool:
    """Whether its closing may be asked for: what was agreed on is followed up first."""
    dispute = case.sight.dispute
    if dispute.state is DisputeState.AGREED:
        return dispute.follow_ups_done >= len(turn.scene.policy.revisit_days)
    return True


def _asking(case: Case, turn: Turn) -> Iterable[Pairs]:
    """Help from an expert, or from partner units, which heads and centres alone call; the lawful ways."""
    number = case.sight.dispute.id
    if case.sight.ground is DisputeGround.REFERRAL:
        yield [("open_asked", "asked:new")]  # there she reports back
    row: Pairs = [("refer_dispute", f"disp:refer:{number}")] if case.sight.handles else []
    heads = case.sight.ground is DisputeGround.HEAD and case.sight.dispute.state in OPEN_STATES
    if (case.sight.handles or heads) and turn.actor.covers(case.sight.path, WHISTLES):
        row.append(("whistle_dispute", f"disp:whistle:{number}"))
    yield row
    if case.sight.reads_all and case.sight.dispute.state is not DisputeState.FROZEN:
        yield [("lawful_ways", f"disp:ways:{number}")]


def _reading(case: Case) -> Iterable[Pairs]:
    """What there is to look at besides, and what she may add."""
    dispute, ground = case.sight.dispute, case.sight.ground
    if ground is DisputeGround.GUEST and case.plan is not None:
        yield [("calendar_file", f"disp:ics:{case.plan.mediation.id}")]
        return
    number, over = dispute.id, dispute.state in (DisputeState.CLOSED, DisputeState.ENDED)
    if case.sight.adds and not over:
        row: Pairs = [("note_dispute", f"disp:note:{number}")]
        if case.corrects:
            row.append(("correct_dispute", f"disp:correct:{number}"))
        yield row
    if case.sight.handles:
        yield [("party_dispute", f"disp:party:{number}"), ("recolour_dispute", f"disp:colour:{number}")]
    row = [("dispute_line", f"disp:line:{number}")] if case.works else []
    if case.files:
        row.append(("dispute_files", f"disp:files:{number}"))
    if len(case.parties) > SHOWN_PARTIES:
        row.append(("all_parties", f"disp:parties:{number}"))
    yield row
    if ground in FILE_FOR:
        yield [("case_file", f"disp:file:{number}")]
