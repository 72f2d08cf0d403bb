//! What to play, and the steps that follow from it.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tracelight_api::line::{LineOp, LineReason};
use tracelight_domain::gs1::Sscc;
use tracelight_mqtt::topic::{Place, is_level};
use tracelight_mqtt::{TlsFiles, is_tls, named_by_half};

/// A script, as its TOML file holds it. Paths are relative to the file's folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// `mqtt://host:port`, or `mqtts://host:port` with `ca_file`.
    pub broker: String,
    /// User at the broker.
    pub username: Option<String>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// With `mqtts://`: PEM file of the authority that signed the broker's certificate.
    pub ca_file: Option<PathBuf>,
    /// PEM file with this device's certificate.
    pub client_cert_file: Option<PathBuf>,
    /// PEM file with its key.
    pub client_key_file: Option<PathBuf>,
    /// GLN of the member.
    pub org: String,
    /// Topic level of the site.
    pub site: String,
    /// Topic level of the line.
    pub line: String,
    /// Topic level of the device.
    pub device: String,
    /// File with the device's key; without it nothing is signed.
    pub key_file: Option<PathBuf>,
    /// GTIN-14 of the batch.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// The server's table of labels: a CSV file with a column `element_string`, `digital_link`, or both.
    pub labels: PathBuf,
    /// Labels passed over. Default 0.
    #[serde(default)]
    pub skip: usize,
    /// Good packs; 0 means all labels that are left after `reject`.
    #[serde(default)]
    pub units: usize,
    /// Labels rejected. Default 0.
    #[serde(default)]
    pub reject: usize,
    /// Packs in one case.
    pub case_units: usize,
    /// Cases on one pallet; 0 means one pallet with all of them. Default 0.
    #[serde(default)]
    pub pallet_cases: usize,
    /// GS1 company prefix of the SSCC labels.
    pub sscc_prefix: String,
    /// Serial reference of the first SSCC.
    pub sscc_first: u64,
    /// Play bad reads too. Default false.
    #[serde(default)]
    pub faults: bool,
    /// Send CBOR instead of JSON. Default false.
    #[serde(default)]
    pub cbor: bool,
    /// Seal the batch at the end. Default true.
    #[serde(default = "yes")]
    pub close_batch: bool,
    /// Longest time for the whole script, in seconds. Default 300.
    #[serde(default = "default_timeout_s")]
    pub timeout_s: u64,
}

const fn yes() -> bool {
    true
}

const fn default_timeout_s() -> u64 {
    300
}

/// What a reading should be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It counts.
    Stored,
    /// It is kept and does not count.
    Quarantined(LineReason),
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The file, or everything in it that is wrong.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let mut script: Self = toml::from_str(&text).with_context(|| format!("script `{}`", path.display()))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        script.labels = folder.join(&script.labels);
        let files = [
            &mut script.key_file,
            &mut script.password_file,
            &mut script.ca_file,
            &mut script.client_cert_file,
            &mut script.client_key_file,
        ];
        for path in files.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        let mut faults = Vec::new();
        for (name, level) in
            [("org", &script.org), ("site", &script.site), ("line", &script.line), ("device", &script.device)]
        {
            if !is_level(level) {
                faults.push(format!("{name}: `{level}` is no topic level"));
            }
        }
        if script.case_units == 0 {
            faults.push("case_units: must be 1 or more".to_owned());
        }
        if let Err(error) = Sscc::build(0, &script.sscc_prefix, script.sscc_first) {
            faults.push(format!("sscc_prefix, sscc_first: {error}"));
        }
        let files = [&script.ca_file, &script.client_cert_file, &script.client_key_file].map(Option::is_some);
        let login = [script.username.is_some(), script.password_file.is_some()];
        faults.extend(named_by_half(is_tls(&script.broker), files, login).into_iter().map(str::to_owned));
        if !faults.is_empty() {
            bail!("script `{}`: {}", path.display(), faults.join("; "));
        }
        Ok(script)
    }

    /// Files for TLS, if the script names any.
    #[must_use]
    pub fn tls(&self) -> Option<TlsFiles> {
        let ca = self.ca_file.clone()?;
        Some(TlsFiles { ca, client: self.client_cert_file.clone().zip(self.client_key_file.clone()) })
    }

    /// Where the device stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { org: self.org.clone(), site: self.site.clone(), line: self.line.clone(), device: self.device.clone() }
    }
}

/// What scanners make of the labels: element strings with the identifier of GS1 DataMatrix and Digital Links with that
/// of QR, in turn where the table has both.
pub(super) fn codes(script: &Script) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read(&script.labels).with_context(|| format!("cannot read `{}`", script.labels.display()))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut table = csv::Reader::from_reader(text);
    let head = table.headers().context("labels")?.clone();
    let column = |name: &str| head.iter().position(|cell| cell == name);
    let (elements, link) = (column("element_string"), column("digital_link"));
    if elements.is_none() && link.is_none() {
        bail!("`{}` has no column `element_string` or `digital_link`", script.labels.display());
    }
    let mut codes = Vec::new();
    for (index, row) in table.records().enumerate() {
        let row = row.context("labels")?;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).filter(|cell| !cell.is_empty());
        let as_matrix = cell(elements).map(|text| format!("]d2{text}"));
        let as_qr = cell(link).map(|text| format!("]Q1{text}"));
        let code = if index % 2 == 0 { as_matrix.or(as_qr) } else { as_qr.or(as_matrix) };
        codes.push(code.with_context(|| format!("labels: row {} is empty", index + 1))?);
    }
    Ok(codes)
}

/// A code of this batch that was never issued.
pub(super) fn foreign_code(script: &Script) -> String {
    format!("]d201{}10{}\u{1d}21NEVERISSUED", script.gtin, script.lot)
}

/// The readings in order, each with the answer that it should get.
pub(super) fn steps(script: &Script, codes: &[String]) -> anyhow::Result<Vec<(LineOp, Expect)>> {
    use Expect::{Quarantined, Stored};
    let left = codes.get(script.skip..).unwrap_or_default();
    let units = if script.units == 0 { left.len().saturating_sub(script.reject) } else { script.units };
    let (Some(good), Some(bad)) = (left.get(..units), left.get(units..units.saturating_add(script.reject))) else {
        bail!("labels: {} are left after `skip`, {} are needed", left.len(), units.saturating_add(script.reject));
    };
    let Some(first) = good.first() else { bail!("units: there is no label to commission") };
    let mut steps = Vec::new();
    let commission = |raw: &str| LineOp::Commission { raw: raw.to_owned() };
    if script.faults {
        steps.push((commission(first), Quarantined(LineReason::NoOpenBatch)));
    }
    steps.push((LineOp::open(&script.gtin, &script.lot), Stored));
    if script.faults {
        steps.push((commission("]d2smudged"), Quarantined(LineReason::BadRead)));
        steps.push((commission(&foreign_code(script)), Quarantined(LineReason::ForeignCode)));
        steps.push((LineOp::Pack { raw: first.clone() }, Quarantined(LineReason::NotCommissioned)));
    }
    steps.extend(good.iter().map(|raw| (commission(raw), Stored)));
    if script.faults {
        steps.push((commission(first), Quarantined(LineReason::Duplicate)));
    }
    steps.extend(bad.iter().map(|raw| (LineOp::reject(raw.clone()), Stored)));
    packing(script, good, &mut steps)?;
    if script.close_batch {
        steps.push((LineOp::close_batch(), Stored));
    }
    Ok(steps)
}

fn packing(script: &Script, good: &[String], steps: &mut Vec<(LineOp, Expect)>) -> anyhow::Result<()> {
    use Expect::{Quarantined, Stored};
    let mut reference = script.sscc_first;
    let mut label = || {
        let sscc = Sscc::build(0, &script.sscc_prefix, reference);
        reference = reference.saturating_add(1);
        sscc.map(|sscc| format!("]C100{sscc}")).context("sscc_first: the references run out")
    };
    let mut cases = Vec::new();
    for units in good.chunks(script.case_units.max(1)) {
        steps.extend(units.iter().map(|raw| (LineOp::Pack { raw: raw.clone() }, Stored)));
        let case = label()?;
        steps.push((LineOp::close_case(case.clone()), Stored));
        cases.push(case);
    }
    if script.faults {
        steps.extend(good.first().map(|raw| (LineOp::Stack { raw: raw.clone() }, Quarantined(LineReason::WrongLevel))));
        steps.push((LineOp::close_pallet(label()?), Quarantined(LineReason::Empty)));
    }
    let on_pallet = if script.pallet_cases == 0 { cases.len() } else { script.pallet_cases };
    for cases in cases.chunks(on_pallet.max(1)) {
        steps.extend(cases.iter().map(|raw| (LineOp::Stack { raw: raw.clone() }, Stored)));
        steps.push((LineOp::close_pallet(label()?), Stored));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "org = \"6901234000016\"\nsite = \"s\"\nline = \"l\"\ndevice = \"d\"\ngtin = \"06901234000771\"\nlot = \"A\"\n\
        labels = \"labels.csv\"\ncase_units = 4\nsscc_prefix = \"6901234\"\nsscc_first = 1\n";

    #[test]
    fn what_is_said_by_half_of_the_connection_is_refused_by_name() {
        let plain = "broker = \"mqtt://127.0.0.1:1883\"\n";
        let tls = "broker = \"mqtts://127.0.0.1:8883\"\nca_file = \"ca.pem\"\n";
        let certified = format!("{tls}client_cert_file = \"c.pem\"\nclient_key_file = \"k.pem\"\n");
        for (connection, fault) in [
            (plain.to_owned(), None),
            (tls.to_owned(), None),
            (certified.clone(), None),
            (format!("{plain}username = \"u\"\npassword_file = \"p\"\n"), None),
            (tls.replace("ca_file = \"ca.pem\"", ""), Some("`ca_file`")),
            (tls.replace("mqtts:", "mqtt:"), Some("`ca_file`")),
            (certified.replace("client_key_file = \"k.pem\"", ""), Some("`client_key_file`")),
            (certified.replace("client_cert_file = \"c.pem\"", ""), Some("`client_cert_file`")),
            (certified.replace(tls, plain), Some("over mqtts:// only")),
            (format!("{plain}username = \"u\"\n"), Some("`password_file`")),
            (format!("{plain}password_file = \"p\"\n"), Some("`username`")),
        ] {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let path = folder.path().join("script.toml");
            std::fs::write(&path, format!("{connection}{GOOD}")).expect("our folder");
            match (Script::load(&path), fault) {
                (Ok(_), None) => {}
                (Err(error), Some(fault)) => assert!(error.to_string().contains(fault), "{error}"),
                (found, expected) => panic!("{connection}: {found:?}, expected {expected:?}"),
            }
        }
    }
}
