//! `chain-node init-alliance`: founds an alliance on one machine, for trying out and for the demo.
//!
//! ```text
//! DIR/genesis.bin                    the genesis; its hash is the chain id
//! DIR/alliance.json                  what a person or program wants to know about it; nothing secret
//! DIR/<slug>/node.toml               configuration of the member's node
//! DIR/<slug>/validator.key           its node's key
//! DIR/<slug>/operator.key            its people's key, through the server
//! DIR/<slug>/approver.key            its second person's key, for recalls
//! DIR/<slug>/rpc.token               what its programs show its node when they submit transactions
//! DIR/<slug>/data/                   made by the node
//! ```
//! In earnest each member makes its own keys and only the public halves come together; the formats are the same.

mod members;

pub use members::{Founder, FoundersFile, default_founders};

use crate::config::{Limits, NodeConfig, RpcConfig, ValidatorAddress, validator_address};
use serde::Serialize;
use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_api::Text;
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::{ChainId, PublicKey};
use tracelight_domain::state::KeyPurpose;
use tracelight_keys::{KeyError, Seed, Token};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::{Genesis, GenesisError, GenesisMember, GenesisWitness, SUITE_SHA256_ED25519};

/// What the founder decides.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Where everything goes. Must be absent or empty.
    pub dir: PathBuf,
    /// The alliance's name.
    pub name: String,
    /// Time of block 0, milliseconds since 1970.
    pub time_ms: u64,
    /// Blocks of an epoch.
    pub epoch_blocks: u32,
    /// Outsiders whose co-signatures count.
    pub witnesses: Vec<GenesisWitness>,
    /// The members.
    pub founders: Vec<Founder>,
    /// Address on which all nodes listen and find each other.
    pub host: IpAddr,
    /// Port for validators, one a member.
    pub p2p_ports: Vec<u16>,
    /// Port for rpc, one a member.
    pub rpc_ports: Vec<u16>,
}

/// Why no alliance was founded.
#[derive(Debug, Error)]
pub enum InitError {
    /// Something is there already.
    #[error(
        "`{path}` is not empty; nothing was changed. Choose another folder with --dir, or remove this one if its keys and data are not needed"
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Ports and members do not match.
    #[error("{what}: {given} ports for {members} members")]
    Ports {
        /// Which ports.
        what: &'static str,
        /// Given.
        given: usize,
        /// Wanted.
        members: usize,
    },
    /// A member's entry is wrong.
    #[error("member `{slug}`: {message}")]
    Member {
        /// Which.
        slug: String,
        /// What is wrong.
        message: String,
    },
    /// The members do not make a genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The operating system refused.
    #[error("cannot write `{path}`: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file cannot be put into words.
    #[error("cannot write `{path}`: {message}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

struct Keys {
    validator: Seed,
    operator: Seed,
    approver: Seed,
}

/// `alliance.json`.
#[derive(Debug, Serialize)]
struct Alliance {
    chain_id: Text<ChainId>,
    name: String,
    genesis: &'static str,
    members: Vec<AllianceMember>,
}

#[derive(Debug, Serialize)]
struct AllianceMember {
    slug: String,
    gln: Text<Gln>,
    role: &'static str,
    name_en: String,
    name_zh: String,
    place_en: String,
    place_zh: String,
    validator: Text<PublicKey>,
    operator: Text<PublicKey>,
    approver: Text<PublicKey>,
    p2p_address: SocketAddr,
    rpc_url: String,
}

/// Founds the alliance and returns its chain id.
///
/// # Errors
/// [`InitError`]; a folder that is not empty is left as it is.
pub fn init_alliance(founding: &Founding) -> Result<ChainId, InitError> {
    check(founding)?;
    let generate = |_: &Founder| {
        Ok(Keys { validator: Seed::generate()?, operator: Seed::generate()?, approver: Seed::generate()? })
    };
    let keys = founding.founders.iter().map(generate).collect::<Result<Vec<_>, KeyError>>()?;
    let mut members = Vec::with_capacity(keys.len());
    for (founder, keys) in founding.founders.iter().zip(&keys) {
        members.push(genesis_member(founder, keys)?);
    }
    members.sort_by_key(|member| member.gln);
    let suite = SUITE_SHA256_ED25519;
    let mut witnesses = founding.witnesses.clone();
    witnesses.sort_by(|a, b| a.name.cmp(&b.name));
    let (name, time_ms) = (founding.name.clone(), founding.time_ms);
    let genesis = Genesis { suite, name, time_ms, epoch_blocks: founding.epoch_blocks, members, witnesses };
    genesis.check()?;
    // What a reader refuses must not be written.
    let genesis = Genesis::parse_checked(&genesis.to_bytes())?;

    make_dir(&founding.dir)?;
    write(&founding.dir.join("genesis.bin"), &genesis.to_bytes())?;
    let validators: Vec<ValidatorAddress> = keys
        .iter()
        .enumerate()
        .map(|(index, keys)| validator_address(keys.validator.public(), addresses(founding, index).0.to_string()))
        .collect();
    for (index, (founder, keys)) in founding.founders.iter().zip(&keys).enumerate() {
        write_member(founding, index, founder, keys, &validators)?;
    }
    // Last, so that its presence says that everything is there.
    write_alliance(founding, &genesis, &keys)?;
    Ok(genesis.chain_id())
}

fn check(founding: &Founding) -> Result<(), InitError> {
    let members = founding.founders.len();
    for (what, ports) in [("--p2p-ports", &founding.p2p_ports), ("--rpc-ports", &founding.rpc_ports)] {
        if ports.len() != members {
            return Err(InitError::Ports { what, given: ports.len(), members });
        }
    }
    let occupied = match fs::read_dir(&founding.dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(source) => return Err(InitError::Io { path: founding.dir.clone(), source }),
    };
    if occupied { Err(InitError::NotEmpty { path: founding.dir.clone() }) } else { Ok(()) }
}

fn genesis_member(founder: &Founder, keys: &Keys) -> Result<GenesisMember, InitError> {
    let wrong = |message: String| InitError::Member { slug: founder.slug.clone(), message };
    if founder.slug.is_empty()
        || !founder.slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        return Err(wrong("a slug has lower-case letters, digits and hyphens only".to_owned()));
    }
    Ok(GenesisMember {
        gln: founder.gln.0,
        role: founder.role(),
        name_en: founder.name_en.clone(),
        name_zh: founder.name_zh.clone(),
        place_en: founder.place_en.clone(),
        place_zh: founder.place_zh.clone(),
        validator: keys.validator.public(),
        keys: vec![(keys.operator.public(), KeyPurpose::Operator), (keys.approver.public(), KeyPurpose::Approver)],
    })
}

fn addresses(founding: &Founding, index: usize) -> (SocketAddr, SocketAddr) {
    let port = |ports: &[u16]| ports.get(index).copied().unwrap_or_default();
    (
        SocketAddr::new(founding.host, port(&founding.p2p_ports)),
        SocketAddr::new(founding.host, port(&founding.rpc_ports)),
    )
}

fn write_member(
    founding: &Founding,
    index: usize,
    founder: &Founder,
    keys: &Keys,
    validators: &[ValidatorAddress],
) -> Result<(), InitError> {
    let dir = founding.dir.join(&founder.slug);
    make_dir(&dir)?;
    keys.validator.write_new(&dir.join("validator.key"))?;
    keys.operator.write_new(&dir.join("operator.key"))?;
    keys.approver.write_new(&dir.join("approver.key"))?;
    Token::generate()?.write_new(&dir.join("rpc.token"))?;
    let (p2p_listen, rpc_listen) = addresses(founding, index);
    let config = NodeConfig {
        genesis: "../genesis.bin".into(),
        validator_key: "validator.key".into(),
        validator_key_passphrase_file: None,
        data_dir: "data".into(),
        rpc_listen,
        p2p_listen,
        rpc: RpcConfig { token_file: "rpc.token".into(), open_reads: false },
        prune: None,
        limits: Limits::default(),
        validators: validators.to_vec(),
    };
    let path = dir.join("node.toml");
    let text = toml::to_string(&config)
        .map_err(|error| InitError::Format { path: path.clone(), message: error.to_string() })?;
    write(&path, text.as_bytes())
}

fn write_alliance(founding: &Founding, genesis: &Genesis, keys: &[Keys]) -> Result<(), InitError> {
    let member = |(index, (founder, keys)): (usize, (&Founder, &Keys))| {
        let (p2p_address, rpc) = addresses(founding, index);
        AllianceMember {
            slug: founder.slug.clone(),
            gln: founder.gln,
            role: founder.role.name(),
            name_en: founder.name_en.clone(),
            name_zh: founder.name_zh.clone(),
            place_en: founder.place_en.clone(),
            place_zh: founder.place_zh.clone(),
            validator: Text(keys.validator.public()),
            operator: Text(keys.operator.public()),
            approver: Text(keys.approver.public()),
            p2p_address,
            rpc_url: format!("http://{rpc}"),
        }
    };
    let alliance = Alliance {
        chain_id: Text(genesis.chain_id()),
        name: genesis.name.clone(),
        genesis: "genesis.bin",
        members: founding.founders.iter().zip(keys).enumerate().map(member).collect(),
    };
    let path = founding.dir.join("alliance.json");
    let mut text = serde_json::to_vec_pretty(&alliance)
        .map_err(|error| InitError::Format { path: path.clone(), message: error.to_string() })?;
    text.push(b'\n');
    write(&path, &text)
}

fn make_dir(path: &Path) -> Result<(), InitError> {
    fs::create_dir_all(path).map_err(|source| InitError::Io { path: path.to_owned(), source })
}

/// Writes a file that must not be there yet.
fn write(path: &Path, bytes: &[u8]) -> Result<(), InitError> {
    let io = |source| InitError::Io { path: path.to_owned(), source };
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)
}
