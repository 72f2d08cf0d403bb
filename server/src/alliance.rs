//! Who the alliance is: the genesis, pinned by its file.

use thiserror::Error;
use tracelight_api::rest::session::Member;
use tracelight_domain::ids::{ChainId, MemberId};
use tracelight_domain::state::MemberRole;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::{EPOCH_BLOCKS, Genesis, GenesisError, GenesisMember, SUITE_SHA256_ED25519};

/// The alliance that this server belongs to.
#[derive(Clone, Debug)]
pub struct Alliance {
    /// Its genesis.
    pub genesis: Genesis,
    /// The genesis as bytes, for phones.
    pub bytes: Vec<u8>,
    /// Its id.
    pub chain: ChainId,
    /// False on a server that was started without a genesis: nothing can be checked then, and every answer says so.
    pub configured: bool,
}

/// Why there is no alliance.
#[derive(Debug, Error)]
pub enum AllianceError {
    /// The file cannot be read.
    #[error("the genesis `{path}` cannot be read: {source}. Hint: chain-node init-alliance makes one")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is no genesis.
    #[error("the genesis `{path}`: {source}")]
    Genesis {
        /// Which file.
        path: String,
        /// Why.
        source: GenesisError,
    },
}

impl Alliance {
    /// Reads the genesis file.
    ///
    /// # Errors
    /// [`AllianceError`].
    pub fn read(path: &std::path::Path) -> Result<Self, AllianceError> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| AllianceError::Read { path: shown.clone(), source })?;
        let genesis =
            Genesis::parse_checked(&bytes).map_err(|source| AllianceError::Genesis { path: shown, source })?;
        Ok(Self::of(genesis))
    }

    /// The alliance of a genesis that has been checked.
    #[must_use]
    pub fn of(genesis: Genesis) -> Self {
        Self { bytes: genesis.to_bytes(), chain: genesis.chain_id(), genesis, configured: true }
    }

    /// What a server without a genesis has: nobody.
    #[must_use]
    pub fn none() -> Self {
        let genesis = Genesis {
            suite: SUITE_SHA256_ED25519,
            name: "not configured".to_owned(),
            time_ms: 0,
            epoch_blocks: EPOCH_BLOCKS,
            members: Vec::new(),
            witnesses: Vec::new(),
        };
        Self { configured: false, ..Self::of(genesis) }
    }

    /// A member by its GLN.
    #[must_use]
    pub fn member(&self, gln: MemberId) -> Option<&GenesisMember> {
        self.genesis.member(gln)
    }

    /// A member as screens show it.
    #[must_use]
    pub fn view(&self, gln: MemberId) -> Option<Member> {
        self.member(gln).map(view)
    }

    /// Name in English; the GLN for somebody who is no member.
    #[must_use]
    pub fn name_en(&self, gln: MemberId) -> String {
        self.member(gln).map_or_else(|| gln.to_string(), |member| member.name_en.clone())
    }

    /// Name in Chinese; the GLN for somebody who is no member.
    #[must_use]
    pub fn name_zh(&self, gln: MemberId) -> String {
        self.member(gln).map_or_else(|| gln.to_string(), |member| member.name_zh.clone())
    }

    /// Where a member works, in English and Chinese, as the genesis says; empty for somebody who is not in it.
    #[must_use]
    pub fn place(&self, gln: MemberId) -> (String, String) {
        self.member(gln).map(|member| (member.place_en.clone(), member.place_zh.clone())).unwrap_or_default()
    }

    /// The members that make goods.
    pub fn makers(&self) -> impl Iterator<Item = MemberId> + '_ {
        let makers = self.genesis.members.iter().filter(|member| member.role == MemberRole::Manufacturer);
        makers.map(|member| member.gln)
    }

    /// All members, as screens show them.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        self.genesis.members.iter().map(view).collect()
    }
}

fn view(member: &GenesisMember) -> Member {
    Member {
        gln: member.gln.to_string(),
        name_en: member.name_en.clone(),
        name_zh: member.name_zh.clone(),
        role: member.role.into(),
    }
}
