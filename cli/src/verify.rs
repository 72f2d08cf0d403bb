//! `tracelight verify`: the same check as the phone's, by the same code (`proof::bundle`), natively.

use crate::Verdict;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tracelight_api::Hex;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::ids::{ChainId, MemberId, UnitId};
use tracelight_domain::state::{Event, ObjectId, UnitStatus};
use tracelight_domain::tx::RecallClass;
use tracelight_proof::bundle::{self, BUNDLE_BYTES_MAX, BundleFault, FRESH_MS_MAX, Pin, Signer, Verified};

/// What to check.
#[derive(clap::Args)]
pub struct Args {
    /// File with the bundle, as `/v1/bundle/{gtin}/{serial}` gives it.
    bundle: PathBuf,
    /// The alliance to believe: hash of its genesis, 64 hex digits.
    #[arg(long)]
    genesis_hash: Hex<ChainId>,
    /// File with the alliance's anchor (genesis and changes of its validators), as `/v1/anchor` gives it: for a bundle
    /// that leaves it out.
    #[arg(long)]
    anchor: Option<PathBuf>,
    /// The code on the pack: a Digital Link, an element string, or `(01)…(21)…`.
    #[arg(long)]
    code: String,
    /// Check as of this time, milliseconds since 1970, instead of now: for a bundle that was kept.
    #[arg(long)]
    at_ms: Option<u64>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Checks and prints.
///
/// # Errors
/// When the question cannot be put: the file cannot be read, the code is none.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let code = parse_scan(args.code.as_bytes()).and_then(|scan| scan.unit());
    let code = code.map_err(|error| anyhow::anyhow!("--code: {error}"))?;
    let bytes = read(&args.bundle)?;
    let anchor = args.anchor.as_deref().map(read).transpose()?;
    let unit = UnitId { gtin: code.gtin, serial: code.serial };
    let now_ms = args.at_ms.unwrap_or_else(now_ms);
    let pin = Pin {
        chain: args.genesis_hash.0,
        anchor: anchor.as_deref(),
        unit: &unit,
        lot: code.lot.as_ref(),
        now_ms,
        fresh_ms_max: FRESH_MS_MAX,
    };
    match bundle::verify(&bytes, &pin) {
        Ok(verified) => {
            if args.json {
                writeln!(out, "{}", facts_json(&unit, &verified))?;
            } else {
                write!(out, "{}", facts_text(&unit, &verified))?;
            }
            Ok(Verdict::Holds)
        }
        Err(BundleFault { part, message }) => {
            if args.json {
                writeln!(out, "{}", json!({"ok": false, "part": part.name(), "message": message}))?;
            } else {
                writeln!(err, "not ok: {}: {message}", part.name())?;
            }
            Ok(Verdict::DoesNotHold)
        }
    }
}

/// At most one byte more than a bundle may have: the check itself refuses what is too long.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut bytes = Vec::new();
    file.take(BUNDLE_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bytes)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn facts_json(unit: &UnitId, verified: &Verified) -> Value {
    let journey: Vec<Value> = verified
        .journey
        .iter()
        .map(|(object, event)| {
            json!({
                "object": object_text(object), "event": event.kind.name(), "height": event.height,
                "time_ms": event.time_ms, "actor": event.actor.as_str(),
                "peer": event.peer.map(|peer| peer.to_string()),
                "container": event.container.map(|sscc| sscc.to_string()), "tx_id": event.tx.to_string(),
            })
        })
        .collect();
    json!({
        "ok": true,
        "unit": unit.to_string(),
        "alliance": verified.genesis.name,
        "height": verified.height,
        "as_of_ms": verified.as_of_ms,
        "signers": verified.signers.iter().map(|signer| match signer.member {
            Some(gln) => gln.to_string(),
            None => signer.key.to_string(),
        }).collect::<Vec<_>>(),
        "validators": verified.validators,
        "steps": verified.steps,
        "witnesses": verified.witnesses.iter().map(|w| json!({"name": w.name, "time_s": w.time_s})).collect::<Vec<_>>(),
        "witnesses_of": verified.genesis.witnesses.len(),
        "maker": verified.maker.as_str(),
        "made_on": verified.made_on.to_string(),
        "expires_on": verified.expires_on.to_string(),
        "recalled": verified.recalled.map(class_name),
        "status": status_name(verified.unit),
        "custodian": verified.custodian.map(|gln| gln.to_string()),
        "journey": journey,
    })
}

fn facts_text(unit: &UnitId, verified: &Verified) -> String {
    let who = |gln: MemberId| {
        let name = verified.genesis.member(gln).map_or("not a founding member", |member| &member.name_en);
        format!("{gln} {name}")
    };
    let signer = |signer: &Signer| signer.member.map_or_else(|| format!("a later validator {}", signer.key), who);
    let signers: Vec<String> = verified.signers.iter().map(signer).collect();
    let witnesses: Vec<&str> = verified.witnesses.iter().map(|witness| witness.name.as_str()).collect();
    let recalled = verified.recalled.map_or("no".to_owned(), |class| format!("YES, class {}", class_name(class)));
    let mut text = format!(
        "ok: {unit}\n  alliance    {}\n  as of       block {}, {} ms\n  validators  {} of {} signed, after {} changes since the genesis\n  \
         signed by   {}\n  witnesses   {} of {}{}\n  maker       {}\n  \
         made on     {}\n  expires on  {}\n  recalled    {recalled}\n  status      {}\n  custodian   {}\n  journey\n",
        verified.genesis.name,
        verified.height,
        verified.as_of_ms,
        signers.len(),
        verified.validators,
        verified.steps,
        signers.join(", "),
        witnesses.len(),
        verified.genesis.witnesses.len(),
        if witnesses.is_empty() { String::new() } else { format!(": {}", witnesses.join(", ")) },
        who(verified.maker),
        verified.made_on,
        verified.expires_on,
        status_name(verified.unit),
        verified.custodian.map_or("nobody".to_owned(), who),
    );
    for (object, event) in &verified.journey {
        text.push_str(&journey_line(object, event, &who));
    }
    text
}

fn journey_line(object: &ObjectId, event: &Event, who: &dyn Fn(MemberId) -> String) -> String {
    let peer = event.peer.map(|peer| format!(" -> {}", who(peer))).unwrap_or_default();
    let container = event.container.map(|sscc| format!(" ({sscc})")).unwrap_or_default();
    let withdraws = event.withdraws.map(|seq| format!(", withdraws event {seq}")).unwrap_or_default();
    let (height, name, object) = (event.height, event.kind.name(), object_text(object));
    format!("    {height:>8}  {name:<18}  {object}{container}  {}{peer}{withdraws}\n", who(event.actor))
}

fn object_text(object: &ObjectId) -> String {
    match object {
        ObjectId::Member(gln) => format!("member {gln}"),
        ObjectId::Key(key) => format!("key {key}"),
        ObjectId::Product(gtin) => format!("product {gtin}"),
        ObjectId::Batch(batch) => format!("batch {batch}"),
        ObjectId::Unit(unit) => format!("pack {unit}"),
        ObjectId::Logistic(sscc) => format!("(00){sscc}"),
        ObjectId::Shipment(id) => format!("shipment {id}"),
        ObjectId::Recall(id) => format!("recall {id}"),
        ObjectId::Log(gln, log) => format!("log {log} of {gln}"),
        ObjectId::Validators => "validators".to_owned(),
        ObjectId::Proposal(id) => format!("proposal {id}"),
        ObjectId::Roll => "members with a vote".to_owned(),
        ObjectId::Lineage(batch) => format!("lineage of {batch}"),
        ObjectId::Agenda => "open proposals".to_owned(),
    }
}

const fn status_name(status: UnitStatus) -> &'static str {
    match status {
        UnitStatus::Active => "active",
        UnitStatus::Dispensed => "dispensed",
        UnitStatus::Sold => "sold",
        UnitStatus::Sampled => "sampled",
        UnitStatus::Destroyed => "destroyed",
        UnitStatus::Stolen => "stolen",
        UnitStatus::Exported => "exported",
    }
}

const fn class_name(class: RecallClass) -> &'static str {
    match class {
        RecallClass::One => "one",
        RecallClass::Two => "two",
        RecallClass::Three => "three",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_api::Text;
    use tracelight_proof::codec::Canonical as _;
    use tracelight_testkit::alliance::{AS_OF_MS, batch, bundle_over, genesis, state, unit};

    struct Answer {
        verdict: anyhow::Result<Verdict>,
        out: String,
        err: String,
    }

    fn ask(bytes: &[u8], code: &str, at_ms: u64, json: bool) -> Answer {
        let file = tempfile::NamedTempFile::new().expect("a scratch file");
        std::fs::write(file.path(), bytes).expect("our file");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let args = Args {
            bundle: file.path().to_owned(),
            genesis_hash: Text(genesis().chain_id()),
            anchor: None,
            code: code.to_owned(),
            at_ms: Some(at_ms),
            json,
        };
        let verdict = run(&args, &mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Answer { verdict, out: text(out), err: text(err) }
    }

    fn code() -> String {
        let (unit, batch) = (unit(2), batch());
        format!("(01){}(10){}(21){}", unit.gtin, batch.lot, unit.serial)
    }

    #[test]
    fn a_true_bundle_holds_and_its_facts_are_told_in_both_forms() {
        let bytes = bundle_over(&state(true), 2).to_bytes();
        let told = ask(&bytes, &code(), AS_OF_MS, true);
        assert!(matches!(told.verdict, Ok(Verdict::Holds)), "{:?} {}", told.verdict, told.out);
        let facts: Value = serde_json::from_str(&told.out).expect("json");
        assert_eq!(
            (&facts["ok"], &facts["recalled"], &facts["status"]),
            (&true.into(), &"one".into(), &"active".into())
        );
        assert!(facts["journey"].as_array().is_some_and(|journey| journey.len() >= 7));
        let told = ask(&bytes, &code(), AS_OF_MS, false);
        assert!(told.out.starts_with("ok: ") && told.out.contains("YES, class one"), "{}", told.out);
        assert!(told.out.contains("3 of 4 signed, after 0 changes"), "{}", told.out);
        assert!(told.out.contains("2 of 2: consumers.example, lab.example"), "{}", told.out);
    }

    #[test]
    fn a_changed_byte_an_old_bundle_and_another_code_do_not_hold_and_the_part_is_named() {
        let good = bundle_over(&state(false), 2).to_bytes();
        let mut changed = good.clone();
        *changed.last_mut().expect("bytes") ^= 1;
        let told = ask(&changed, &code(), AS_OF_MS, true);
        assert!(matches!(told.verdict, Ok(Verdict::DoesNotHold)));
        let old = ask(&good, &code(), AS_OF_MS + FRESH_MS_MAX + 1, false);
        assert!(matches!(old.verdict, Ok(Verdict::DoesNotHold)));
        assert!(old.err.starts_with("not ok: freshness:"), "{}", old.err);
        let other = ask(&good, &code().replace(unit(2).serial.as_str(), unit(1).serial.as_str()), AS_OF_MS, true);
        let fault: Value = serde_json::from_str(&other.out).expect("json");
        assert_eq!((&fault["ok"], &fault["part"]), (&false.into(), &"subject".into()));
        let long = ask(&vec![0; BUNDLE_BYTES_MAX + 1], &code(), AS_OF_MS, true);
        assert!(long.out.contains("\"format\""), "{}", long.out);
    }

    #[test]
    fn a_code_that_is_none_is_wrong_use() {
        let told = ask(&[], "smudge", AS_OF_MS, false);
        assert!(told.verdict.is_err_and(|error| error.to_string().starts_with("--code")));
    }
}
