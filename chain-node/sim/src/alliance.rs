//! The members of the simulated alliance, with keys that everybody knows.

use ed25519_dalek::SigningKey;
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::{ChainId, MemberId, PublicKey};
use tracelight_domain::state::{KeyPurpose, MemberRole};
use tracelight_proof::genesis::{Genesis, GenesisMember, SUITE_SHA256_ED25519};

use crate::goods::public;

/// Beginning of the chain, milliseconds since 1970.
pub const GENESIS_MS: u64 = 1_790_000_000_000;

/// A member.
pub struct Member {
    /// Its number.
    pub gln: MemberId,
    /// Seed of its validator's key.
    pub seed: [u8; 32],
    /// That key.
    pub validator: PublicKey,
    /// Signs most transactions.
    pub operator: SigningKey,
    /// Signs approvals.
    pub approver: SigningKey,
}

/// All of them.
pub struct Alliance {
    /// How they began.
    pub genesis: Genesis,
    /// Its id.
    pub chain: ChainId,
    /// In the order manufacturer, logistics, pharmacy, regulator, and again.
    pub members: Vec<Member>,
}

impl Alliance {
    /// Founds one of `count` members, at most 16.
    pub fn found(count: usize, epoch_blocks: u32) -> Self {
        let roles = [MemberRole::Manufacturer, MemberRole::Logistics, MemberRole::Pharmacy, MemberRole::Regulator];
        let seed = |purpose: u8, member: usize| [purpose * 16 + u8::try_from(member).unwrap_or(15); 32];
        let members: Vec<Member> = (0..count)
            .map(|index| Member {
                gln: Gln::build("6901234", index as u64 + 1).expect("a small number"),
                seed: seed(1, index),
                validator: public(&SigningKey::from_bytes(&seed(1, index))),
                operator: SigningKey::from_bytes(&seed(2, index)),
                approver: SigningKey::from_bytes(&seed(3, index)),
            })
            .collect();
        let founders = members.iter().zip(roles.iter().cycle()).map(|(member, role)| GenesisMember {
            gln: member.gln,
            role: *role,
            name_en: "Member".to_owned(),
            name_zh: "成员".to_owned(),
            place_en: "Here".to_owned(),
            place_zh: "这里".to_owned(),
            validator: member.validator,
            keys: vec![
                (public(&member.operator), KeyPurpose::Operator),
                (public(&member.approver), KeyPurpose::Approver),
            ],
        });
        let genesis = Genesis {
            suite: SUITE_SHA256_ED25519,
            name: "Simulation".to_owned(),
            time_ms: GENESIS_MS,
            epoch_blocks,
            members: founders.collect(),
            witnesses: Vec::new(),
        };
        genesis.check().expect("a sound genesis");
        Self { chain: genesis.chain_id(), genesis, members }
    }
}
