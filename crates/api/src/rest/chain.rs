//! How the chain and its projection are doing.

use serde::{Deserialize, Serialize};

/// Shown at the bottom of every console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainView {
    /// The alliance.
    pub chain_id: String,
    /// Newest block that the server has verified and projected.
    pub projected: u64,
    /// Newest block that a node told it of.
    pub height: u64,
    /// BFT time of the newest projected block, milliseconds.
    pub time_ms: u64,
    /// Age of that block by the server's clock, milliseconds.
    pub age_ms: u64,
    /// `moving`, `behind`, `stopped`.
    pub state: String,
    /// Each validator's node, when this server may ask it.
    pub nodes: Vec<NodeView>,
    /// Members of the alliance.
    pub members: Vec<super::session::Member>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeView {
    /// Its member's name.
    pub name: String,
    /// Height, when it answers.
    pub height: Option<u64>,
    /// Peers, when it answers.
    pub peers: Option<u32>,
    /// What is wrong.
    pub problem: Option<String>,
}
