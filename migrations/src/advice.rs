//! Advice to whoever has used what is recalled.

use crate::{Step, column};

const KIND: &str = "VARCHAR(1000) NOT NULL DEFAULT ''";

pub(crate) const STEPS: &[Step] = &[
    column("m20261130_951_recall_text_advice_en", "recall_text", "advice_en", KIND),
    column("m20261130_952_recall_text_advice_zh", "recall_text", "advice_zh", KIND),
    column("m20261130_953_recall_case_advice_en", "recall_case", "advice_en", KIND),
    column("m20261130_954_recall_case_advice_zh", "recall_case", "advice_zh", KIND),
];
