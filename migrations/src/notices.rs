//! Public recall notices that members have uploaded, and which products they may concern.

use crate::{Step, index, table, unique};

pub(crate) const STEPS: &[Step] = &[
    // A notice of a member's own collection. `part` tells records of one key apart: authorities repeat keys, and none is lost.
    // `source`: 1 table of the FDA, 2 openFDA, 3 FSIS. `recall_class`: 1 to 3, 4 health alert, 5 none. `status`: 1 ongoing,
    // 2 completed, 3 terminated, 4 unknown. `sort_date`: published, or begun. `content` is the record's texts as JSON; `words` the
    // same in small letters, to search in.
    table(
        "m20261129_920_public_notice",
        "public_notice",
        "member VARCHAR(13) NOT NULL, source SMALLINT NOT NULL, notice_id VARBINARY(200) NOT NULL, part SMALLINT NOT NULL, \
         recall_class SMALLINT NOT NULL, status SMALLINT NOT NULL, sort_date VARCHAR(10) NOT NULL, \
         content MEDIUMBLOB NOT NULL, words MEDIUMBLOB NOT NULL, changed_ms BIGINT NOT NULL, \
         PRIMARY KEY (member, source, notice_id, part)",
    ),
    index("m20261129_921_public_notice_date", "public_notice_date", "public_notice", "member, sort_date"),
    // Which product a notice may concern. `strength`: 1 fact, 2 likely, 3 suggestion. Found anew when products are registered.
    table(
        "m20261129_922_public_notice_match",
        "public_notice_match",
        "member VARCHAR(13) NOT NULL, gtin VARCHAR(14) NOT NULL, source SMALLINT NOT NULL, \
         notice_id VARBINARY(200) NOT NULL, part SMALLINT NOT NULL, strength SMALLINT NOT NULL, \
         PRIMARY KEY (member, gtin, source, notice_id, part)",
    ),
    index(
        "m20261129_923_public_notice_match_notice",
        "public_notice_match_notice",
        "public_notice_match",
        "member, source, notice_id, part",
    ),
    // The products that the matches above were found among: how many, and the block of the newest.
    table(
        "m20261129_924_public_notice_matched",
        "public_notice_matched",
        "member VARCHAR(13) NOT NULL PRIMARY KEY, products BIGINT NOT NULL, height BIGINT NOT NULL",
    ),
    // An uploaded file. `state`: 1 checked, 2 applied. `told` is what the check found, as JSON. The file is kept until newer
    // ones push it out.
    table(
        "m20261129_925_notice_import",
        "notice_import",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, name VARCHAR(200) NOT NULL, \
         content_hash VARBINARY(32) NOT NULL, state SMALLINT NOT NULL, told MEDIUMBLOB NOT NULL, file MEDIUMBLOB NOT NULL, \
         user_name VARCHAR(64) NOT NULL, created_ms BIGINT NOT NULL",
    ),
    unique("m20261129_926_notice_import_content", "notice_import_content", "notice_import", "member, content_hash"),
];
