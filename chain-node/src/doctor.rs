//! `chain-node doctor`: reads a node's store through, says what is wrong since which block, and what to do.
//!
//! ```text
//! store opens?   no  ─► the reason, and the way out; damage in its log alone heals by starting the node
//! whole check    every column against what it follows from (`store::Store::check`)
//! findings       none in `meta` and `blocks` ─► `doctor --repair` executes the blocks again into a new store
//!                otherwise                   ─► a backup, or another member's snapshot
//! ```
//! Nothing is changed without `--repair`, which keeps the damaged store beside the new one.

use crate::backup::{genesis, open_beside};
use crate::config::NodeConfig;
use crate::run::{STORE_DIR, shown};
use crate::store::{Finding, Report, Store, StoreError};
use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;

/// Where a repair keeps the store that it replaces.
pub const DAMAGED_DIR: &str = "store.damaged";
const REBUILT_DIR: &str = "store.rebuilt";

/// What was found.
pub struct Diagnosis {
    /// For people.
    pub text: String,
    /// Whether everything is as it has to be.
    pub is_well: bool,
}

/// Reads the node's store through; also while the node runs.
///
/// # Errors
/// None that belong to the store: they are the diagnosis.
#[must_use]
pub fn examine(config: &NodeConfig) -> Diagnosis {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "store        {}", shown(&config.data_dir.join(STORE_DIR)));
    let store = match open_beside(config) {
        Ok(store) => store,
        Err(error) => {
            let _ = writeln!(text, "it does not open: {error}");
            let _ = writeln!(text, "do           {}", way_out_of(&error, up_to_damage(config)));
            return Diagnosis { text, is_well: false };
        }
    };
    let report = facts(&store, &mut text).and_then(|()| store.check(&mut |_| ControlFlow::Continue(())));
    match report {
        Ok(report) => {
            tell(&report, &mut text);
            Diagnosis { text, is_well: report.findings.is_empty() }
        }
        Err(error) => {
            let _ = writeln!(text, "it cannot be read: {error}");
            let _ = writeln!(text, "do           {}", way_out_of(&error, None));
            Diagnosis { text, is_well: false }
        }
    }
}

fn facts(store: &Store, text: &mut String) -> Result<(), StoreError> {
    let head = store.head()?;
    let _ = writeln!(text, "chain id     {}", store.chain()?);
    let _ = writeln!(text, "height       {}", head.height);
    let _ = writeln!(text, "block id     {}", head.block);
    let _ = writeln!(text, "time ms      {}", head.time_ms);
    let _ = writeln!(text, "state root   {}", head.commitments.state_root);
    let _ = writeln!(text, "outcomes     {}", head.commitments.outcomes);
    let _ = writeln!(text, "events       {}", head.commitments.events);
    let _ = writeln!(text, "log root     {}", head.commitments.log_root);
    let _ = writeln!(text, "tree version {}", head.commitments.version);
    let horizon = match store.horizon() {
        0 => "none: every block has its body".to_owned(),
        horizon => format!("blocks 1 to {horizon} have no bodies; their transactions, events and proofs are kept"),
    };
    let _ = writeln!(text, "pruned       {horizon}");
    Ok(())
}

fn tell(report: &Report, text: &mut String) {
    let _ = writeln!(text, "read         {} rows, {} bytes", report.rows, report.bytes);
    if report.findings.is_empty() {
        let _ = writeln!(text, "well         every column is what the genesis and the blocks say");
        return;
    }
    for Finding { column, height, what } in &report.findings {
        let since = height.map(|height| format!("since block {height}, ")).unwrap_or_default();
        let _ = writeln!(text, "wrong        {since}in `{column}`: {what}");
    }
    if report.more > 0 {
        let _ = writeln!(text, "             and {} more", report.more);
    }
    let _ = writeln!(text, "do           {}", way_out(report));
}

/// What to do about findings.
#[must_use]
pub fn way_out(report: &Report) -> &'static str {
    let of_the_chain = |finding: &&Finding| ["meta", "blocks", "pruned", "certificates"].contains(&finding.column);
    // Without all bodies nothing can be executed again.
    if report.horizon > 0 || report.findings.iter().any(|finding| of_the_chain(&finding)) {
        "stop the node, move `store` and `consensus` away, and run `chain-node restore` with a backup or `chain-node snapshot \
         restore` with another member's snapshot"
    } else {
        "stop the node and run `chain-node doctor --repair`: the blocks are sound, and everything else is computed from them"
    }
}

/// The height up to which a start would find the store whole, when only its log is damaged.
fn up_to_damage(config: &NodeConfig) -> Option<u64> {
    let store = Store::open_up_to_damage(&config.data_dir.join(STORE_DIR)).ok()?;
    let report = store.check(&mut |_| ControlFlow::Continue(())).ok()?;
    let head = store.head().ok()?;
    report.findings.is_empty().then_some(head.height)
}

fn way_out_of(error: &StoreError, up_to_damage: Option<u64>) -> String {
    match (error, up_to_damage) {
        (StoreError::Empty { .. }, _) => "start the node once".to_owned(),
        (StoreError::OtherChain { .. } | StoreError::OtherFormat { .. }, _) => {
            "use the data folder of this chain and program".to_owned()
        }
        (_, Some(height)) => format!(
            "check the disk and start the node: the damage is in the store's log, behind block {height}. The node goes on from \
             there and takes the blocks that follow from its engine's storage, or from its peers"
        ),
        _ => "if the disk is sound: stop the node, move `store` and `consensus` away, and run `chain-node restore` with a backup \
              or `chain-node snapshot restore` with another member's snapshot"
            .to_owned(),
    }
}

/// Executes the blocks of a stopped node's store again, into a new store that takes its place. Returns the new height.
///
/// # Errors
/// When the blocks are damaged too, or a folder is in the way; then nothing was replaced.
pub fn repair(config: &NodeConfig) -> anyhow::Result<u64> {
    let genesis = genesis(config)?;
    let (store, rebuilt) = (config.data_dir.join(STORE_DIR), config.data_dir.join(REBUILT_DIR));
    let damaged = config.data_dir.join(DAMAGED_DIR);
    anyhow::ensure!(!damaged.exists(), "`{}` is of an earlier repair; move it away first", shown(&damaged));
    if rebuilt.exists() {
        // Left by a repair that was interrupted; nothing else makes it.
        fs::remove_dir_all(&rebuilt)?;
    }
    let head = {
        // Holds the store's lock: a running node is refused.
        let from = Store::open_to_salvage(&store, &genesis)?;
        fs::create_dir_all(&rebuilt)?;
        from.rebuild_to(&rebuilt, &genesis)?
    };
    fs::rename(&store, &damaged)?;
    fs::rename(&rebuilt, &store)?;
    fs::File::open(&config.data_dir)?.sync_all()?;
    Ok(head.height)
}
