//! `tracelight validators`, `propose`, `vote` and `ready`: how the members change members, keys and validators.
//!
//! Before anything is signed, the tool says what the change would do to the quorum, by what the asked node sees now. A
//! change after which the chain would stand still is signed only with the words that the preview asks for (`--force`). The
//! words go onto the chain with the proposal, so that everybody who votes reads them.

mod change;
#[cfg(test)]
mod tests;

use crate::Verdict;
use anyhow::{Context as _, ensure};
use change::ChangeArgs;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use tracelight_api::Hex;
use tracelight_api::chain::{Receipt, TxOutcome, ValidatorSeat, Validators};
use tracelight_client::chain::{NodeAccess, NodeClient};
use tracelight_client::keys::{Signer, Token};
use tracelight_client::tx::TxBuilder;
use tracelight_domain::governance::{GovernanceChange, Preview, Seat, preview};
use tracelight_domain::ids::{ProposalId, PublicKey};
use tracelight_domain::state::{ObjectId, ObjectState, StateBody};
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::block_id;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::{ProofLeaf, StateProof, VALUE_BYTES_MAX};

/// How long a node is given to order the transaction.
const WAIT_MS: u64 = 20_000;
/// Bytes of a proof from the node.
const PROOF_BYTES_MAX: usize = VALUE_BYTES_MAX + 16 * 1024;

/// Which node, and by what right.
#[derive(clap::Args)]
pub struct NodeArgs {
    /// RPC URL of the node, `http://host:port`.
    #[arg(long)]
    node: String,
    /// File with the node's token. Not needed on the node's own machine.
    #[arg(long)]
    token_file: Option<PathBuf>,
}

/// Who decides, now and next.
#[derive(clap::Args)]
pub struct ValidatorsArgs {
    #[command(flatten)]
    node: NodeArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Proposes a change, or only says what it would do.
#[derive(clap::Args)]
pub struct ProposeArgs {
    #[command(flatten)]
    node: NodeArgs,
    /// File with an operator's key. Without it nothing is signed: only the preview is shown.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Blocks for which votes are taken: a day of a quiet chain.
    #[arg(long, default_value_t = 86_400)]
    open_blocks: u64,
    /// The words that the preview of an unsafe change asks for.
    #[arg(long)]
    force: Option<String>,
    #[command(subcommand)]
    change: ChangeArgs,
}

/// Votes on a proposal.
#[derive(clap::Args)]
pub struct VoteArgs {
    #[command(flatten)]
    node: NodeArgs,
    /// File with an approver's key. Without it nothing is signed: only the proposal and its preview are shown.
    #[arg(long)]
    key: Option<PathBuf>,
    /// The proposal, as `propose` printed it.
    #[arg(long)]
    proposal: Hex<ProposalId>,
    /// Vote against it.
    #[arg(long)]
    against: bool,
}

/// An approved validator says that it is in step.
#[derive(clap::Args)]
pub struct ReadyArgs {
    /// The validator's own node: it has to hold a recent block.
    #[command(flatten)]
    node: NodeArgs,
    /// File with the validator's key.
    #[arg(long)]
    key: PathBuf,
}

struct Asked {
    client: NodeClient,
    runtime: tokio::runtime::Runtime,
}

impl NodeArgs {
    fn open(&self) -> anyhow::Result<Asked> {
        let token = self.token_file.as_deref().map(Token::read).transpose().context("--token-file")?;
        let client = NodeClient::with_access(vec![NodeAccess { url: self.node.clone(), token }]).context("--node")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Asked { client, runtime })
    }
}

impl Asked {
    fn validators(&self) -> anyhow::Result<Validators> {
        Ok(self.runtime.block_on(self.client.validators())?)
    }

    /// Signs and sends; says what became of it.
    fn send(&self, key: &Signer, body: TxBody, out: &mut dyn Write) -> anyhow::Result<Verdict> {
        let status = self.runtime.block_on(self.client.status())?;
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let builder = TxBuilder::new(status.chain_id.0, status.height);
        let tx = builder.sign(key, u64::from_be_bytes(nonce), body)?;
        let mut receipts = self.runtime.block_on(self.client.submit(&[tx], WAIT_MS))?;
        ensure!(receipts.len() == 1, "the node answered {} receipts for one transaction", receipts.len());
        say(&receipts.remove(0), out)
    }
}

fn say(receipt: &Receipt, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    let id = receipt.tx_id.as_ref().map(ToString::to_string).unwrap_or_default();
    Ok(match receipt.outcome {
        TxOutcome::Applied => {
            writeln!(out, "ok: transaction {id} in block {}", receipt.height.unwrap_or_default())?;
            Verdict::Holds
        }
        TxOutcome::Pending => {
            writeln!(out, "not ok: transaction {id} was taken and not ordered within {} s", WAIT_MS / 1000)?;
            Verdict::DoesNotHold
        }
        TxOutcome::Refused | TxOutcome::Rejected | TxOutcome::Conflict => {
            let (name, detail) = (receipt.refusal.as_deref(), receipt.detail.as_deref());
            writeln!(out, "not ok: {}: {}", name.unwrap_or("refused"), detail.unwrap_or_default())?;
            Verdict::DoesNotHold
        }
    })
}

/// `tracelight validators`.
///
/// # Errors
/// When the node cannot be asked.
pub fn validators(args: &ValidatorsArgs, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    let all = args.node.open()?.validators()?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&all)?)?;
        return Ok(Verdict::Holds);
    }
    writeln!(out, "epoch {}, blocks {} to {}", all.epoch, all.first_height, all.last_height)?;
    writeln!(out, "{} of {} on line, {} votes are needed", all.online, all.now.len(), all.quorum)?;
    let line = |seat: &ValidatorSeat| {
        let state = if seat.connected { "on line " } else { "off line" };
        let address = if seat.address.is_empty() { "as configured" } else { &seat.address };
        format!("  {}  {}  {state}  {address}", seat.key, seat.member)
    };
    all.now.iter().try_for_each(|seat| writeln!(out, "{}", line(seat)))?;
    if all.next != all.now {
        writeln!(out, "from block {} on", all.last_height + 1)?;
        all.next.iter().try_for_each(|seat| writeln!(out, "{}", line(seat)))?;
    }
    for awaited in &all.pending {
        writeln!(out, "awaited since block {}\n{}", awaited.since, line(&awaited.seat))?;
    }
    Ok(Verdict::Holds)
}

/// What the change would do to the set that the ledger has now, by what the node sees.
fn preview_of(all: &Validators, change: &GovernanceChange) -> Preview {
    let seat = |seat: &ValidatorSeat| Seat { key: seat.key.0, member: seat.member.0, address: seat.address.clone() };
    let seats: Vec<Seat> = all.next.iter().map(seat).collect();
    let awaited = all.pending.iter().map(|awaited| &awaited.seat);
    let every = all.now.iter().chain(&all.next).chain(awaited);
    let online: BTreeSet<PublicKey> = every.filter(|seat| seat.connected).map(|seat| seat.key.0).collect();
    preview(&seats, change, &online)
}

/// `tracelight propose`.
///
/// # Errors
/// When the node cannot be asked, or a file cannot be read.
pub fn propose(args: &ProposeArgs, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    let asked = args.node.open()?;
    let change = args.change.change()?;
    let shown = preview_of(&asked.validators()?, &change);
    writeln!(out, "{}: {}", change.name(), shown.sentence)?;
    let forced = args.force.clone().unwrap_or_default();
    if !shown.safe && forced != shown.force_words {
        writeln!(out, "not ok: to propose it all the same: --force \"{}\"", shown.force_words)?;
        return Ok(Verdict::DoesNotHold);
    }
    let Some(key) = &args.key else { return Ok(Verdict::Holds) };
    let key = Signer::read(key)?;
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let proposal = ProposalId(id);
    let height = asked.runtime.block_on(asked.client.status())?.height;
    let closes_at = height.saturating_add(args.open_blocks);
    let done = asked.send(&key, TxBody::Propose { proposal, change, closes_at, forced }, out)?;
    if done == Verdict::Holds {
        writeln!(out, "proposal {proposal}, open until block {closes_at}")?;
    }
    Ok(done)
}

/// `tracelight vote`.
///
/// # Errors
/// When the node cannot be asked, or a file cannot be read.
pub fn vote(args: &VoteArgs, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    let asked = args.node.open()?;
    let proposal = args.proposal.0;
    let Some(StateBody::Proposal { change, by, forced, approvals, objections, status, closes_at, .. }) =
        body_of(&asked, ObjectId::Proposal(proposal))?
    else {
        writeln!(out, "not ok: no proposal {proposal} is on the chain")?;
        return Ok(Verdict::DoesNotHold);
    };
    let (yes, no) = (approvals.len(), objections.len());
    writeln!(out, "{} proposed by {by}: {status:?}, {yes} for, {no} against, until block {closes_at}", change.name())?;
    writeln!(out, "{change:#?}")?;
    if !forced.is_empty() {
        writeln!(out, "forced with the words: {forced}")?;
    }
    let shown = preview_of(&asked.validators()?, &change);
    writeln!(out, "{}", shown.sentence)?;
    if !shown.safe && forced.is_empty() && !args.against {
        writeln!(
            out,
            "not ok: vote when more are on line, or have it proposed with --force \"{}\"",
            shown.force_words
        )?;
        return Ok(Verdict::DoesNotHold);
    }
    let Some(key) = &args.key else { return Ok(Verdict::Holds) };
    asked.send(&Signer::read(key)?, TxBody::Vote { proposal, approve: !args.against }, out)
}

/// The present state of an object, by the node's word: what is signed is decided by the chain, not by this.
fn body_of(asked: &Asked, object: ObjectId) -> anyhow::Result<Option<StateBody>> {
    let proofs = asked.runtime.block_on(asked.client.prove(&[object], None))?;
    let proof = proofs.objects.first().context("the node proves nothing")?;
    let proof = StateProof::parse(&proof.proof.0, PROOF_BYTES_MAX, "proof")?;
    match proof.leaf {
        ProofLeaf::Present(bytes) => Ok(Some(ObjectState::parse(&bytes, VALUE_BYTES_MAX, "state")?.body)),
        _ => Ok(None),
    }
}

/// `tracelight ready`.
///
/// # Errors
/// When the node cannot be asked, or the key cannot be read.
pub fn ready(args: &ReadyArgs, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    let asked = args.node.open()?;
    let key = Signer::read(&args.key)?;
    let height = asked.runtime.block_on(asked.client.status())?.height;
    let blocks = asked.runtime.block_on(asked.client.blocks(height, 1, 0))?;
    let block = blocks.blocks.first().with_context(|| format!("the node does not give block {height}"))?;
    asked.send(&key, TxBody::ValidatorReady { height, block: block_id(&block.header.0) }, out)
}
