//! `chain-node doctor`: looks at a node's store without changing it.

use crate::config::NodeConfig;
use crate::run::{STORE_DIR, shown};
use crate::store::{Store, StoreError};
use std::fmt::Write as _;

/// What the store says about itself.
///
/// # Errors
/// [`StoreError`] naming what is damaged.
pub fn examine(config: &NodeConfig) -> Result<String, StoreError> {
    let store = Store::open_read_only(&config.data_dir.join(STORE_DIR))?;
    let head = store.head()?;
    let blocks = store.check_chain()?;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "store        {}", shown(&config.data_dir.join(STORE_DIR)));
    let _ = writeln!(text, "chain id     {}", store.chain()?);
    let _ = writeln!(text, "height       {}", head.height);
    let _ = writeln!(text, "executed     {}", head.height);
    let _ = writeln!(text, "block id     {}", head.block);
    let _ = writeln!(text, "time ms      {}", head.time_ms);
    let _ = writeln!(text, "state root   {}", head.commitments.state_root);
    let _ = writeln!(text, "outcomes     {}", head.commitments.outcomes);
    let _ = writeln!(text, "events       {}", head.commitments.events);
    let _ = writeln!(text, "tree version {}", head.commitments.version);
    let _ = writeln!(text, "chain        {blocks} blocks, each names the one before");
    Ok(text)
}
