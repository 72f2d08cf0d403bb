//! What makers link to from their products' Digital Links.

use crate::{Step, index, table};

pub(crate) const STEPS: &[Step] = &[
    // `qualifiers` is the path below the GTIN as a Digital Link writes it, percent-encoded: empty for the product, then
    // `/22/…`, `/10/…`, `/21/…` in their order. `hreflang` and `context` are lists with commas. Of several links of a level
    // with `is_default` 1 the one that was changed last counts.
    table(
        "m20261128_501_product_link",
        "product_link",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, gtin VARCHAR(14) NOT NULL, qualifiers VARBINARY(255) NOT NULL, \
         link_type VARCHAR(40) NOT NULL, href VARCHAR(1024) NOT NULL, title VARCHAR(200) NOT NULL, \
         hreflang VARCHAR(60) NOT NULL, media_type VARCHAR(60) NULL, context VARCHAR(300) NOT NULL, \
         is_default SMALLINT NOT NULL, forward_query SMALLINT NOT NULL, changed_ms BIGINT NOT NULL",
    ),
    index("m20261128_502_product_link_level", "product_link_level", "product_link", "gtin, qualifiers"),
];
