//! How the chain and its projection are doing; shown at the bottom of every console.

use crate::app::AppState;
use crate::auth::User;
use crate::health::CHAIN_AGE_MS_MAX;
use crate::http::ApiResult;
use axum::Json;
use axum::extract::State;
use futures::future::join_all;
use std::time::Duration;
use tracelight_api::problem::Problem;
use tracelight_api::rest::chain::{ChainView, NodeView};
use tracelight_client::chain::NodeClient;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long a node may take to say how it is.
const STATUS_TIMEOUT: Duration = Duration::from_millis(1_500);
/// Blocks by which the projection may trail before the view says so: two seconds of heartbeats.
const BEHIND_MAX: u64 = 2;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(view))
}

/// How the chain is doing.
#[utoipa::path(get, path = "/chain", tag = "chain",
    responses((status = 200, body = ChainView), (status = 401, body = Problem)))]
async fn view(State(state): State<AppState>, _user: User) -> ApiResult<Json<ChainView>> {
    Ok(Json(chain_view(&state).await))
}

/// Asks every node, all at once.
pub async fn chain_view(state: &AppState) -> ChainView {
    let nodes = join_all(state.each_node.iter().map(|(name, node)| ask(name, node))).await;
    let progress = state.progress();
    let height = nodes.iter().filter_map(|node| node.height).max().unwrap_or(0).max(progress.seen);
    let age_ms = crate::clock::now_ms().saturating_sub(progress.time_ms);
    // A block is released one block after it is final, so a healthy projection trails by one.
    let word = if progress.halted || age_ms > CHAIN_AGE_MS_MAX {
        "stopped"
    } else if height.saturating_sub(progress.projected) > BEHIND_MAX {
        "behind"
    } else {
        "moving"
    };
    ChainView {
        chain_id: state.alliance.chain.to_string(),
        projected: progress.projected,
        height,
        time_ms: progress.time_ms,
        age_ms,
        state: word.to_owned(),
        nodes,
        members: state.alliance.members(),
    }
}

async fn ask(name: &str, node: &NodeClient) -> NodeView {
    let name = name.to_owned();
    match tokio::time::timeout(STATUS_TIMEOUT, node.status()).await {
        Ok(Ok(status)) => {
            NodeView { name, height: Some(status.height), peers: Some(status.peers), problem: status.stall }
        }
        Ok(Err(error)) => NodeView { name, height: None, peers: None, problem: Some(error.to_string()) },
        Err(_) => {
            let problem = Some("does not answer in time".to_owned());
            NodeView { name, height: None, peers: None, problem }
        }
    }
}
