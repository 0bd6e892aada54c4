"""All conversations, by name."""

from handlers.flow import Flow
from handlers.flows.attempt import ATTEMPT
from handlers.flows.attend import ATTEND
from handlers.flows.closing import CLOSING
from handlers.flows.correct import CORRECT
from handlers.flows.cosettings import COSETTINGS
from handlers.flows.court import COURT
from handlers.flows.dispclose import DISPCLOSE
from handlers.flows.dispcolour import DISPCOLOUR
from handlers.flows.dispcorrect import DISPCORRECT
from handlers.flows.dispdecide import DISPDECIDE
from handlers.flows.dispnote import DISPNOTE
from handlers.flows.dispown import DISPOWN
from handlers.flows.dispreopen import DISPREOPEN
from handlers.flows.dispute import DISPUTE
from handlers.flows.find import FIND
from handlers.flows.followup import FOLLOWUP
from handlers.flows.freeze import FREEZE
from handlers.flows.giveback import GIVEBACK
from handlers.flows.glass import GLASS
from handlers.flows.handle import HANDLE
from handlers.flows.handon import HANDON
from handlers.flows.hhadd import HHADD
from handlers.flows.hhedit import HHEDIT
from handlers.flows.hhmerge import HHMERGE
from handlers.flows.hhmove import HHMOVE
from handlers.flows.hhpeople import HHPEOPLE
from handlers.flows.hhtier import HHTIER
from handlers.flows.itemanswer import ITEMANSWER
from handlers.flows.itemdecide import ITEMDECIDE
from handlers.flows.itemguest import ITEMGUEST
from handlers.flows.itemmerge import ITEMMERGE
from handlers.flows.itemreword import ITEMREWORD
from handlers.flows.lead import NEWLEAD
from handlers.flows.leadnote import LEADNOTE
from handlers.flows.leave import ABSENCE
from handlers.flows.mediation import MEDIATION
from handlers.flows.meeting import MEETING
from handlers.flows.meetitems import MEETITEMS
from handlers.flows.meetmove import MEETMOVE
from handlers.flows.minutes import MINUTES
from handlers.flows.openvote import OPENVOTE
from handlers.flows.opinion import OPINION
from handlers.flows.party import PARTY
from handlers.flows.passup import PASSUP
from handlers.flows.progress import PROGRESS
from handlers.flows.projdelay import PROJDELAY
from handlers.flows.projdone import PROJDONE
from handlers.flows.project import PROJECT
from handlers.flows.projhand import PROJHAND
from handlers.flows.projstop import PROJSTOP
from handlers.flows.propose import PROPOSE
from handlers.flows.readsof import READSOF
from handlers.flows.recanswer import RECANSWER
from handlers.flows.recfix import RECFIX
from handlers.flows.recolour import RECOLOUR
from handlers.flows.recuse import RECUSE
from handlers.flows.refdecline import REFDECLINE
from handlers.flows.refer import REFER, REFER_DISPUTE
from handlers.flows.refreport import REFREPORT
from handlers.flows.reopen import REOPEN
from handlers.flows.strike import STRIKE
from handlers.flows.tie import TIE
from handlers.flows.violence import VIOLENCE
from handlers.flows.visit import VISIT
from handlers.flows.votecancel import VOTECANCEL
from handlers.flows.voteextend import VOTEEXTEND
from handlers.flows.votepaper import VOTEPAPER
from handlers.flows.votepapers import VOTEPAPERS
from handlers.flows.whistle import WHISTLE, WHISTLE_DISPUTE

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        VISIT,
        NEWLEAD,
        FIND,
        HHADD,
        HHEDIT,
        HHTIER,
        HHPEOPLE,
        HHMOVE,
        HHMERGE,
        HANDLE,
        CLOSING,
        REOPEN,
        RECOLOUR,
        CORRECT,
        LEADNOTE,
        TIE,
        ABSENCE,
        GLASS,
        READSOF,
        FREEZE,
        HANDON,
        REFER,
        WHISTLE,
        DISPUTE,
        REFER_DISPUTE,
        WHISTLE_DISPUTE,
        REFDECLINE,
        REFREPORT,
        PARTY,
        DISPCOLOUR,
        DISPCORRECT,
        DISPNOTE,
        DISPREOPEN,
        DISPDECIDE,
        DISPCLOSE,
        FOLLOWUP,
        COURT,
        MEDIATION,
        ATTEMPT,
        PASSUP,
        GIVEBACK,
        DISPOWN,
        RECUSE,
        VIOLENCE,
        MEETING,
        MEETITEMS,
        MEETMOVE,
        ATTEND,
        STRIKE,
        MINUTES,
        RECFIX,
        RECANSWER,
        COSETTINGS,
        OPENVOTE,
        VOTEEXTEND,
        VOTECANCEL,
        VOTEPAPER,
        VOTEPAPERS,
        PROJECT,
        PROGRESS,
        PROJDELAY,
        PROJHAND,
        PROJDONE,
        PROJSTOP,
        PROPOSE,
        ITEMDECIDE,
        ITEMANSWER,
        ITEMREWORD,
        ITEMMERGE,
        OPINION,
        ITEMGUEST,
    )
}


def hushed_flows() -> frozenset[str]:
    """The names of the conversations that leave nothing of theirs in the chat."""
    return frozenset(flow.name for flow in FLOWS.values() if flow.hush)
