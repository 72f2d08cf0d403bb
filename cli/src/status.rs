//! `tracelight status`: what a chain-node says of itself. Not verified: it is the node's own word.

use crate::Verdict;
use anyhow::Context as _;
use std::io::Write;
use std::path::PathBuf;
use tracelight_client::chain::{NodeAccess, NodeClient};
use tracelight_client::keys::Token;

/// Whom to ask.
#[derive(clap::Args)]
pub struct Args {
    /// RPC URL of the node, `http://host:port`.
    #[arg(long)]
    node: String,
    /// File with the node's token. Not needed on the node's own machine.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Asks and prints. A node that does not answer, or that stands still, does not hold.
///
/// # Errors
/// When the question cannot be put: the URL is none.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let token = args.token_file.as_deref().map(Token::read).transpose().context("--token-file")?;
    let client = NodeClient::with_access(vec![NodeAccess { url: args.node.clone(), token }]).context("--node")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = match runtime.block_on(client.status()) {
        Ok(status) => status,
        Err(error) => {
            writeln!(err, "not ok: {error}")?;
            return Ok(Verdict::DoesNotHold);
        }
    };
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        writeln!(out, "chain       {}", status.chain_id)?;
        writeln!(out, "validator   {}", status.validator)?;
        writeln!(out, "version     {}", status.version)?;
        writeln!(out, "height      {} (executed {})", status.height, status.executed)?;
        writeln!(out, "events      {}", status.events)?;
        writeln!(out, "peers       {}", status.peers)?;
        writeln!(out, "pending     {}", status.pending)?;
    }
    match &status.stall {
        None => Ok(Verdict::Holds),
        Some(stall) => {
            writeln!(err, "not ok: the node stands still: {stall}")?;
            Ok(Verdict::DoesNotHold)
        }
    }
}
