//! At the counter: what is refused of a medicine, with which code, and which alert it raises for whom.

use crate::scan::story::{GTIN, Story, caught_up, sscc};
use crate::testing::World;
use serde_json::{Value, json};
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::ids::ShipmentId;
use tracelight_domain::tx::TxBody;
use tracelight_testkit::services::MariaDb;

struct Counter {
    world: World,
    story: Story,
    pharmacy: String,
}

impl Counter {
    /// Packs 0 to 2 stand in a pharmacy; packs 3 and 4 are the maker's.
    async fn of(world: World) -> Self {
        let story = Story::sealed(&world, "A24K07").await;
        for (from, to, id) in [(MAKER, CARRIER, 1), (CARRIER, PHARMACY, 2)] {
            let (shipment, receiver) = (ShipmentId([id; 16]), world.node.chain().member(to).gln);
            world.node.apply(from, TxBody::Ship { shipment, to: receiver, objects: vec![sscc(9)] });
            world.node.apply(to, TxBody::Receive { shipment, short: vec![], damaged: vec![] });
        }
        caught_up(&world).await;
        let pharmacy = world.sign_in("pharmacy").await;
        Self { world, story, pharmacy }
    }

    async fn act(&self, code: &str, action: &str, status: u16) -> Value {
        self.act_as(&self.pharmacy, code, action, status).await
    }

    async fn act_as(&self, who: &str, code: &str, action: &str, status: u16) -> Value {
        let body = json!({ "code": code, "action": action });
        self.world.call("POST", "/api/v1/units/actions", Some(who), Some(body)).await.expect(status).json()
    }

    /// Lot, serial and expiry as they are printed on a pack.
    fn printed(&self, index: usize, lot: &str, expiry: &str) -> String {
        format!("(01){GTIN}(17){expiry}(10){lot}(21){}", self.story.serials[index])
    }

    async fn alerts(&self, who: &str, query: &str) -> Vec<Value> {
        let path = format!("/api/v1/alerts{query}");
        let page = self.world.call("GET", &path, Some(who), None).await.expect(200).json();
        page["items"].as_array().expect("rows").clone()
    }

    async fn kinds(&self, who: &str) -> Vec<String> {
        let rows = self.alerts(who, "?sort=gtin").await;
        let mut kinds: Vec<String> = rows.iter().map(|row| row["kind"].as_str().expect("text").to_owned()).collect();
        kinds.sort();
        kinds
    }
}

async fn codes_and_alerts(world: World) {
    let counter = Counter::of(world).await;
    let maker = counter.world.sign_in("maker").await;
    let good = counter.printed(0, "A24K07", "281000");
    // Nothing is amiss: no code, no alert.
    counter.act(&good, "dispense", 200).await;
    assert_eq!(counter.kinds(&counter.pharmacy).await, [""; 0]);

    // The same again here is a warning, and then an alert that is counted.
    let refused = counter.act(&good, "dispense", 409).await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("tracelight:unit_gone"), &json!("NMVS_NC_PCK_19")));
    assert_eq!(refused["alert"], Value::Null, "the first time is a warning");
    assert_eq!(counter.kinds(&counter.pharmacy).await, [""; 0]);
    let second = counter.act(&good, "dispense", 409).await;
    let number = second["alert"].as_str().expect("an alert").to_owned();
    assert!(number.starts_with("A10-"), "{number}");
    assert_eq!(counter.act(&good, "dispense", 409).await["alert"], json!(number), "the same alert, counted");
    let rows = counter.alerts(&counter.pharmacy, "").await;
    assert_eq!(
        (&rows[0]["times"], &rows[0]["gravity"], &rows[0]["status"]),
        (&json!(3), &json!("handling"), &json!("open"))
    );

    // Another operation on it is an alert at once.
    let destroyed = counter.act(&good, "destroy", 409).await;
    assert_eq!(destroyed["code"], "NMVS_NC_PCK_22");
    assert!(destroyed["alert"].as_str().expect("an alert").starts_with("A24-"));
    // What differs on the pack, each by itself.
    let expiry = counter.act(&counter.printed(1, "A24K07", "291000"), "dispense", 409).await;
    assert_eq!((&expiry["type"], &expiry["code"]), (&json!("tracelight:expiry_differs"), &json!("NMVS_FE_LOT_12")));
    let lot = counter.act(&counter.printed(1, "A24K08", "281000"), "dispense", 404).await;
    assert_eq!(lot["code"], "NMVS_FE_LOT_13");
    let unknown = counter.act(&format!("(01){GTIN}(17)281000(10)NOLOT(21)NEVERISSUED"), "dispense", 404).await;
    assert_eq!(unknown["code"], "NMVS_NC_PC_02");
    // Ordered, never on a pack: no repository holds it.
    let spare = counter.act(&counter.printed(5, "A24K07", "281000"), "dispense", 404).await;
    assert_eq!(spare["code"], "NMVS_NC_PC_02");
    let stranger = Gtin::build(0, "6901299", 7).expect("a GTIN of constants");
    let nobody = counter.act(&format!("(01){stranger}(21)X"), "dispense", 404).await;
    assert_eq!(
        (&nobody["code"], nobody["alert"].as_str().expect("an alert").split('-').next()),
        (&Value::Null, Some("A1"))
    );
    // It was none of these packs' fault: the pack is still good, and taking back what was never handed out is no alert.
    let returned = counter.act(&counter.printed(1, "A24K07", "281000"), "return", 409).await;
    assert_eq!((&returned["code"], &returned["alert"]), (&json!("NMVS_NC_PCK_06"), &Value::Null));
    counter.act(&counter.printed(1, "A24K07", "281000"), "dispense", 200).await;
    // Not the custodian: the chain's rule says why, and no other.
    let other = counter.act_as(&maker, &counter.printed(2, "A24K07", "281000"), "destroy", 409).await;
    assert_eq!((&other["type"], &other["code"]), (&json!("tracelight:not_the_custodian"), &Value::Null));

    assert_eq!(counter.kinds(&counter.pharmacy).await, ["A1", "A10", "A24", "A3", "A3", "A52", "A68"]);
    // The maker sees those of its products, the regulator all, others none.
    assert_eq!(counter.kinds(&maker).await, ["A10", "A24", "A3", "A3", "A52", "A68"]);
    let regulator = counter.world.sign_in("regulator").await;
    assert_eq!(counter.kinds(&regulator).await.len(), 7);
    let carrier = counter.world.sign_in("carrier").await;
    assert_eq!(counter.kinds(&carrier).await, [""; 0]);
    let differs = &counter.alerts(&maker, "?q=a52").await[0];
    for (name, value) in
        [("expires_on", "2029-10"), ("held_expires_on", "2028-10"), ("lot", "A24K07"), ("action", "dispense")]
    {
        assert_eq!(differs[name], value, "{name}");
    }
    steps(&counter, &number, &maker, &regulator, &carrier).await;
}

async fn steps(counter: &Counter, number: &str, maker: &str, regulator: &str, carrier: &str) {
    let path = format!("/api/v1/alerts/{number}");
    let step = async |who: &str, revision: u32, status: &str, note: &str, answer: u16| {
        let body = json!({ "revision": revision, "status": status, "note": note });
        counter.world.call("PUT", &path, Some(who), Some(body)).await.expect(answer).json()
    };
    assert_eq!(step(&counter.pharmacy, 0, "explained", "  ", 400).await["field"], "note");
    step(&counter.pharmacy, 0, "explained", &"x".repeat(501), 400).await;
    step(carrier, 0, "explained", "x", 404).await;
    let said = step(&counter.pharmacy, 0, "explained", "The robot scanned it again.", 200).await;
    assert_eq!((&said["status"], &said["revision"]), (&json!("explained"), &json!(1)));
    step(maker, 0, "suspicious", "We do not think so.", 409).await;
    let said = step(regulator, 1, "suspicious", "We want to see it.", 200).await;
    assert_eq!((&said["status"], &said["note"]), (&json!("suspicious"), &json!("We want to see it.")));
    assert_eq!(counter.alerts(maker, "?status=suspicious").await.len(), 1);
    let file =
        counter.world.call("GET", "/api/v1/lists/alerts.csv?status=suspicious", Some(maker), None).await.expect(200);
    let file = String::from_utf8(file.body).expect("text");
    assert!(file.contains(number) && file.lines().count() == 2, "{file}");
}

#[tokio::test]
async fn fmd_refusals_at_the_counter_have_codes_and_raise_alerts_on_sqlite() {
    codes_and_alerts(World::start().await).await;
}

#[tokio::test]
async fn fmd_refusals_at_the_counter_have_codes_and_raise_alerts_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    codes_and_alerts(World::on(&database.await.expect("it ran").dsn, scratch).await).await;
}

#[tokio::test]
async fn fmd_several_at_once_are_one_alert() {
    let counter = Counter::of(World::start().await).await;
    counter.act(&counter.printed(0, "A24K07", "281000"), "dispense", 200).await;
    let code = counter.printed(0, "A24K07", "281000");
    let attempts = (0..8).map(|_| counter.act(&code, "destroy", 409));
    // Several at once are one alert.
    let answers = futures::future::join_all(attempts).await;
    let numbers: std::collections::BTreeSet<String> =
        answers.iter().map(|answer| answer["alert"].to_string()).collect();
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    assert_eq!(counter.alerts(&counter.pharmacy, "").await[0]["times"], 8);
}
