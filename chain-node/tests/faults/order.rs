//! By strace, at a validator that runs: what is acknowledged was synced before.
//!
//! A transaction with a name that occurs nowhere else goes to one node, which answers when it is final. In the order of the
//! node's system calls there has to be: the write of that name into the store's log, then the end of an `fdatasync` of the
//! same file that began after the write, then the answer on the socket. The same for the engine's own storage of the block,
//! which may be synced by either call.

use crate::common::goods::Goods;
use crate::common::{Cluster, json};
use crate::trace::{Trace, can_trace};
use crate::{MANUFACTURER, one_cluster};
use anyhow::{Context as _, ensure};
use std::collections::BTreeMap;
use std::time::Duration;
use tracelight_api::chain::{Receipts, TxOutcome};
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::encode_body;
use tracelight_testkit::machine::able;

const MARK: &str = "Q7-ACK-FOLLOWS-FSYNC";

#[test]
fn the_acknowledgement_follows_the_sync() -> anyhow::Result<()> {
    if !able("the order of system calls", can_trace()) {
        return Ok(());
    }
    let _one = one_cluster();
    let mut cluster = Cluster::start()?;
    let scratch = cluster.scratch().to_owned();
    let pid = cluster.node(0)?.pid();
    let calls = "trace=write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fsync,fdatasync,sync_file_range";
    let trace = Trace::attach(pid, &["-s", "65536", "-e", calls], &scratch, "order")?;
    let mut outcomes = Vec::new();
    for number in 0..3 {
        let TxBody::RegisterProduct(mut product) = Goods::new(7_000 + number).register_product() else {
            anyhow::bail!("goods begin with a product")
        };
        product.name_en = format!("{MARK}-{number}");
        let tx = cluster.sign(MANUFACTURER, TxBody::RegisterProduct(product));
        let answer: Receipts = json(cluster.post(0, "/v1/txs?wait_ms=30000", &encode_body(&[tx]))?)?;
        outcomes.extend(answer.receipts.into_iter().map(|receipt| (receipt.outcome, receipt.tx_id)));
    }
    std::thread::sleep(Duration::from_millis(200));
    let lines = trace.detach()?;
    let events = parse(&lines);
    for (number, (outcome, id)) in outcomes.into_iter().enumerate() {
        ensure!(outcome == TxOutcome::Applied, "{outcome:?}");
        let id = id.context("an id")?.to_string();
        let synced = synced_before_answer(&events, &format!("{MARK}-{number}"), &id)?;
        println!("transaction {number}: synced before the answer: {synced:?}");
        for folder in ["/store/", "/consensus/engine/"] {
            ensure!(synced.iter().any(|file| file.contains(folder)), "nothing under {folder} was synced: {synced:?}");
        }
    }
    Ok(())
}

/// Something that a thread did, in the order in which it began and ended.
#[derive(Debug, PartialEq)]
enum Call {
    /// A write to a file began: its name, its bytes as strace shows them.
    Write(String, String),
    /// Bytes began to go out on a connection.
    Send(String),
    /// A sync of the file began; the number finds its end.
    Begin(String, usize),
    /// It ended well.
    End(usize),
}

/// Lines are `PID TIME call(fd<file>, ..) = result`, or split as `call(.. <unfinished ...>` and `<... call resumed>..`.
fn parse(lines: &[String]) -> Vec<Call> {
    let (mut calls, mut open, mut syncs) = (Vec::new(), BTreeMap::new(), 0);
    for line in lines {
        // Two numbers, padded with spaces.
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((_time, rest)) = rest.trim_start().split_once(' ') else { continue };
        if let Some(resumed) = rest.strip_prefix("<... ") {
            if let Some(number) = open.remove(thread)
                && resumed.trim_end().ends_with("= 0")
            {
                calls.push(Call::End(number));
            }
            continue;
        }
        let Some((name, arguments)) = rest.split_once('(') else { continue };
        let file = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(file, _)| file);
        match name {
            "fsync" | "fdatasync" => {
                syncs += 1;
                calls.push(Call::Begin(file.to_owned(), syncs));
                if rest.contains("<unfinished") {
                    open.insert(thread.to_owned(), syncs);
                } else if rest.trim_end().ends_with("= 0") {
                    calls.push(Call::End(syncs));
                }
            }
            _ if file.starts_with('/') => calls.push(Call::Write(file.to_owned(), arguments.to_owned())),
            _ if file.starts_with("socket:") || file.starts_with("TCP") => calls.push(Call::Send(arguments.to_owned())),
            _ => {}
        }
    }
    calls
}

/// The files into which the mark was written and that were synced between that write and the answer.
fn synced_before_answer(calls: &[Call], mark: &str, id: &str) -> anyhow::Result<Vec<String>> {
    let sent = |call: &Call| matches!(call, Call::Send(bytes) if bytes.contains(id) && bytes.contains("applied"));
    let answer = calls.iter().position(sent).context("the answer is not in the trace")?;
    let mut files: Vec<String> = Vec::new();
    for (at, call) in calls.iter().enumerate().take(answer) {
        let Call::Write(file, bytes) = call else { continue };
        if !bytes.contains(mark) {
            continue;
        }
        let later = calls.iter().enumerate().skip(at + 1);
        let ends: Vec<usize> = later
            .filter_map(|(_, call)| match call {
                Call::Begin(synced, number) if synced == file => Some(*number),
                _ => None,
            })
            .collect();
        let end = calls.iter().position(|call| matches!(call, Call::End(number) if ends.contains(number)));
        ensure!(
            !file.contains("/store/") || end.is_some_and(|end| end < answer),
            "{file} was written and not synced before the answer"
        );
        if end.is_some_and(|end| end < answer) {
            files.push(file.clone());
        }
    }
    Ok(files)
}

mod tests {
    use super::*;

    fn trace(order: &[usize]) -> Vec<Call> {
        let lines = [
            r#"11 1.0 pwrite64(5</data/store/7.log>, "..MARK..", 9, 0) = 9"#,
            r#"11 1.1 fdatasync(5</data/store/7.log> <unfinished ...>"#,
            r#"12 1.2 write(9<socket:[77]>, "ping", 4) = 4"#,
            r#"11 1.3 <... fdatasync resumed>) = 0"#,
            r#"12   1.4 sendto(9<socket:[77]>, "{\"id\":\"ab\",\"outcome\":\"applied\"}", 9, 0, NULL, 0) = 9"#,
        ];
        parse(&order.iter().map(|at| lines[*at].to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn an_answer_before_the_sync_is_seen() {
        let good = synced_before_answer(&trace(&[0, 1, 2, 3, 4]), "MARK", "ab").expect("in order");
        assert_eq!(good, ["/data/store/7.log"]);
        for wrong in [&[0, 1, 2, 4, 3][..], &[0, 4, 1, 3], &[1, 3, 0, 4], &[0, 4]] {
            let found = synced_before_answer(&trace(wrong), "MARK", "ab");
            assert!(found.is_err(), "{wrong:?}: {found:?}");
        }
    }
}
