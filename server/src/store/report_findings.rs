//! What cases ended with, as the rules of risk learn it: for one code, and over all cases for each rule.

use super::convert::uint;
use super::{Store, StoreError, sql};
use sea_orm::Value;
use sea_orm::prelude::*;
use std::collections::BTreeMap;
use tracelight_api::rest::report::{Finding, RuleRecord, RulesRecord};
use tracelight_domain::ids::{MemberId, UnitId};
use tracelight_domain::risk::Examined;

/// Where no rule said anything.
const SILENT: &str = "none";

impl Store {
    /// The newest finding about a pack that carried this code.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn examined(&self, unit: &UnitId) -> Result<Option<Examined>, StoreError> {
        let text = "SELECT i.finding, i.changed_ms FROM scan_report r JOIN report_case i ON i.report_id = r.id \
                    WHERE r.gtin = ? AND r.serial = ? AND i.status = 'closed' AND i.finding IN ('fake', 'no_fake') \
                    ORDER BY i.changed_ms DESC, i.report_id LIMIT 1";
        let values: [Value; 2] = [unit.gtin.to_string().into(), unit.serial.as_bytes().to_vec().into()];
        let Some(row) = self.reader().query_one_raw(sql(self.reader(), text, values)).await? else { return Ok(None) };
        let finding: String = row.try_get("", "finding")?;
        let is_fake = finding == Finding::Fake.word();
        Ok(Some(Examined { at_ms: uint(row.try_get("", "changed_ms")?), is_fake }))
    }

    /// What the rules had said of codes whose packs were then examined: of a maker's products, or of all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rules_record(&self, maker: Option<MemberId>) -> Result<RulesRecord, StoreError> {
        let of = if maker.is_some() { "AND p.maker = ? " } else { "" };
        let text = format!(
            "SELECT i.finding, i.rules, COUNT(*) AS cases FROM report_case i JOIN scan_report r ON r.id = i.report_id \
             LEFT JOIN rm_product p ON p.gtin = r.gtin \
             WHERE i.status = 'closed' AND i.finding IN ('fake', 'no_fake') AND i.rules IS NOT NULL {of}\
             GROUP BY i.finding, i.rules"
        );
        let values = maker.map(|maker| Value::from(maker.to_string()));
        let mut record = RulesRecord::default();
        let mut by_rule: BTreeMap<String, RuleRecord> = BTreeMap::new();
        for row in self.reader().query_all_raw(sql(self.reader(), &text, values)).await? {
            let (finding, rules): (String, String) = (row.try_get("", "finding")?, row.try_get("", "rules")?);
            let (is_fake, cases) = (finding == Finding::Fake.word(), uint(row.try_get("", "cases")?));
            let count = |fake: &mut u64, no_fake: &mut u64| *(if is_fake { fake } else { no_fake }) += cases;
            count(&mut record.fake, &mut record.no_fake);
            let rules = if rules.is_empty() { SILENT } else { rules.as_str() };
            for rule in rules.split(',') {
                let new = || RuleRecord { rule: rule.to_owned(), fake: 0, no_fake: 0 };
                let entry = by_rule.entry(rule.to_owned()).or_insert_with(new);
                count(&mut entry.fake, &mut entry.no_fake);
            }
        }
        record.rules = by_rule.into_values().collect();
        record.rules.sort_by_key(|rule| (rule.rule == SILENT, std::cmp::Reverse(rule.fake + rule.no_fake)));
        Ok(record)
    }
}
