//! How the serials of a product look, where its maker has said so.

use super::entity::code_rule;
use super::{Store, StoreError};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::serial::{Alphabet, CodeRule};

const ALPHABETS: [(i16, Alphabet); 3] = [(1, Alphabet::Readable), (2, Alphabet::Digits), (3, Alphabet::Hexadecimal)];

impl Store {
    /// The rule of a product; `None` where the default holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn code_rule(&self, gtin: Gtin) -> Result<Option<CodeRule>, StoreError> {
        let row = code_rule::Entity::find_by_id(gtin.to_string()).one(self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let alphabet = ALPHABETS.into_iter().find(|(code, _)| *code == row.alphabet);
        let (_, alphabet) = alphabet.ok_or_else(|| StoreError::corrupt("code_rule", "alphabet", row.alphabet))?;
        let rule = CodeRule::new(&row.prefix, alphabet, usize::try_from(row.length).unwrap_or(0));
        rule.map(Some).map_err(|error| StoreError::corrupt("code_rule", "length", error))
    }

    /// Writes the rule of a product, for the orders placed from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_code_rule(&self, gtin: Gtin, rule: &CodeRule) -> Result<(), StoreError> {
        let code = ALPHABETS.into_iter().find(|(_, alphabet)| *alphabet == rule.alphabet()).map_or(1, |(code, _)| code);
        let row = code_rule::Model {
            gtin: gtin.to_string(),
            prefix: rule.prefix().to_owned(),
            alphabet: code,
            // At most twenty.
            length: i16::try_from(rule.length()).unwrap_or(20),
        };
        let columns = [code_rule::Column::Prefix, code_rule::Column::Alphabet, code_rule::Column::Length];
        let newer = OnConflict::column(code_rule::Column::Gtin).update_columns(columns).to_owned();
        let insert = code_rule::Entity::insert(row.into_active_model()).on_conflict(newer);
        insert.exec_without_returning(self.writer()).await?;
        Ok(())
    }
}
