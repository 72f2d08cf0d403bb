//! `tracelight record`: is a sealed record of a recall case what its member put on the chain?
//!
//! ```text
//! record.json --SHA-256--> root of the `Anchor` in record.tx --signature--> key      offline: nobody has to be believed
//! record.tx   --its id-->  a node: ordered and applied, in which block               the node's own word
//! ```

use crate::Verdict;
use anyhow::Context as _;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use tracelight_api::chain::TxOutcome;
use tracelight_client::chain::{NodeAccess, NodeClient};
use tracelight_client::keys::Token;
use tracelight_domain::tx::{SignedTx, TX_BYTES_MAX, TxBody};
use tracelight_proof::hash::sha256;
use tracelight_proof::signed::{self, tx_id};

/// Bytes of a record: what 64 holders can answer at most, twice.
const RECORD_BYTES_MAX: u64 = 320 * 1024 * 1024;

/// What to check.
#[derive(clap::Args)]
pub struct Args {
    /// File with the record, as `/api/v1/recall-cases/{id}/record.json` gives it.
    record: PathBuf,
    /// File with the signed transaction in hex, as `…/record.tx` gives it.
    #[arg(long)]
    tx: PathBuf,
    /// RPC URL of a node to ask whether the chain has the transaction.
    #[arg(long)]
    node: Option<String>,
    /// File with the node's token. Not needed on the node's own machine.
    #[arg(long)]
    token_file: Option<PathBuf>,
}

/// Checks and prints.
///
/// # Errors
/// When the question cannot be put: a file cannot be read, or the URL is none.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let record = read(&args.record, RECORD_BYTES_MAX)?;
    let text = read(&args.tx, 2 * TX_BYTES_MAX as u64 + 2)?;
    let tx = match transaction(&text) {
        Ok(tx) => tx,
        Err(why) => return refuse(err, &why),
    };
    if let Err(error) = signed::verify(&tx) {
        return refuse(err, &format!("tx: {error}"));
    }
    let TxBody::Anchor { root, size, .. } = &tx.tx.body else {
        return refuse(err, "tx: it anchors nothing; is it another case's file?");
    };
    let hash = sha256(&record);
    if *root != hash {
        return refuse(err, &format!("record: its SHA-256 is {hash}, the member signed {root}; it was changed"));
    }
    writeln!(out, "record      {hash}")?;
    writeln!(out, "signed by   {}", tx.tx.key)?;
    writeln!(out, "transaction {} (entry {size} of its log)", tx_id(&tx.tx))?;
    match &args.node {
        Some(node) => on_chain(args, node, &tx, out, err),
        None => Ok(Verdict::Holds),
    }
}

fn refuse(err: &mut dyn Write, why: &str) -> anyhow::Result<Verdict> {
    writeln!(err, "not ok: {why}")?;
    Ok(Verdict::DoesNotHold)
}

fn transaction(text: &[u8]) -> Result<SignedTx, String> {
    let text = std::str::from_utf8(text).map_err(|_| "tx: it is not hex".to_owned())?;
    let bytes = hex::decode(text.trim()).map_err(|error| format!("tx: it is not hex: {error}"))?;
    signed::parse(&bytes).map_err(|error| format!("tx: {error}"))
}

fn on_chain(
    args: &Args,
    node: &str,
    tx: &SignedTx,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Verdict> {
    let token = args.token_file.as_deref().map(Token::read).transpose().context("--token-file")?;
    let client = NodeClient::with_access(vec![NodeAccess { url: node.to_owned(), token }]).context("--node")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(client.receipt(tx_id(&tx.tx))) {
        Ok(Some(receipt)) if receipt.outcome == TxOutcome::Applied => {
            writeln!(out, "on chain    block {}", receipt.height.unwrap_or_default())?;
            Ok(Verdict::Holds)
        }
        Ok(Some(receipt)) => refuse(err, &format!("node: the transaction is {:?}, not applied", receipt.outcome)),
        Ok(None) => refuse(err, "node: the chain does not know the transaction"),
        Err(error) => refuse(err, &format!("node: {error}")),
    }
}

fn read(path: &Path, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
    anyhow::ensure!(bytes.len() as u64 <= bytes_max, "`{}` has more than {bytes_max} bytes", path.display());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_client::keys::Signer;
    use tracelight_client::tx::TxBuilder;
    use tracelight_domain::ids::{ChainId, Hash};
    use tracelight_proof::codec::Canonical as _;

    fn check(record: &[u8], body: TxBody, spoil: impl Fn(&mut Vec<u8>)) -> (bool, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let key = Signer::from_seed(&[3; 32]);
        let tx = TxBuilder::new(ChainId([9; 32]), 1).sign(&key, 1, body).expect("in memory");
        let mut bytes = tx.to_bytes();
        spoil(&mut bytes);
        let (json, hexed) = (folder.path().join("record.json"), folder.path().join("record.tx"));
        std::fs::write(&json, record).expect("written");
        std::fs::write(&hexed, hex::encode(bytes)).expect("written");
        let args = Args { record: json, tx: hexed, node: None, token_file: None };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let holds = matches!(run(&args, &mut out, &mut err).expect("it can be asked"), Verdict::Holds);
        (holds, String::from_utf8([out, err].concat()).expect("text"))
    }

    #[test]
    fn r3_a_record_holds_as_it_was_sealed_and_not_with_a_changed_byte() {
        let record = br#"{"case":1}"#;
        let anchor = |root| TxBody::Anchor { log: Hash([1; 32]), size: 1, root };
        let (holds, said) = check(record, anchor(sha256(record)), |_| ());
        assert!(holds && said.contains("signed by"), "{said}");
        let (holds, said) = check(br#"{"case":2}"#, anchor(sha256(record)), |_| ());
        assert!(!holds && said.contains("it was changed"), "{said}");
        let last = |bytes: &mut Vec<u8>| {
            if let Some(byte) = bytes.last_mut() {
                *byte ^= 1;
            }
        };
        assert!(!check(record, anchor(sha256(record)), last).0, "another signature");
        let other = TxBody::CloseRecall { recall: tracelight_domain::ids::RecallId([1; 16]) };
        let (holds, said) = check(record, other, |_| ());
        assert!(!holds && said.contains("anchors nothing"), "{said}");
    }
}
