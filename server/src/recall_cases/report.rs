//! The report of a case as parts of a page, in English. Pure. Before the case is closed it says that it is not the last word.

use tracelight_api::rest::recall_case::{CaseHolder, CaseStage, RecallCase, Stopwatch};
use tracelight_labels::report::Part;

/// The parts of a report.
#[must_use]
pub fn parts(case: &RecallCase, now: &str) -> Vec<Part> {
    let draft = &case.draft;
    let last = matches!(case.stage, CaseStage::Closed | CaseStage::Withdrawn);
    let kind = if draft.drill { "Drill of a recall" } else { "Recall" };
    let mut out = vec![
        Part::Heading(format!("{kind}: {}", draft.title)),
        Part::Text(format!("Written {now}. The case is {}.", case.stage.word())),
    ];
    if !last {
        out.push(Part::Text("INTERIM: the case has not ended; counts and answers may change.".to_owned()));
    }
    out.extend([
        Part::Text(format!("Case {}, class {}, begun by {}.", case.id, draft.class, case.created_by)),
        Part::Text(format!("Reason: {}", draft.reason_en)),
        Part::Text(format!("Region: {}", or_dash(&draft.region))),
        Part::Text(format!("Published elsewhere: {}", or_dash(&draft.publication))),
    ]);
    if let Some(reason) = &case.end_reason {
        out.push(Part::Text(format!("Reason of the end: {reason}")));
    }
    out.push(Part::Heading("Reconciliation in packs".to_owned()));
    out.push(sums(case));
    out.push(Part::Heading("Reach".to_owned()));
    out.push(reach(case));
    out.push(Part::Heading("Holders".to_owned()));
    out.push(holders(case));
    out.push(Part::Heading("Answers".to_owned()));
    out.push(answers(case));
    out.push(Part::Heading("Lots".to_owned()));
    out.push(lots(case));
    out.push(Part::Heading("Time from the first draft".to_owned()));
    out.push(stopwatch(&case.stopwatch));
    if let (Some(hash), Some(record)) = (&case.record_hash, &case.record) {
        out.push(Part::Heading("Sealed record".to_owned()));
        out.push(Part::Text(format!("SHA-256 {hash}")));
        out.push(Part::Text(format!("Transaction {}, block {}.", record.tx_id, record.height)));
        out.push(Part::Text("Check it: tracelight record record.json --tx record.tx --node http://NODE".to_owned()));
    }
    out
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// A count with separators between thousands.
fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn row(name: &str, value: impl Into<String>) -> Vec<String> {
    vec![name.to_owned(), value.into()]
}

fn heads(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn sums(case: &RecallCase) -> Part {
    let sums = &case.sums;
    let rows = [
        ("Packs of all lots", sums.packs),
        ("  in stock (chain)", sums.in_stock),
        ("  on their way (chain)", sums.in_transit),
        ("  missing on arrival (chain)", sums.short),
        ("  out of trade (chain)", sums.gone),
        ("  not known (chain)", sums.unknown),
        ("Found, not set apart (answers)", sums.found),
        ("Set apart (answers)", sums.quarantined),
        ("Sold (answers)", sums.sold),
        ("Looked for and not found (answers)", sums.unaccounted),
        ("Held by who has not answered", sums.not_answered),
        ("Held and not explained by an answer", sums.not_explained),
        ("Answered beyond what the chain knows", sums.beyond),
        ("Lots without a count: not sealed", sums.unsealed_lots),
    ];
    Part::Table(heads(&["What", "Packs"]), rows.into_iter().map(|(name, count)| row(name, number(count))).collect())
}

fn percent(part: u64, whole: u64) -> String {
    let percent = part.saturating_mul(100).checked_div(whole);
    percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

fn reach(case: &RecallCase) -> Part {
    let reach = case.reach;
    let rows = vec![
        vec!["Told".to_owned(), number(reach.told), String::new()],
        vec!["Opened the notice".to_owned(), number(reach.seen), percent(reach.seen, reach.told)],
        vec!["Answered for every lot".to_owned(), number(reach.answered), percent(reach.answered, reach.told)],
    ];
    Part::Table(heads(&["Holders", "Count", "Share"]), rows)
}

fn holders(case: &RecallCase) -> Part {
    let yes = |is: bool| if is { "yes" } else { "NO" }.to_owned();
    let one = |holder: &CaseHolder| {
        vec![
            holder.gln.clone(),
            yes(holder.seen_ms.is_some()),
            format!("{} of {} lots", holder.answered_lots, holder.lots),
            holder.reminders.to_string(),
            number(holder.held),
            holder.name_en.clone(),
        ]
    };
    let rows = case.holders.iter().map(one).collect();
    Part::Table(heads(&["GLN", "Opened", "Answered", "Reminders", "Held", "Name"]), rows)
}

fn answers(case: &RecallCase) -> Part {
    let mut rows = Vec::new();
    for holder in &case.holders {
        for answer in &holder.answers {
            rows.push(vec![
                holder.gln.clone(),
                answer.lot.clone(),
                number(answer.found),
                number(answer.quarantined),
                number(answer.sold),
                number(answer.unaccounted),
                answer.note.clone(),
            ]);
        }
    }
    Part::Table(heads(&["GLN", "Lot", "Found", "Apart", "Sold", "Missing", "Note"]), rows)
}

fn lots(case: &RecallCase) -> Part {
    let rows = case.lots.iter().map(|lot| {
        vec![
            lot.gtin.clone(),
            lot.lot.clone(),
            lot.sealed.map_or_else(|| "?".to_owned(), number),
            lot.status.clone().unwrap_or_else(|| "-".to_owned()),
            lot.product_en.clone(),
        ]
    });
    Part::Table(heads(&["GTIN", "Lot", "Packs", "Recall", "Product"]), rows.collect())
}

fn stopwatch(watch: &Stopwatch) -> Part {
    let seconds =
        |ms: Option<u64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{}.{} s", ms / 1_000, ms % 1_000 / 100));
    let rows = vec![
        row("Opened", seconds(watch.opened_ms)),
        row("Approved, in force", seconds(watch.approved_ms)),
        row("Opened by every holder", seconds(watch.seen_ms)),
        row("Answered by every holder", seconds(watch.answered_ms)),
        row("Closed", seconds(watch.closed_ms)),
    ];
    Part::Table(heads(&["Until", "Seconds"]), rows)
}
