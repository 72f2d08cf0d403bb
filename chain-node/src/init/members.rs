//! Who founds the alliance.

use serde::Deserialize;
use tracelight_api::Text;
use tracelight_domain::gs1::Gln;
use tracelight_domain::state::MemberRole;

/// GS1 company prefix of the invented members.
const PREFIX: &str = "6901234";

/// A file with other founders: `[[member]]` tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundersFile {
    /// The members.
    pub member: Vec<Founder>,
}

/// A founding member, without its keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// Name of its folder.
    pub slug: String,
    /// Its Global Location Number.
    pub gln: Text<Gln>,
    /// What it does.
    pub role: FounderRole,
    /// Name in Latin script.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Town, in Latin script.
    pub place_en: String,
    /// Town, in Chinese.
    pub place_zh: String,
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FounderRole {
    /// Makes goods.
    Manufacturer,
    /// Carries goods.
    Logistics,
    /// Supplies goods to the public.
    Pharmacy,
    /// Watches.
    Regulator,
}

impl FounderRole {
    /// The name as in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manufacturer => "manufacturer",
            Self::Logistics => "logistics",
            Self::Pharmacy => "pharmacy",
            Self::Regulator => "regulator",
        }
    }
}

impl Founder {
    /// The role in the genesis.
    #[must_use]
    pub const fn role(&self) -> MemberRole {
        match self.role {
            FounderRole::Manufacturer => MemberRole::Manufacturer,
            FounderRole::Logistics => MemberRole::Logistics,
            FounderRole::Pharmacy => MemberRole::Pharmacy,
            FounderRole::Regulator => MemberRole::Regulator,
        }
    }
}

/// The four invented members of the demo.
#[must_use]
pub fn default_founders() -> Vec<Founder> {
    let founder = |number: u64, role: FounderRole, names: [&str; 4]| {
        let gln = Gln::build(PREFIX, number).expect("prefix and number have 12 digits at most");
        let [name_en, name_zh, place_en, place_zh] = names.map(str::to_owned);
        Founder { slug: role.name().to_owned(), gln: Text(gln), role, name_en, name_zh, place_en, place_zh }
    };
    vec![
        founder(1, FounderRole::Manufacturer, ["Qinhe Pharma", "秦禾制药", "Xi'an", "西安"]),
        founder(2, FounderRole::Logistics, ["Changjiang Logistics", "长江物流", "Wuhan", "武汉"]),
        founder(3, FounderRole::Pharmacy, ["Yihe Pharmacy", "颐和药房", "Wuhan", "武汉"]),
        founder(4, FounderRole::Regulator, ["Food and Drug Watch", "食药监管", "Beijing", "北京"]),
    ]
}
