//! The changes as arguments.

use anyhow::ensure;
use clap::{Subcommand, ValueEnum};
use tracelight_api::{Hex, Text};
use tracelight_domain::governance::{GovernanceChange, MEMBER_KEYS_MAX, NewMember};
use tracelight_domain::ids::{MemberId, PublicKey};
use tracelight_domain::state::{KeyPurpose, MemberRole};

/// What a member does.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Role {
    /// Makes goods.
    Manufacturer,
    /// Stores and carries goods.
    Logistics,
    /// Supplies goods to the public.
    Pharmacy,
    /// Watches, and recalls.
    Regulator,
}

/// What a key may sign.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Purpose {
    /// Everything the member's role allows.
    Operator,
    /// The second signature, and votes.
    Approver,
}

/// What is to change.
#[derive(Subcommand)]
pub enum ChangeArgs {
    /// A member joins.
    AdmitMember {
        /// Its GLN.
        #[arg(long)]
        gln: Text<MemberId>,
        /// What it does.
        #[arg(long)]
        role: Role,
        /// Name in Latin script.
        #[arg(long)]
        name_en: String,
        /// Name in Chinese.
        #[arg(long)]
        name_zh: String,
        /// Town in Latin script.
        #[arg(long)]
        place_en: String,
        /// Town in Chinese.
        #[arg(long)]
        place_zh: String,
        /// Public keys of its operators.
        #[arg(long, required = true)]
        operator: Vec<Hex<PublicKey>>,
        /// Public keys of its approvers.
        #[arg(long, required = true)]
        approver: Vec<Hex<PublicKey>>,
    },
    /// A member may not act: its licence has lapsed.
    SuspendMember {
        /// Its GLN.
        gln: Text<MemberId>,
    },
    /// A suspended member acts again.
    ReinstateMember {
        /// Its GLN.
        gln: Text<MemberId>,
    },
    /// A member leaves for good.
    RemoveMember {
        /// Its GLN.
        gln: Text<MemberId>,
    },
    /// A member gets a validator.
    AddValidator {
        /// The member's GLN.
        #[arg(long)]
        member: Text<MemberId>,
        /// The validator's public key.
        #[arg(long)]
        validator: Hex<PublicKey>,
        /// Where it is found, `host:port`.
        #[arg(long, default_value = "")]
        address: String,
    },
    /// A validator gives its seat to another.
    ReplaceValidator {
        /// The one that leaves.
        #[arg(long)]
        old: Hex<PublicKey>,
        /// The one that comes.
        #[arg(long)]
        new: Hex<PublicKey>,
        /// Where it is found, `host:port`.
        #[arg(long, default_value = "")]
        address: String,
    },
    /// A validator leaves.
    RemoveValidator {
        /// Its public key.
        validator: Hex<PublicKey>,
    },
    /// A member gets a key.
    AddKey {
        /// The member's GLN.
        #[arg(long)]
        member: Text<MemberId>,
        /// The public key.
        #[arg(long)]
        new: Hex<PublicKey>,
        /// What it may sign.
        #[arg(long)]
        purpose: Purpose,
        /// First block in which it may sign; the next one when that has passed.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// A key takes the place of another.
    RotateKey {
        /// The key that ends.
        #[arg(long)]
        old: Hex<PublicKey>,
        /// The key that begins.
        #[arg(long)]
        new: Hex<PublicKey>,
        /// First block of the new one; the next one when that has passed.
        #[arg(long, default_value_t = 0)]
        at: u64,
    },
    /// A key ends.
    RevokeKey {
        /// The key.
        #[arg(long)]
        old: Hex<PublicKey>,
        /// First block in which it may not sign; the next one when that has passed.
        #[arg(long, default_value_t = 0)]
        at: u64,
    },
}

impl ChangeArgs {
    /// The change.
    ///
    /// # Errors
    /// More keys than a member may be admitted with.
    pub fn change(&self) -> anyhow::Result<GovernanceChange> {
        Ok(match self {
            Self::AdmitMember { gln, role, name_en, name_zh, place_en, place_zh, operator, approver } => {
                let keys = operator.iter().map(|key| (key.0, KeyPurpose::Operator));
                let keys: Vec<_> = keys.chain(approver.iter().map(|key| (key.0, KeyPurpose::Approver))).collect();
                ensure!(keys.len() <= MEMBER_KEYS_MAX, "at most {MEMBER_KEYS_MAX} keys");
                GovernanceChange::AdmitMember(NewMember {
                    gln: gln.0,
                    role: match role {
                        Role::Manufacturer => MemberRole::Manufacturer,
                        Role::Logistics => MemberRole::Logistics,
                        Role::Pharmacy => MemberRole::Pharmacy,
                        Role::Regulator => MemberRole::Regulator,
                    },
                    name_en: name_en.clone(),
                    name_zh: name_zh.clone(),
                    place_en: place_en.clone(),
                    place_zh: place_zh.clone(),
                    keys,
                })
            }
            Self::SuspendMember { gln } => GovernanceChange::SuspendMember { member: gln.0 },
            Self::ReinstateMember { gln } => GovernanceChange::ReinstateMember { member: gln.0 },
            Self::RemoveMember { gln } => GovernanceChange::RemoveMember { member: gln.0 },
            Self::AddValidator { member, validator, address } => {
                GovernanceChange::AddValidator { member: member.0, key: validator.0, address: address.clone() }
            }
            Self::ReplaceValidator { old, new, address } => {
                GovernanceChange::ReplaceValidator { old: old.0, new: new.0, address: address.clone() }
            }
            Self::RemoveValidator { validator } => GovernanceChange::RemoveValidator { key: validator.0 },
            Self::AddKey { member, new, purpose, from } => {
                let purpose = match purpose {
                    Purpose::Operator => KeyPurpose::Operator,
                    Purpose::Approver => KeyPurpose::Approver,
                };
                GovernanceChange::AddKey { member: member.0, key: new.0, purpose, from: *from }
            }
            Self::RotateKey { old, new, at } => GovernanceChange::RotateKey { old: old.0, new: new.0, at: *at },
            Self::RevokeKey { old, at } => GovernanceChange::RevokeKey { key: old.0, at: *at },
        })
    }
}
