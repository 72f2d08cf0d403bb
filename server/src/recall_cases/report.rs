//! The report of a case as parts of a page, in Chinese or English. Pure. Before the case is closed it says that it is not the last word.

use tracelight_api::rest::recall_case::{CaseHolder, CaseStage, RecallCase, Stopwatch};
use tracelight_labels::report::Part;
use tracelight_web_ui::i18n::Lang;

/// The title of a report.
#[must_use]
pub const fn title(lang: Lang) -> &'static str {
    Words(lang).say("召回报告", "Recall report")
}

/// The parts of a report.
#[must_use]
pub fn parts(case: &RecallCase, now: &str, lang: Lang) -> Vec<Part> {
    let (draft, w) = (&case.draft, Words(lang));
    let last = matches!(case.stage, CaseStage::Closed | CaseStage::Withdrawn);
    let kind = if draft.drill { w.say("召回演练", "Drill of a recall") } else { w.say("召回", "Recall") };
    let mut out = vec![
        Part::Heading(format!("{kind}: {}", draft.title)),
        Part::Text(format!("{} {now}", w.say("生成时间", "Written"))),
        Part::Text(format!("{}: {}", w.say("案件状态", "The case is"), w.stage(case.stage))),
    ];
    if !last {
        let interim = "INTERIM: the case has not ended; counts and answers may change.";
        out.push(Part::Text(w.say("中间报告：案件尚未结束，数量和答复可能变化。", interim).to_owned()));
    }
    let class = draft.class;
    let other = |zh: &str, en: &str| or_dash(w.of(zh, en)).to_owned();
    let fact = |zh: &'static str, en: &'static str, value: &str| Part::Text(format!("{}: {value}", w.say(zh, en)));
    out.extend([
        fact("案件编号", "Case", &case.id.to_string()),
        fact("级别", "Class", &class.to_string()),
        fact("发起人", "Begun by", &case.created_by),
        fact("原因", "Reason", &other(&draft.reason_zh, &draft.reason_en)),
        fact("给已使用者的建议", "Advice to whoever has used it", &other(&draft.advice_zh, &draft.advice_en)),
        fact("范围", "Region", or_dash(&draft.region)),
        fact("其他发布", "Published elsewhere", or_dash(&draft.publication)),
    ]);
    if let Some(reason) = &case.end_reason {
        out.push(fact("结束原因", "Reason of the end", reason));
    }
    let sections = [
        (w.say("以包计的核对", "Reconciliation in packs"), sums(case, w)),
        (w.say("送达", "Reach"), reach(case, w)),
        (w.say("持有者", "Holders"), holders(case, w)),
        (w.say("答复", "Answers"), answers(case, w)),
        (w.say("批次", "Lots"), lots(case, w)),
        (w.say("从起草开始的用时", "Time from the first draft"), stopwatch(&case.stopwatch, w)),
    ];
    for (heading, table) in sections {
        out.extend([Part::Heading(heading.to_owned()), table]);
    }
    if let (Some(hash), Some(record)) = (&case.record_hash, &case.record) {
        out.push(Part::Heading(w.say("封存的记录", "Sealed record").to_owned()));
        out.push(Part::Text(format!("SHA-256 {hash}")));
        out.push(fact("交易", "Transaction", &record.tx_id));
        out.push(fact("区块", "Block", &record.height.to_string()));
        out.push(fact("核验", "Check it", "tracelight record record.json --tx record.tx --node http://NODE"));
    }
    out
}

/// Words in the language of a report.
#[derive(Clone, Copy)]
struct Words(Lang);

impl Words {
    const fn say(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// What people wrote, in the other language where this one is empty.
    fn of<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self.0 {
            Lang::Zh if !zh.is_empty() => zh,
            Lang::En if en.is_empty() => zh,
            _ => en,
        }
    }

    const fn stage(self, stage: CaseStage) -> &'static str {
        match (self.0, stage) {
            (Lang::En, stage) => stage.word(),
            (Lang::Zh, CaseStage::Draft) => "草稿",
            (Lang::Zh, CaseStage::Opening) => "发起中",
            (Lang::Zh, CaseStage::Opened) => "等待第二人批准",
            (Lang::Zh, CaseStage::Approving) => "批准中",
            (Lang::Zh, CaseStage::Approved) => "生效",
            (Lang::Zh, CaseStage::Closing) => "结束中",
            (Lang::Zh, CaseStage::Closed) => "已结束",
            (Lang::Zh, CaseStage::Withdrawing) => "撤回中",
            (Lang::Zh, CaseStage::Withdrawn) => "已撤回",
        }
    }

    /// Where the recall of one lot stands.
    fn of_lot(self, status: &str) -> &str {
        match (self.0, status) {
            (Lang::Zh, "opened") => "等待批准",
            (Lang::Zh, "approved") => "生效",
            (Lang::Zh, "closed") => "已结束",
            _ => status,
        }
    }

    fn heads(self, names: &[(&'static str, &'static str)]) -> Vec<String> {
        names.iter().map(|(zh, en)| self.say(zh, en).to_owned()).collect()
    }
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

fn sums(case: &RecallCase, w: Words) -> Part {
    let sums = &case.sums;
    let rows = [
        (w.say("所有批次的包数", "Packs of all lots"), sums.packs),
        (w.say("  在库（链上）", "  in stock (chain)"), sums.in_stock),
        (w.say("  在途（链上）", "  on their way (chain)"), sums.in_transit),
        (w.say("  到货短少（链上）", "  missing on arrival (chain)"), sums.short),
        (w.say("  已退出流通（链上）", "  out of trade (chain)"), sums.gone),
        (w.say("  不明（链上）", "  not known (chain)"), sums.unknown),
        (w.say("找到，未隔离（答复）", "Found, not set apart (answers)"), sums.found),
        (w.say("已隔离（答复）", "Set apart (answers)"), sums.quarantined),
        (w.say("已售出（答复）", "Sold (answers)"), sums.sold),
        (w.say("查找未果（答复）", "Looked for and not found (answers)"), sums.unaccounted),
        (w.say("尚未答复者持有", "Held by who has not answered"), sums.not_answered),
        (w.say("持有但答复未说明", "Held and not explained by an answer"), sums.not_explained),
        (w.say("答复超出链上数量", "Answered beyond what the chain knows"), sums.beyond),
        (w.say("没有数量的批次：未封批", "Lots without a count: not sealed"), sums.unsealed_lots),
    ];
    let rows = rows.into_iter().map(|(name, count)| row(name, number(count))).collect();
    Part::Table(w.heads(&[("项目", "What"), ("包", "Packs")]), rows)
}

fn percent(part: u64, whole: u64) -> String {
    let percent = part.saturating_mul(100).checked_div(whole);
    percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

fn reach(case: &RecallCase, w: Words) -> Part {
    let reach = case.reach;
    let rows = [
        (w.say("已通知", "Told"), reach.told, String::new()),
        (w.say("已打开通知", "Opened the notice"), reach.seen, percent(reach.seen, reach.told)),
        (w.say("已答复所有批次", "Answered for every lot"), reach.answered, percent(reach.answered, reach.told)),
    ];
    let rows = rows.into_iter().map(|(name, count, share)| vec![name.to_owned(), number(count), share]).collect();
    Part::Table(w.heads(&[("持有者", "Holders"), ("数量", "Count"), ("比例", "Share")]), rows)
}

fn holders(case: &RecallCase, w: Words) -> Part {
    let yes = |is: bool| if is { w.say("是", "yes") } else { w.say("否", "NO") }.to_owned();
    let one = |holder: &CaseHolder| {
        vec![
            holder.gln.clone(),
            yes(holder.seen_ms.is_some()),
            format!("{}/{}", holder.answered_lots, holder.lots),
            holder.reminders.to_string(),
            number(holder.held),
            w.of(&holder.name_zh, &holder.name_en).to_owned(),
        ]
    };
    let heads = [
        ("GLN", "GLN"),
        ("已打开", "Opened"),
        ("已答复批次", "Lots answered"),
        ("提醒", "Reminders"),
        ("持有", "Held"),
        ("名称", "Name"),
    ];
    Part::Table(w.heads(&heads), case.holders.iter().map(one).collect())
}

fn answers(case: &RecallCase, w: Words) -> Part {
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
    let heads = [
        ("GLN", "GLN"),
        ("批号", "Lot"),
        ("找到", "Found"),
        ("隔离", "Apart"),
        ("售出", "Sold"),
        ("缺失", "Missing"),
        ("备注", "Note"),
    ];
    Part::Table(w.heads(&heads), rows)
}

fn lots(case: &RecallCase, w: Words) -> Part {
    let rows = case.lots.iter().map(|lot| {
        vec![
            lot.gtin.clone(),
            lot.lot.clone(),
            lot.sealed.map_or_else(|| "?".to_owned(), number),
            lot.status.as_deref().map_or("-", |status| w.of_lot(status)).to_owned(),
            w.of(&lot.product_zh, &lot.product_en).to_owned(),
        ]
    });
    let heads = [("GTIN", "GTIN"), ("批号", "Lot"), ("包", "Packs"), ("召回", "Recall"), ("产品", "Product")];
    Part::Table(w.heads(&heads), rows.collect())
}

fn stopwatch(watch: &Stopwatch, w: Words) -> Part {
    let seconds =
        |ms: Option<u64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{}.{} s", ms / 1_000, ms % 1_000 / 100));
    let rows = vec![
        row(w.say("发起", "Opened"), seconds(watch.opened_ms)),
        row(w.say("批准，生效", "Approved, in force"), seconds(watch.approved_ms)),
        row(w.say("所有持有者已打开", "Opened by every holder"), seconds(watch.seen_ms)),
        row(w.say("所有持有者已答复", "Answered by every holder"), seconds(watch.answered_ms)),
        row(w.say("结束", "Closed"), seconds(watch.closed_ms)),
    ];
    Part::Table(w.heads(&[("直到", "Until"), ("秒", "Seconds")]), rows)
}
