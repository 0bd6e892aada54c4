"""Registering a dispute or a counselling (登记): what about, between whom, who may be contacted, what each wants."""

from domain.access import FILES_VISITS
from domain.dispute_access import REGISTERS_DISPUTES
from domain.usecases.dispute_first_call import first_rung
from domain.usecases.disputes import register_dispute, registered_dispute
from handlers.flow import Finished, Flow, Step
from handlers.flows import dispute_loading as loading
from handlers.flows.dispute_answers import (
    about_a_household,
    about_no_household,
    can_rise,
    colour_of_lead,
    dispute_facts,
    from_a_lead,
    has_an_address,
    has_earlier,
    has_many_grids,
    has_register,
    higher,
    is_small,
    item_of_lead,
    kind_of,
    lead_has_item,
    not_from_a_lead,
    nothing,
    own_colour,
    sources,
    summary,
    wheres,
)
from handlers.flows.dispute_views import (
    AskDisputeColour,
    AskDisputeGrid,
    AskDisputeHousehold,
    AskDisputeItem,
    AskDisputePlace,
    AskDisputeSource,
    AskDisputeWhere,
    AskEarlier,
    AskFacts,
    AskKind,
    AskParties,
    AskPartyConsent,
    AskPeopleConcerned,
    AskWaitingLead,
    AskWishes,
    DisputeHandedOver,
    DisputeReceipt,
)
from handlers.household_pick import HouseholdSearch
from handlers.party_each import Agreeing, TextOfEach
from handlers.party_questions import Parties, parties_in
from handlers.question_kinds import Grouped, OneOf, Telling
from handlers.questions import Answers, Choice, Confirm, Facts, Number, Pick, Text
from handlers.scene import Scene
from models.dispute import Dispute, DisputeKind, DisputeSource
from models.lead import Colour, Where

# The summary must fit into one message, with its parties.
TEXT_LIMIT = 1500
WISH_LIMIT = 300
PLACE_LIMIT = 100
_MOST_PEOPLE = 100_000


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    dispute = await register_dispute(
        scene.session,
        actor=scene.actor,
        facts=dispute_facts(answers, facts, scene.policy),
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return await _registered(scene, dispute)


async def _receipt(scene: Scene, ending: str) -> Finished | None:
    dispute = await registered_dispute(scene.session, actor=scene.actor, conversation_id=ending)
    return None if dispute is None else await _registered(scene, dispute)


async def _registered(scene: Scene, dispute: Dispute) -> Finished:
    if dispute.conflict:
        return Finished(DisputeHandedOver(dispute.code))
    first = await first_rung(scene.session, dispute, actor=scene.actor, now=scene.now, policy=scene.policy)
    names = {rung.key: rung.name(scene.actor.locale) for rung in scene.policy.ladder.rungs}
    receipt = DisputeReceipt(
        code=dispute.code,
        kind=dispute.kind,
        colour=dispute.colour,
        rung=names.get(first.key, first.key),
        called=first.called,
        after_night=scene.policy.is_quiet(dispute.registered_at),
        mine=first.mine,
    )
    open_it = ("open_dispute", f"disp:show:{dispute.id}")
    accept = [("accept_dispute", f"disp:accept:{dispute.id}")] if first.mine else []
    return Finished(receipt, [[*accept, open_it]])


DISPUTE = Flow(
    name="dispute",
    version=1,
    roles=REGISTERS_DISPUTES,
    steps=(
        Step("kind", lambda _a, _f: AskKind(), Choice(DisputeKind, columns=1)),
        Step("source", lambda _a, _f: AskDisputeSource(), Choice(DisputeSource, only=sources, columns=1)),
        Step(
            "lead",
            lambda _a, _f: AskWaitingLead(),
            Pick(loading.search_leads, loading.resolve_lead, by_code=True),
            when=from_a_lead,
        ),
        Step(
            "where",
            lambda _a, _f: AskDisputeWhere(),
            Choice(Where, only=wheres, columns=1),
            when=not_from_a_lead,
            possible=has_register,
        ),
        Step(
            "household",
            lambda _a, _f: AskDisputeHousehold(),
            Pick(HouseholdSearch(FILES_VISITS), loading.resolve_household),
            when=about_a_household,
        ),
        Step(
            "area",
            lambda _a, _f: AskDisputeGrid(),
            Pick(loading.search_grids, loading.resolve_grid),
            when=about_no_household,
            possible=has_many_grids,
            optional=True,
        ),
        Step(
            "item",
            lambda _a, _f: AskDisputeItem(),
            Grouped(loading.categories, loading.items, loading.pick_item),
            default=item_of_lead,
            default_when=lead_has_item,
        ),
        Step(
            "raised",
            lambda a, f: AskDisputeColour(own_colour(a, f)),
            Choice(Colour, only=higher),
            possible=can_rise,
            optional=True,
            default=colour_of_lead,
        ),
        Step(
            "parties",
            lambda a, f: AskParties(kind_of(a), f["register"]),
            Parties(loading.search_people, loading.resolve_person, loading.parties_known, loading.still_hers),
        ),
        Step("consent", lambda a, _f: AskPartyConsent(len(parties_in(a))), Agreeing()),
        Step("wishes", lambda _a, _f: AskWishes(), TextOfEach(WISH_LIMIT), optional=True),
        Step(
            "place",
            lambda _a, _f: AskDisputePlace(),
            Text(PLACE_LIMIT, one_line=True),
            optional=True,
            default=nothing,
            default_when=has_an_address,
        ),
        Step("telling", lambda a, _f: AskFacts(kind_of(a)), Telling(TEXT_LIMIT)),
        Step(
            "people",
            lambda a, _f: AskPeopleConcerned(len(parties_in(a))),
            Number(1, _MOST_PEOPLE),
            optional=True,
            default=nothing,
            default_when=is_small,
        ),
        Step("linked", lambda _a, _f: AskEarlier(), OneOf("earlier"), possible=has_earlier, optional=True),
        Step("confirm", summary, Confirm()),
    ),
    finish=_finish,
    receipt=_receipt,
    in_reach=loading.in_reach,
    hush=True,
)
