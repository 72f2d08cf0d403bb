//! `tracelight validators | propose | vote | ready`: who decides, and deciding it.
//!
//! A member proposes with an operator's key and votes with an approver's key; a validator says with its own key that it is in
//! step. Before a proposal is sent, the node's own word on who answers is used to say what the change would do to the
//! quorum; one after which the chain would stop is sent only with the words that this program then asks for.

use crate::Verdict;
use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use tracelight_api::chain::{Receipt, TxOutcome, ValidatorSeat, Validators};
use tracelight_client::chain::{NodeAccess, NodeClient};
use tracelight_client::keys::{SigningKeyFile, Token, Unlock};
use tracelight_client::tx::{TxBuilder, nonce_of};
use tracelight_domain::governance::{GovernanceChange, Seat, preview};
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::{Height, ProposalId, PublicKey};
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::block_id;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::hash::sha256;

/// How long an answer is waited for.
const WAIT_MS: u64 = 30_000;

/// Whom to ask.
#[derive(clap::Args)]
struct NodeArgs {
    /// RPC URL of the node, `http://host:port`; for `ready` that of the new validator itself.
    #[arg(long)]
    node: String,
    /// File with the node's token. Needed to send something.
    #[arg(long)]
    token_file: Option<PathBuf>,
}

/// Whose signature.
#[derive(clap::Args)]
struct KeyArgs {
    /// Key file: an operator's to propose, an approver's to vote, the new validator's own to report in.
    #[arg(long)]
    key: PathBuf,
    /// File with its passphrase; asked for where the key has one and this is not named.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

impl NodeArgs {
    fn client(&self) -> anyhow::Result<NodeClient> {
        let token = self.token_file.as_deref().map(Token::read).transpose().context("--token-file")?;
        NodeClient::with_access(vec![NodeAccess { url: self.node.clone(), token }]).context("--node")
    }
}

impl KeyArgs {
    fn read(&self) -> anyhow::Result<SigningKeyFile> {
        let unlock = Unlock::from(self.passphrase_file.as_deref());
        SigningKeyFile::unlock(&self.key, &unlock).context("--key")
    }
}

/// Who decides.
#[derive(clap::Args)]
pub struct ValidatorsArgs {
    #[command(flatten)]
    node: NodeArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A change to propose.
#[derive(clap::Args)]
pub struct ProposeArgs {
    #[command(flatten)]
    node: NodeArgs,
    /// A key of an operator of the member that proposes.
    #[command(flatten)]
    key: KeyArgs,
    /// Blocks for which votes are taken. A quiet chain makes one a second.
    #[arg(long, default_value_t = 100_000)]
    closes_in: u64,
    /// The words that force a change after which the chain would stop.
    #[arg(long, default_value = "")]
    force: String,
    #[command(subcommand)]
    change: ChangeArgs,
}

/// What is to change.
#[derive(Subcommand)]
enum ChangeArgs {
    /// A member gets a validator, once that reports in with `tracelight ready`.
    AddValidator {
        /// GLN of the member that runs it.
        #[arg(long)]
        member: String,
        /// Its public key, 64 hexadecimal digits.
        #[arg(long)]
        validator: String,
        /// Where the others find it, `host:port`.
        #[arg(long, default_value = "")]
        address: String,
    },
    /// A validator gives its seat to another of the same member, once that reports in.
    ReplaceValidator {
        /// Public key of the one that leaves.
        #[arg(long)]
        old: String,
        /// Public key of the one that comes.
        #[arg(long)]
        new: String,
        /// Where the others find it, `host:port`.
        #[arg(long, default_value = "")]
        address: String,
    },
    /// A validator leaves.
    RemoveValidator {
        /// Its public key.
        #[arg(long)]
        validator: String,
    },
    /// A member may not sign or receive until it is reinstated.
    SuspendMember {
        /// Its GLN.
        #[arg(long)]
        member: String,
    },
    /// A suspended member acts again.
    ReinstateMember {
        /// Its GLN.
        #[arg(long)]
        member: String,
    },
    /// A member leaves for good; its validators have to leave first.
    RemoveMember {
        /// Its GLN.
        #[arg(long)]
        member: String,
    },
    /// A key takes the place of another, with the same purpose, from a height on.
    RotateKey {
        /// Public key that may sign below the height.
        #[arg(long)]
        old: String,
        /// Public key that may sign from the height on.
        #[arg(long)]
        new: String,
        /// The height; one that has passed means the next block.
        #[arg(long)]
        at: Height,
    },
    /// A key may not sign any more, from a height on.
    RevokeKey {
        /// The public key.
        #[arg(long)]
        public_key: String,
        /// The height; one that has passed means the next block.
        #[arg(long)]
        at: Height,
    },
}

/// A vote.
#[derive(clap::Args)]
pub struct VoteArgs {
    #[command(flatten)]
    node: NodeArgs,
    /// A key of an approver of the member that votes.
    #[command(flatten)]
    key: KeyArgs,
    /// The proposal, as `tracelight propose` printed it.
    proposal: String,
    /// Vote against it.
    #[arg(long)]
    against: bool,
}

/// A validator that reports in.
#[derive(clap::Args)]
pub struct ReadyArgs {
    /// The new validator's own node.
    #[command(flatten)]
    node: NodeArgs,
    /// The new validator's key.
    #[command(flatten)]
    key: KeyArgs,
}

fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Prints who decides. A quorum that is not on line does not hold.
///
/// # Errors
/// When the node cannot be asked.
pub fn validators(args: &ValidatorsArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let client = args.node.client()?;
    let found = wait(async { Ok(client.validators().await?) })?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&found)?)?;
    } else {
        print(&found, out)?;
    }
    if found.online < found.quorum {
        writeln!(err, "not ok: {} of {} validators answer, {} are needed", found.online, found.now.len(), found.quorum)?;
        return Ok(Verdict::DoesNotHold);
    }
    Ok(Verdict::Holds)
}

fn print(found: &Validators, out: &mut dyn Write) -> anyhow::Result<()> {
    let (count, quorum) = (found.now.len(), found.quorum);
    writeln!(out, "epoch {}, blocks {} to {}", found.epoch, found.first_height, found.last_height)?;
    writeln!(out, "{count} validators, {} answer, {quorum} decide", found.online)?;
    let line = |seat: &ValidatorSeat, what: &str| {
        let state = match (seat.this_node, seat.connected) {
            (true, _) => "this node",
            (false, true) => "answers",
            (false, false) => "does not answer",
        };
        let address = if seat.address.is_empty() { "as configured" } else { &seat.address };
        format!("{} {} {address}: {what}{state}", seat.key, seat.member)
    };
    for seat in &found.now {
        let leaves = if found.next.iter().any(|next| next.key == seat.key) { "" } else { "leaves with the next epoch, " };
        writeln!(out, "  {}", line(seat, leaves))?;
    }
    for seat in found.next.iter().filter(|seat| !found.now.iter().any(|now| now.key == seat.key)) {
        writeln!(out, "  {}", line(seat, "joins with the next epoch, "))?;
    }
    for pending in &found.pending {
        writeln!(out, "  {}", line(&pending.seat, "approved, has not reported in, "))?;
    }
    Ok(())
}

/// Says what the change would do to the quorum, and sends the proposal if that is safe or forced.
///
/// # Errors
/// When an argument or the key file is none, or the node cannot be asked.
pub fn propose(args: &ProposeArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let change = change_of(&args.change)?;
    let key = args.key.read()?;
    let client = args.node.client()?;
    let found = wait(async { Ok(client.validators().await?) })?;
    let foreseen = preview(&seats(&found.next), &change, &online(&found));
    writeln!(out, "{}", foreseen.sentence)?;
    if !foreseen.safe && args.force != foreseen.force_words {
        writeln!(err, "not sent. To propose it all the same: --force \"{}\"", foreseen.force_words)?;
        return Ok(Verdict::DoesNotHold);
    }
    let forced = if foreseen.safe { String::new() } else { args.force.clone() };
    let height = wait(async { Ok(client.status().await?.height) })?;
    let id = [&key.public_key().0[..], &change.to_bytes(), &height.to_be_bytes()].concat();
    let mut proposal = ProposalId([0; 16]);
    proposal.0.iter_mut().zip(sha256(&id).0).for_each(|(to, from)| *to = from);
    let closes_at = height.saturating_add(args.closes_in);
    let body = TxBody::Propose { proposal, change, closes_at, forced };
    let receipt = send(&client, &key, &[b"propose", &proposal.0[..]].concat(), body)?;
    writeln!(out, "proposal {proposal}, open until block {closes_at}")?;
    told(&receipt, out, err)
}

/// Votes.
///
/// # Errors
/// When an argument or the key file is none, or the node cannot be asked.
pub fn vote(args: &VoteArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let proposal = ProposalId::parse_hex(&args.proposal).context("a proposal is 32 hexadecimal digits")?;
    let key = args.key.read()?;
    let client = args.node.client()?;
    let height = wait(async { Ok(client.status().await?.height) })?;
    let body = TxBody::Vote { proposal, approve: !args.against };
    // A vote that a rule refused today may be cast again tomorrow, so it is another intention then.
    let receipt = send(&client, &key, &[b"vote", &proposal.0[..], &height.to_be_bytes()].concat(), body)?;
    told(&receipt, out, err)
}

/// Says that a validator is in step.
///
/// # Errors
/// When the key file is none, or the node cannot be asked or is not in step.
pub fn ready(args: &ReadyArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let key = args.key.read()?;
    let client = args.node.client()?;
    let (height, block) = wait(async {
        let status = client.status().await?;
        ensure!(status.validator.0 == key.public_key(), "the node runs with the key {}", status.validator);
        if let Some(stall) = status.stall {
            bail!("the node is not in step: {stall}");
        }
        let blocks = client.blocks(status.height, 1, 0).await?.blocks;
        let block = blocks.first().context("the node does not give its newest block")?;
        Ok((status.height, block_id(&block.header.0)))
    })?;
    let body = TxBody::ValidatorReady { height, block };
    let receipt = send(&client, &key, &[b"ready", &block.0[..]].concat(), body)?;
    told(&receipt, out, err)
}

fn send(client: &NodeClient, key: &SigningKeyFile, intention: &[u8], body: TxBody) -> anyhow::Result<Receipt> {
    wait(async {
        let status = client.status().await?;
        let named = [&key.public_key().0[..], intention].concat();
        let tx = TxBuilder::new(status.chain_id.0, status.height).sign(key, nonce_of(&named), body);
        let receipts = client.submit(&[tx], WAIT_MS).await?;
        receipts.into_iter().next().context("the node answers without a receipt")
    })
}

fn told(receipt: &Receipt, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    if receipt.outcome == TxOutcome::Applied {
        writeln!(out, "done in block {}", receipt.height.unwrap_or_default())?;
        return Ok(Verdict::Holds);
    }
    let why = receipt.detail.as_deref().or(receipt.refusal.as_deref()).unwrap_or("no answer yet; send it again");
    writeln!(err, "not ok: {why}")?;
    Ok(Verdict::DoesNotHold)
}

fn seats(seats: &[ValidatorSeat]) -> Vec<Seat> {
    seats.iter().map(|it| Seat { key: it.key.0, member: it.member.0, address: it.address.clone() }).collect()
}

/// Everybody that answers the node, awaited ones included.
fn online(found: &Validators) -> BTreeSet<PublicKey> {
    let awaited = found.pending.iter().map(|pending| &pending.seat);
    let all = found.now.iter().chain(&found.next).chain(awaited);
    all.filter(|seat| seat.connected).map(|seat| seat.key.0).collect()
}

fn change_of(args: &ChangeArgs) -> anyhow::Result<GovernanceChange> {
    let key = |text: &str| PublicKey::parse_hex(text).with_context(|| format!("`{text}` is no public key"));
    let member = |text: &str| Gln::parse(text).map_err(|error| anyhow::anyhow!("`{text}` is no GLN: {error}"));
    Ok(match args {
        ChangeArgs::AddValidator { member: gln, validator, address } => {
            GovernanceChange::AddValidator { member: member(gln)?, key: key(validator)?, address: address.clone() }
        }
        ChangeArgs::ReplaceValidator { old, new, address } => {
            GovernanceChange::ReplaceValidator { old: key(old)?, new: key(new)?, address: address.clone() }
        }
        ChangeArgs::RemoveValidator { validator } => GovernanceChange::RemoveValidator { key: key(validator)? },
        ChangeArgs::SuspendMember { member: gln } => GovernanceChange::SuspendMember { member: member(gln)? },
        ChangeArgs::ReinstateMember { member: gln } => GovernanceChange::ReinstateMember { member: member(gln)? },
        ChangeArgs::RemoveMember { member: gln } => GovernanceChange::RemoveMember { member: member(gln)? },
        ChangeArgs::RotateKey { old, new, at } => {
            GovernanceChange::RotateKey { old: key(old)?, new: key(new)?, at: *at }
        }
        ChangeArgs::RevokeKey { public_key, at } => GovernanceChange::RevokeKey { key: key(public_key)?, at: *at },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};
    use tracelight_api::Text;
    use tracelight_api::chain::PendingValidator;

    fn seat(number: u8, connected: bool) -> ValidatorSeat {
        ValidatorSeat {
            key: Text(PublicKey([number; 32])),
            member: Text(Gln::build("6901234", u64::from(number)).expect("a small number")),
            address: String::new(),
            connected,
            this_node: number == 1,
        }
    }

    /// Four validators of which three answer, and a fifth that is awaited.
    fn alliance() -> Validators {
        let seats = || (1..=4).map(|number| seat(number, number < 4)).collect();
        let pending = PendingValidator { seat: seat(5, true), replaces: None, since: 7 };
        Validators {
            epoch: 2,
            first_height: 40,
            last_height: 59,
            quorum: 3,
            online: 3,
            now: seats(),
            next: seats(),
            pending: vec![pending],
        }
    }

    /// A node that answers questions about the alliance and keeps the first line of every call.
    fn node(found: Validators) -> (String, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        std::thread::spawn(move || {
            for stream in listener.incoming().take(20).flatten() {
                answer(stream, &found, &seen);
            }
        });
        (url, calls)
    }

    fn answer(mut stream: TcpStream, found: &Validators, seen: &Mutex<Vec<String>>) {
        let mut request = [0; 4096];
        let read = stream.read(&mut request).unwrap_or(0);
        let line = String::from_utf8_lossy(&request[..read]).lines().next().unwrap_or_default().to_owned();
        let body = if line.contains("/v1/validators") { serde_json::to_string(found).expect("json") } else { String::new() };
        let status = if body.is_empty() { "500 Internal Server Error" } else { "200 OK" };
        seen.lock().expect("not poisoned").push(line);
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn who_decides_is_printed_and_a_lost_quorum_does_not_hold() {
        let ask = |found: Validators| {
            let (url, _) = node(found);
            let args = ValidatorsArgs { node: NodeArgs { node: url, token_file: None }, json: false };
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let verdict = validators(&args, &mut out, &mut err).expect("the node answers");
            (verdict, text(out), text(err))
        };
        let (verdict, out, _) = ask(alliance());
        assert_eq!(verdict, Verdict::Holds);
        assert!(out.contains("4 validators, 3 answer, 3 decide"), "{out}");
        assert!(out.contains("approved, has not reported in, answers"), "{out}");
        assert_eq!(out.matches("does not answer").count(), 1, "{out}");
        let (verdict, _, err) = ask(Validators { online: 2, ..alliance() });
        assert_eq!(verdict, Verdict::DoesNotHold);
        assert!(err.contains("2 of 4 validators answer, 3 are needed"), "{err}");
    }

    #[test]
    fn a_change_that_would_stop_the_chain_is_not_sent_without_its_words() {
        let scratch = tempfile::tempdir().expect("scratch");
        let key = scratch.path().join("operator.key");
        std::fs::write(&key, format!("{}\n", "07".repeat(32))).expect("written");
        let (url, calls) = node(alliance());
        let propose_with = |change, force: &str| {
            let args = ProposeArgs {
                node: NodeArgs { node: url.clone(), token_file: None },
                key: KeyArgs { key: key.clone(), passphrase_file: None },
                closes_in: 100,
                force: force.to_owned(),
                change,
            };
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let verdict = propose(&args, &mut out, &mut err);
            (verdict, text(out), text(err))
        };
        // With the fourth away already, two of three would remain.
        let remove = || ChangeArgs::RemoveValidator { validator: PublicKey([2; 32]).to_string() };
        let (verdict, out, err) = propose_with(remove(), "");
        assert_eq!(verdict.expect("asked"), Verdict::DoesNotHold);
        assert!(out.contains("2 of 3 would remain on line and 3 votes are needed: the chain would stop"), "{out}");
        let words = "remove validator 02020202 although the chain may stop";
        assert!(err.contains(&format!("--force \"{words}\"")), "{err}");
        let (verdict, ..) = propose_with(remove(), "remove validator 03030303 although the chain may stop");
        assert_eq!(verdict.expect("asked"), Verdict::DoesNotHold);
        assert!(calls.lock().expect("not poisoned").iter().all(|line| line.starts_with("GET /v1/validators")));
        // Forced, it goes on to ask what it needs to sign.
        let (verdict, ..) = propose_with(remove(), words);
        verdict.expect_err("this node answers nothing else");
        assert!(calls.lock().expect("not poisoned").iter().any(|line| line.starts_with("GET /v1/status")));
        let wrong = ChangeArgs::RemoveValidator { validator: "xyz".to_owned() };
        assert!(propose_with(wrong, "").0.is_err_and(|error| error.to_string().contains("`xyz` is no public key")));
    }
}
