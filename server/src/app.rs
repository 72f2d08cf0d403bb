//! What every handler can reach, and the router that puts them together.

use crate::alliance::Alliance;
use crate::audit::Searches;
use crate::auth::{Gateways, KeyLimit, Seen, SignInLimit, TotpKeys};
use crate::config::Config;
use crate::follower::{Progress, ProgressCell};
use crate::http::{ApiError, ApiResult};
use crate::label_keys::LabelKeys;
use crate::marks::Marks;
use crate::scan::Shop;
use crate::signing::Keys;
use crate::store::Store;
use crate::witnesses::Witnesses;
use axum::Router;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use tracelight_client::chain::NodeClient;
use tracelight_client::light::LightClient;
use tracelight_domain::ids::{Height, MemberId};
use tracelight_domain::risk::Place;
use tracelight_labels::report::Face;

/// Shared by all handlers; cloning is cheap.
#[derive(Clone, Debug)]
pub struct AppState(Arc<App>);

/// What every handler can reach.
#[derive(Debug)]
pub struct App {
    /// As it was read at the start.
    pub config: Config,
    /// Who the alliance is.
    pub alliance: Alliance,
    /// The database.
    pub store: Store,
    /// All nodes behind one client, the own one first; none on a server without a chain.
    pub nodes: Option<NodeClient>,
    /// Each node by itself, with the name that screens show.
    pub each_node: Vec<(String, NodeClient)>,
    /// How far the projection is.
    pub progress: ProgressCell,
    /// Keys of the members that this server signs for.
    pub keys: Keys,
    /// Gateways that may use the line's calls.
    pub gateways: Gateways,
    /// Slows down guessing of passwords.
    pub sign_in_limit: SignInLimit,
    /// Where members keep goods.
    pub sites: BTreeMap<MemberId, Place>,
    /// Keys of labels.
    pub label_keys: LabelKeys,
    /// Keys of second factors.
    pub totp_keys: TotpKeys,
    /// When which session was seen.
    pub seen: Seen,
    /// What regulators looked up just now.
    pub searches: Searches,
    /// Bounds the calls of members' programs.
    pub key_limit: KeyLimit,
    /// What is known of the alliance's validators; none on a server without a genesis.
    pub light: Option<LightClient>,
    /// Whoever cosigns checkpoints.
    pub witnesses: Witnesses,
    /// What the pages for shoppers keep in memory.
    pub shop: Shop,
    /// The face of reports, from its first report on.
    pub report_face: OnceLock<Face>,
    /// Physical marks that are enrolled and checked here; none without `[marks]`.
    pub marks: Option<Marks>,
}

impl AppState {
    /// Takes what has been set up.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self(Arc::new(app))
    }
}

impl Deref for AppState {
    type Target = App;
    fn deref(&self) -> &App {
        &self.0
    }
}

impl App {
    /// The nodes.
    ///
    /// # Errors
    /// 503 on a server that was started without a chain.
    pub fn nodes(&self) -> ApiResult<&NodeClient> {
        self.nodes.as_ref().ok_or_else(|| ApiError::unavailable("this server is not connected to a chain"))
    }

    /// The newest block with transactions that is projected ([`Progress::changed`]).
    #[must_use]
    pub fn changed(&self) -> Height {
        self.progress.of(|now| now.changed)
    }

    /// How far the projection is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.now()
    }
}

/// Everything that the server answers, without the layers that need a running process (see `main`).
pub fn router(state: &AppState) -> Router {
    let (api, _) = crate::api::router().split_for_parts();
    // Of members. Shoppers, programs that resolve identifiers, and probes have no session, and are not asked for one.
    let with_sessions = Router::new()
        .nest("/api/v1", api)
        .nest("/epcis", crate::epcis::served(state))
        .nest("/vrs", crate::vrs::router().split_for_parts().0)
        .merge(crate::pages::router())
        .merge(crate::docs::router())
        .layer(crate::auth::session_layer(state));
    let all = with_sessions
        .merge(crate::scan::router())
        .merge(crate::scan::marks_router(state))
        .merge(crate::resolver::router())
        .merge(crate::health::router())
        .merge(crate::assets::router(state))
        .fallback(crate::resolver::fallback)
        .with_state(state.clone());
    let uploads = crate::layers::wrap_uploads(crate::scan::uploads().with_state(state.clone()));
    crate::layers::wrap(all, state).merge(uploads)
}
