//! Writes every page of the scan site, in both languages, into the folder named by the first argument, to be looked at
//! beside the pictures of the visual language: `cargo run -p tracelight-web-ui --features ssr --example scan_gallery -- DIR`.

use std::path::Path;

use tracelight_web_ui::scan;
use tracelight_web_ui::scan::model::{Answer, Lang, RecallsPage, Verdict};

mod scan_samples;

fn main() -> std::io::Result<()> {
    let folder =
        std::env::args().nth(1).ok_or_else(|| std::io::Error::other("no folder given, hint: scan_gallery DIR"))?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for lang in Lang::ALL {
        let write = |name: &str, html: String| std::fs::write(folder.join(format!("{name}-{}.html", lang.tag())), html);
        for verdict in Verdict::ALL {
            write(verdict.name(), scan::render_scan_page(&scan_samples::page(verdict, lang)))?;
        }
        for answer in Answer::ALL {
            let page = scan_samples::answer_page(answer, lang);
            write(&format!("answer-{}", answer.name()), scan::render_answer_page(&page))?;
        }
        write("report", scan::render_report_page(&scan_samples::report_page(lang)))?;
        write("receipt", scan::render_report_receipt_page(&scan_samples::receipt_page(lang)))?;
        write("recalls", scan::render_recalls_page(&scan_samples::recalls_page(lang)))?;
        let out = RecallsPage { outage: Some("503-8C41-02F3".to_owned()), ..scan_samples::recalls_page(lang) };
        write("recalls-out", scan::render_recalls_page(&out))?;
        write("entry", scan::render_code_entry_page(&scan_samples::entry_page(lang)))?;
    }
    std::fs::write(folder.join("checker.js"), scan::checker_js())
}
