//! Writes every page of the scan site, in both languages, into the folder named by the first argument, to be looked at
//! beside the pictures of the visual language: `cargo run -p tracelight-web-ui --features ssr --example scan_gallery -- DIR`.

use std::path::Path;

use tracelight_web_ui::scan;
use tracelight_web_ui::scan::model::Lang;

mod scan_samples;

fn main() -> std::io::Result<()> {
    let folder =
        std::env::args().nth(1).ok_or_else(|| std::io::Error::other("no folder given, hint: scan_gallery DIR"))?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for lang in Lang::ALL {
        for (name, html) in scan_samples::all(lang) {
            std::fs::write(folder.join(format!("{name}-{}.html", lang.tag())), html)?;
        }
    }
    std::fs::write(folder.join("checker.js"), scan::checker_js())
}
