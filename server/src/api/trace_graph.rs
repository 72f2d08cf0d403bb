//! The graph of a lot. What it means stands in [`tracelight_domain::trace`].
//!
//! The regulator sees all of it. Another member sees the graph of a lot that it makes: its own lots in full, and as bare nodes
//! the lots of others that are linked to them. For everybody else it does not exist (404).

use crate::alliance::Alliance;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Query};
use crate::store::{LotGraph, class_number, shipment_word};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::collections::BTreeSet;
use tracelight_api::problem::Problem;
use tracelight_api::rest::trace::{
    Direction, GapKind, GraphGap, GraphLink, GraphLot, GraphMember, GraphMove, TraceGraph,
};
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::state::MemberRole;
use tracelight_domain::trace::{self, Bounds, Gap, Link, Move, Node, Sight, Used};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(graph))
}

/// What to trace, and where to.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A lot with its GTIN: element string, Digital Link or bracketed text.
    code: String,
    /// Where to go from it; both ways when absent.
    #[serde(default)]
    direction: Direction,
}

/// What a lot was made from and into, how many packs of each lot went from whom to whom, and what is not known.
#[utoipa::path(get, path = "/trace/graph", params(Asked), responses(
    (status = 200, body = TraceGraph), (status = 400, body = Problem, description = "the code is wrong: field and position"),
    (status = 401, body = Problem), (status = 404, body = Problem, description = "unknown, or another maker's"),
))]
async fn graph(State(state): State<AppState>, user: User, Query(asked): Query<Asked>) -> ApiResult<Json<TraceGraph>> {
    read(&state, &user, &asked.code, asked.direction).await.map(Json)
}

/// The graph of the lot that a code names, as far as it is told to a user.
///
/// # Errors
/// 400 naming `code`, 404.
pub(super) async fn read(state: &AppState, user: &User, code: &str, direction: Direction) -> ApiResult<TraceGraph> {
    let scan = parse_scan(code.as_bytes()).map_err(|error| super::units::scan_error(&error))?;
    let (Some(gtin), Some(lot)) = (scan.gtin(), scan.lot()) else {
        return Err(ApiError::invalid("code", "expected a lot (01)(10)"));
    };
    let batch = BatchId { gtin, lot };
    let sight = match user.member_role {
        MemberRole::Regulator => Sight::All,
        _ => Sight::Of(user.member),
    };
    let way = match direction {
        Direction::Forward => trace::Direction::Forward,
        Direction::Back => trace::Direction::Back,
        Direction::Both => trace::Direction::Both,
    };
    let found = state.store.lot_graph(&batch, way, sight, Bounds::GRAPH).await?;
    let found =
        found.ok_or_else(|| ApiError::not_found("the chain does not know this lot, or another member makes it"))?;
    // The lot that was asked for; the page shows what it was made from and into beside it.
    let maker = crate::audit::maker_of(state, batch.gtin).await?;
    crate::audit::searched(state, user, &batch.to_string(), maker).await?;
    Ok(view(&state.alliance, &batch, direction, &found))
}

fn view(alliance: &Alliance, subject: &BatchId, direction: Direction, graph: &LotGraph) -> TraceGraph {
    let (nodes, told) = (&graph.walked.nodes, &graph.told);
    let mut named: BTreeSet<MemberId> = nodes.iter().filter_map(|node| Some(node.lot.as_ref()?.maker)).collect();
    // Whoever has not answered is in a move that is open.
    named.extend(told.moves.iter().flat_map(|one| [one.from, one.to]));
    TraceGraph {
        subject: subject.to_string(),
        direction,
        as_of_ms: graph.as_of_ms,
        complete: graph.walked.cut.is_empty(),
        lots: nodes.iter().map(lot_view).collect(),
        links: graph.walked.links.iter().map(|link| link_view(*link, told.used.get(link))).collect(),
        moves: told.moves.iter().map(move_view).collect(),
        gaps: told.gaps.iter().map(gap_view).collect(),
        members: named.into_iter().map(|gln| member_view(alliance, gln)).collect(),
    }
}

/// A place in the list of lots, which is at most [`trace::GRAPH_LOTS_MAX`] long.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn lot_view(node: &Node) -> GraphLot {
    let lot = node.lot.as_ref();
    let (product_en, product_zh) = lot.map(|lot| lot.product.clone()).unwrap_or_default();
    GraphLot {
        gtin: node.id.gtin.to_string(),
        lot: node.id.lot.to_string(),
        distance: node.distance,
        in_full: node.in_full,
        product_en,
        product_zh,
        maker: lot.map(|lot| lot.maker.to_string()),
        made_on: lot.map(|lot| lot.made_on.to_string()),
        expires_on: lot.map(|lot| lot.expires_on.to_string()),
        recalled: lot.and_then(|lot| lot.recalled).map(class_number),
        // How many there are is the maker's to tell.
        sealed: lot.filter(|_| node.in_full).and_then(|lot| lot.sealed),
    }
}

fn link_view(link: Link, used: Option<&Used>) -> GraphLink {
    let (cases, units) = (used.map(|used| used.cases), used.map(|used| used.units));
    GraphLink { from: place(link.from), to: place(link.to), cases, units }
}

fn move_view(one: &Move) -> GraphMove {
    GraphMove {
        lot: place(one.lot),
        from: one.from.to_string(),
        to: one.to.to_string(),
        status: shipment_word(one.status).to_owned(),
        shipments: one.shipments,
        cases: one.goods.cases,
        units: one.goods.units,
        short: one.short,
        first_ms: one.first_ms,
        last_ms: one.last_ms,
    }
}

fn gap_view(gap: &Gap) -> GraphGap {
    let of = |kind| GraphGap {
        kind,
        lot: place(gap.lot()),
        units: None,
        lots: None,
        shipment: None,
        from: None,
        to: None,
        due_ms: None,
    };
    match gap {
        Gap::LotUnknown { .. } => of(GapKind::LotUnknown),
        Gap::NotSealed { .. } => of(GapKind::NotSealed),
        Gap::InNoCase { units, .. } => GraphGap { units: Some(*units), ..of(GapKind::InNoCase) },
        Gap::NotReceived { shipment, from, to, units, due_ms, .. } => GraphGap {
            units: Some(*units),
            shipment: Some(shipment.to_string()),
            from: Some(from.to_string()),
            to: Some(to.to_string()),
            due_ms: Some(*due_ms),
            ..of(GapKind::NotReceived)
        },
        Gap::Cut { lots, .. } => GraphGap { lots: Some(*lots as u64), ..of(GapKind::Cut) },
    }
}

fn member_view(alliance: &Alliance, gln: MemberId) -> GraphMember {
    GraphMember { gln: gln.to_string(), name_en: alliance.name_en(gln), name_zh: alliance.name_zh(gln) }
}
