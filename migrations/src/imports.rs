//! What people upload as tables, their address books, the numbers of cases and pallets that were given out, and how the
//! serials of a product look.

use crate::{Step, index, table, unique};

pub(crate) const STEPS: &[Step] = &[
    // A job. `state`: 1 checked, 2 refused, 3 applying, 4 applied, 5 undone. `content_hash` covers file and mapping: the same
    // upload again finds this row. `told` is the first faults as JSON.
    table(
        "m20261128_301_import_job",
        "import_job",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, kind SMALLINT NOT NULL, \
         name VARCHAR(200) NOT NULL, content_hash VARBINARY(32) NOT NULL, mapping VARCHAR(2000) NOT NULL, \
         state SMALLINT NOT NULL, row_count BIGINT NOT NULL, refused BIGINT NOT NULL, faults BIGINT NOT NULL, \
         told MEDIUMBLOB NOT NULL, applied BIGINT NOT NULL, user_name VARCHAR(64) NOT NULL, created_ms BIGINT NOT NULL",
    ),
    unique("m20261128_302_import_job_content", "import_job_content", "import_job", "member, kind, content_hash"),
    // The file itself, as long as it may be needed.
    table(
        "m20261128_303_import_file",
        "import_file",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, content MEDIUMBLOB NOT NULL",
    ),
    // Which code orders an import made.
    table(
        "m20261128_304_import_order",
        "import_order",
        "import_id VARBINARY(16) NOT NULL, order_id VARBINARY(16) NOT NULL, PRIMARY KEY (import_id, order_id)",
    ),
    // An entry of an address book; of several with one GLN the one of the greatest `seq` counts, so that undoing an import
    // shows what was there before.
    table(
        "m20261128_305_partner",
        "partner",
        "member VARCHAR(13) NOT NULL, gln VARCHAR(13) NOT NULL, seq BIGINT NOT NULL, import_id VARBINARY(16) NOT NULL, \
         name_zh VARCHAR(200) NOT NULL, name_en VARCHAR(200) NOT NULL, partner_role VARCHAR(20) NOT NULL, \
         licence VARCHAR(200) NOT NULL, licence_until VARCHAR(10) NULL, PRIMARY KEY (member, gln, seq)",
    ),
    index("m20261128_306_partner_import", "partner_import", "partner", "import_id"),
    // The next serial reference of a company prefix and extension digit.
    table(
        "m20261128_307_sscc_counter",
        "sscc_counter",
        "company_prefix VARCHAR(12) NOT NULL, extension SMALLINT NOT NULL, next_ref BIGINT NOT NULL, \
         PRIMARY KEY (company_prefix, extension)",
    ),
    // `alphabet`: 1 readable, 2 digits, 3 hexadecimal. A product without a row has the default.
    table(
        "m20261128_308_code_rule",
        "code_rule",
        "gtin VARCHAR(14) NOT NULL PRIMARY KEY, prefix VARCHAR(20) NOT NULL, alphabet SMALLINT NOT NULL, \
         length SMALLINT NOT NULL",
    ),
];
