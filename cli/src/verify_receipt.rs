//! `tracelight verify-receipt`: is this receipt of a verdict the word of this server? Off line, by the server's public key.
//!
//! It says what was said and when. What the code says now, only a server knows.

use crate::Verdict;
use anyhow::{Context as _, bail};
use serde_json::json;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use tracelight_api::Hex;
use tracelight_domain::ids::PublicKey;
use tracelight_proof::bundle::BUNDLE_BYTES_MAX;
use tracelight_proof::hash::sha256;
use tracelight_proof::receipt::{Receipt, ReceiptError, SignedReceipt, TEXT_PREFIX};

/// Bytes of a file with a receipt: its address, with what a mail programme puts around it.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// What to check.
#[derive(clap::Args)]
pub struct Args {
    /// The receipt: its text (`TLR1.…`), an address that holds it, or a file with either.
    receipt: String,
    /// The server's key for receipts, 64 hex digits, as `/.well-known/tracelight-receipt-key` gives it.
    #[arg(long)]
    key: Hex<PublicKey>,
    /// The bundle that was saved with the receipt: is it the one that the receipt names?
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Checks and prints.
///
/// # Errors
/// When the question cannot be put: nothing that looks like a receipt, a file that cannot be read.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let text = text_of(&args.receipt)?;
    let bundle = args.bundle.as_deref().map(|path| read(path, BUNDLE_BYTES_MAX as u64 + 1)).transpose()?;
    let signed = match SignedReceipt::parse(&text) {
        Ok(signed) => signed,
        Err(error) => return refused(args, out, err, &error),
    };
    let receipt = match signed.verify(&args.key.0) {
        Ok(receipt) => receipt,
        Err(error) => return refused(args, out, err, &error),
    };
    let fits = bundle.map(|bytes| receipt.bundle == Some(sha256(&bytes)));
    if args.json {
        writeln!(out, "{}", as_json(receipt, fits))?;
    } else {
        write!(out, "{}", as_text(receipt, fits))?;
    }
    Ok(if fits == Some(false) { Verdict::DoesNotHold } else { Verdict::Holds })
}

fn refused(args: &Args, out: &mut dyn Write, err: &mut dyn Write, error: &ReceiptError) -> anyhow::Result<Verdict> {
    if args.json {
        writeln!(out, "{}", json!({"ok": false, "message": error.to_string()}))?;
    } else {
        writeln!(err, "not ok: {error}")?;
    }
    Ok(Verdict::DoesNotHold)
}

/// The receipt's own characters, from wherever they stand.
fn text_of(given: &str) -> anyhow::Result<String> {
    let held = if given.contains(TEXT_PREFIX) {
        given.to_owned()
    } else {
        String::from_utf8_lossy(&read(Path::new(given), FILE_BYTES_MAX)?).into_owned()
    };
    let Some(at) = held.find(TEXT_PREFIX) else {
        bail!("`{given}` holds no receipt: nothing in it begins with `{TEXT_PREFIX}`");
    };
    let rest = held.get(at..).unwrap_or_default();
    let of_text = |character: &char| character.is_ascii_alphanumeric() || "-_.".contains(*character);
    Ok(rest.chars().take_while(of_text).collect())
}

fn read(path: &Path, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bytes)
}

fn as_json(receipt: &Receipt, bundle_fits: Option<bool>) -> serde_json::Value {
    json!({
        "ok": bundle_fits != Some(false), "said_ms": receipt.said_ms, "verdict": receipt.verdict.name(),
        "chain": receipt.chain.to_string(), "gtin": receipt.gtin.as_str(),
        "lot": receipt.lot.as_ref().map(|lot| lot.as_str()), "serial": receipt.serial.as_str(),
        "height": receipt.height, "as_of_ms": receipt.as_of_ms,
        "bundle": receipt.bundle.map(|hash| hash.to_string()), "bundle_fits": bundle_fits,
    })
}

fn as_text(receipt: &Receipt, bundle_fits: Option<bool>) -> String {
    let lot = receipt.lot.as_ref().map(|lot| format!("(10){lot}")).unwrap_or_default();
    let bundle = match bundle_fits {
        None => "",
        Some(true) => "bundle    the one that the receipt names; check it with `tracelight verify`\n",
        Some(false) => "bundle    NOT the one that the receipt names\n",
    };
    format!(
        "ok: the server with this key said so\n\
         said      {} ms since 1970\n\
         verdict   {}\n\
         code      (01){}{lot}(21){}\n\
         block     {} of {} ms\n\
         alliance  {}\n{bundle}\
         It proves what was said then. It proves neither that the goods are genuine nor that it still holds.\n",
        receipt.said_ms,
        receipt.verdict.name(),
        receipt.gtin,
        receipt.serial,
        receipt.height,
        receipt.as_of_ms,
        receipt.chain,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_client::keys::Signer;
    use tracelight_domain::gs1::{Gtin, Serial};
    use tracelight_domain::ids::ChainId;

    fn signed(bundle: Option<&[u8]>) -> String {
        let receipt = Receipt {
            chain: ChainId([7; 32]),
            said_ms: 1,
            verdict: tracelight_domain::verdict::Verdict::FirstCheck,
            gtin: Gtin::parse("09506000134352").expect("a GTIN"),
            lot: None,
            serial: Serial::parse("7F3K").expect("a serial"),
            height: 4,
            as_of_ms: 1,
            bundle: bundle.map(sha256),
        };
        Signer::from_seed(&[5; 32]).sign_receipt(receipt).expect("in memory").text()
    }

    fn asked(receipt: &str, seed: u8, bundle: Option<PathBuf>) -> (anyhow::Result<Verdict>, String) {
        let key = Signer::from_seed(&[seed; 32]).public_key().to_string().parse().expect("a key");
        let args = Args { receipt: receipt.to_owned(), key, bundle, json: false };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let verdict = run(&args, &mut out, &mut err);
        out.extend(err);
        (verdict, String::from_utf8(out).expect("text"))
    }

    #[test]
    fn a_text_an_address_and_a_file_are_read_and_another_key_is_refused() {
        let text = signed(None);
        let scratch = tempfile::tempdir().expect("a folder");
        let file = scratch.path().join("receipt.txt");
        let address = format!("https://id.example/scan/receipt?r={text}&lang=en");
        std::fs::write(&file, format!("My receipt:\n{address}\n")).expect("written");
        for given in [text.as_str(), &address, &file.display().to_string()] {
            let (verdict, said) = asked(given, 5, None);
            assert_eq!(verdict.expect("asked"), Verdict::Holds);
            assert!(said.contains("first_check") && said.contains("(01)09506000134352(21)7F3K"), "{said}");
            assert_eq!(asked(given, 6, None).0.expect("asked"), Verdict::DoesNotHold);
        }
        assert_eq!(asked("TLR1.AAAA", 5, None).0.expect("asked"), Verdict::DoesNotHold);
        assert!(asked("/nowhere/at/all", 5, None).0.is_err());
    }

    #[test]
    fn the_bundle_has_to_be_the_one_that_the_receipt_names() {
        let scratch = tempfile::tempdir().expect("a folder");
        let file = scratch.path().join("bundle.bin");
        std::fs::write(&file, b"proof").expect("written");
        assert_eq!(asked(&signed(Some(b"proof")), 5, Some(file.clone())).0.expect("asked"), Verdict::Holds);
        assert_eq!(asked(&signed(Some(b"other")), 5, Some(file)).0.expect("asked"), Verdict::DoesNotHold);
    }
}
