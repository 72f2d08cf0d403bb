//! The rows, one module a table. Private to the store: repositories take and return types of `domain` and `api`.
//!
//! What each column means stands beside its table in the crate `migrations`.

/// A table's entity, without the relations that nobody follows.
macro_rules! table {
    ($name:ident, $table:literal, { $($(#[$attr:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        pub mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$attr])* pub $field: $type,)+
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

table!(rm_marker, "rm_marker", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i16,
    height: i64,
    block_id: Vec<u8>,
    outcomes: Vec<u8>,
    time_ms: i64,
    events: i64,
});
table!(rm_object, "rm_object", {
    #[sea_orm(primary_key, auto_increment = false)]
    object_key: Vec<u8>,
    state: Vec<u8>,
});
table!(rm_event, "rm_event", {
    #[sea_orm(primary_key, auto_increment = false)]
    object_key: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    seq: i64,
    kind: i16,
    height: i64,
    time_ms: i64,
    actor: String,
    peer: Option<String>,
    container: Option<String>,
    withdraws: Option<i64>,
    tx_id: Vec<u8>,
});
table!(rm_block, "rm_block", {
    #[sea_orm(primary_key, auto_increment = false)]
    slot: i16,
    height: i64,
    block_id: Vec<u8>,
});
table!(rm_tx, "rm_tx", {
    tx_id: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    height: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pos: i64,
    signer: Vec<u8>,
    nonce: Vec<u8>,
    code: i16,
    time_ms: i64,
});
table!(rm_product, "rm_product", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    maker: String,
    name_en: String,
    name_zh: String,
    detail: String,
    approval: String,
    hotline: String,
    kind: i16,
    tx_id: Vec<u8>,
    height: i64,
    time_ms: i64,
});
table!(rm_batch, "rm_batch", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    lot: Vec<u8>,
    maker: String,
    made_on: String,
    expires_on: String,
    recalled: Option<i16>,
    reg_tx: Vec<u8>,
    reg_height: i64,
    reg_ms: i64,
    seal_tx: Option<Vec<u8>>,
    seal_height: Option<i64>,
    seal_ms: Option<i64>,
    tree_root: Option<Vec<u8>>,
    unit_count: Option<i64>,
    count_salt: Option<Vec<u8>>,
    rejected: Option<i64>,
    sampled: Option<i64>,
});
table!(rm_logistic, "rm_logistic", {
    #[sea_orm(primary_key, auto_increment = false)]
    sscc: String,
    level: i16,
    status: i16,
    shipment: Option<Vec<u8>>,
    custodian: String,
    parent: Option<String>,
    content_root: Vec<u8>,
    content_count: i64,
    made_by: String,
    made_tx: Vec<u8>,
    made_height: i64,
    last_tx: Vec<u8>,
    last_height: i64,
    last_ms: i64,
});
table!(rm_case_content, "rm_case_content", {
    #[sea_orm(primary_key, auto_increment = false)]
    sscc: String,
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    lot: Vec<u8>,
    units: i64,
});
table!(rm_shipment, "rm_shipment", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    sender: String,
    receiver: String,
    status: i16,
    due_ms: i64,
    ship_tx: Vec<u8>,
    ship_height: i64,
    ship_ms: i64,
    answer_tx: Option<Vec<u8>>,
    answer_height: Option<i64>,
    answer_ms: Option<i64>,
});
table!(rm_shipment_object, "rm_shipment_object", {
    #[sea_orm(primary_key, auto_increment = false)]
    shipment: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    idx: i64,
    sscc: String,
});
table!(rm_shipment_case, "rm_shipment_case", {
    #[sea_orm(primary_key, auto_increment = false)]
    shipment: Vec<u8>,
    pallet: String,
    #[sea_orm(primary_key, auto_increment = false)]
    sscc: String,
});
table!(rm_shipment_remark, "rm_shipment_remark", {
    #[sea_orm(primary_key, auto_increment = false)]
    shipment: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    sscc: String,
    remark: i16,
});
table!(rm_unit, "rm_unit", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    serial: Vec<u8>,
    lot: Vec<u8>,
    status: i16,
    custodian: String,
    since_ms: i64,
    case_sscc: Option<String>,
    tx_id: Vec<u8>,
    height: i64,
});
table!(rm_recall, "rm_recall", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    gtin: String,
    lot: Vec<u8>,
    recall_class: i16,
    drill: i16,
    status: i16,
    opened_by: Vec<u8>,
    opened_for: String,
    notice: Vec<u8>,
    open_tx: Vec<u8>,
    open_height: i64,
    open_ms: i64,
    approve_tx: Option<Vec<u8>>,
    approve_height: Option<i64>,
    approve_ms: Option<i64>,
    close_tx: Option<Vec<u8>>,
    close_height: Option<i64>,
    close_ms: Option<i64>,
});
table!(rm_device, "rm_device", {
    #[sea_orm(primary_key, auto_increment = false)]
    device_key: Vec<u8>,
    member: String,
    label: String,
    tx_id: Vec<u8>,
    height: i64,
    time_ms: i64,
});
table!(app_user, "app_user", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    name: String,
    member: String,
    user_role: i16,
    password_hash: String,
    created_ms: i64,
    administrator: i16,
    suspended_ms: Option<i64>,
    asked_role: Option<i16>,
    asked_administrator: Option<i16>,
    asked_by: Option<Vec<u8>>,
    asked_ms: Option<i64>,
});
table!(app_session, "app_session", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    data: Vec<u8>,
    expires_ms: i64,
    user_id: Option<Vec<u8>>,
    begun_ms: Option<i64>,
    seen_ms: Option<i64>,
    browser: Option<String>,
});
table!(batch_plan, "batch_plan", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    lot: Vec<u8>,
    member: String,
    quantity: i64,
    batch_secret: Vec<u8>,
});
table!(code_order, "code_order", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    gtin: String,
    lot: Vec<u8>,
    member: String,
    wanted: i64,
    made: i64,
    signed: i16,
    state: i16,
    created_ms: i64,
    started_ms: Option<i64>,
    updated_ms: i64,
    made_before: i64,
    worker: Option<Vec<u8>>,
    lease_ms: i64,
    error: Option<String>,
});
table!(code, "code", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    serial: Vec<u8>,
    lot: Vec<u8>,
    order_id: Vec<u8>,
    seq: i64,
    state: i16,
    block_id: Option<Vec<u8>>,
});
table!(code_block, "code_block", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    gtin: String,
    lot: Vec<u8>,
    line: String,
    given_by: String,
    codes: i64,
    taken_ms: i64,
});
table!(number_act, "number_act", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    gtin: String,
    lot: Vec<u8>,
    kind: i16,
    line: Option<String>,
    codes: i64,
    reason: String,
    user_id: Vec<u8>,
    user_name: String,
    at_ms: i64,
});
table!(books_closed, "books_closed", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    lot: Vec<u8>,
    user_name: String,
    at_ms: i64,
});
table!(manifest_batch, "manifest_batch", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    lot: Vec<u8>,
    member: String,
    tx_id: Vec<u8>,
    units: i64,
    count_salt: Vec<u8>,
    state: i16,
    line: Option<String>,
});
table!(manifest_unit, "manifest_unit", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    lot: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    idx: i64,
    serial: Vec<u8>,
});
table!(manifest_case, "manifest_case", {
    #[sea_orm(primary_key, auto_increment = false)]
    sscc: String,
    member: String,
    tx_id: Vec<u8>,
    gtin: String,
    units: i64,
    checked: i16,
});
table!(manifest_case_unit, "manifest_case_unit", {
    #[sea_orm(primary_key, auto_increment = false)]
    sscc: String,
    #[sea_orm(primary_key, auto_increment = false)]
    idx: i64,
    gtin: String,
    lot: Vec<u8>,
    serial: Vec<u8>,
});
table!(recall_text, "recall_text", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    reason_en: String,
    reason_zh: String,
    advice_en: String,
    advice_zh: String,
    opened_by: String,
    approved_by: Option<String>,
});
table!(scan_check, "scan_check", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    gtin: String,
    serial: Vec<u8>,
    lot: Option<Vec<u8>>,
    at_ms: i64,
    device: Vec<u8>,
    verdict: i16,
    cell: Option<i64>,
    today: Option<Vec<u8>>,
});
table!(scan_report, "scan_report", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    case_number: String,
    gtin: String,
    serial: Vec<u8>,
    lot: Option<Vec<u8>>,
    at_ms: i64,
    what: String,
    detail: String,
    contact_sealed: Option<Vec<u8>>,
});
table!(audit, "audit", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    at_ms: i64,
    user_id: Vec<u8>,
    user_name: String,
    member: String,
    action: String,
    tx_id: Vec<u8>,
    outcome: String,
    height: Option<i64>,
});
table!(idempotency, "idempotency", {
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    key_hash: Vec<u8>,
    request_hash: Vec<u8>,
    tx: Vec<u8>,
    at_ms: i64,
});
table!(import_job, "import_job", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    member: String,
    kind: i16,
    name: String,
    content_hash: Vec<u8>,
    mapping: String,
    state: i16,
    row_count: i64,
    refused: i64,
    faults: i64,
    told: Vec<u8>,
    applied: i64,
    user_name: String,
    created_ms: i64,
});
table!(import_file, "import_file", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    content: Vec<u8>,
});
table!(import_order, "import_order", {
    #[sea_orm(primary_key, auto_increment = false)]
    import_id: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    order_id: Vec<u8>,
});
table!(partner, "partner", {
    #[sea_orm(primary_key, auto_increment = false)]
    member: String,
    #[sea_orm(primary_key, auto_increment = false)]
    gln: String,
    #[sea_orm(primary_key, auto_increment = false)]
    seq: i64,
    import_id: Vec<u8>,
    name_zh: String,
    name_en: String,
    partner_role: String,
    licence: String,
    licence_until: Option<String>,
});
table!(sscc_counter, "sscc_counter", {
    #[sea_orm(primary_key, auto_increment = false)]
    company_prefix: String,
    #[sea_orm(primary_key, auto_increment = false)]
    extension: i16,
    next_ref: i64,
});
table!(code_rule, "code_rule", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    prefix: String,
    alphabet: i16,
    length: i16,
});
table!(product_link, "product_link", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    gtin: String,
    qualifiers: Vec<u8>,
    link_type: String,
    href: String,
    title: String,
    hreflang: String,
    media_type: Option<String>,
    context: String,
    is_default: i16,
    forward_query: i16,
    changed_ms: i64,
});
table!(mark_policy, "mark_policy", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    kinds: String,
    good_for_ms: i64,
    confidence_min: i16,
    changed_ms: i64,
    user_name: String,
});
table!(mark_enrolment, "mark_enrolment", {
    #[sea_orm(primary_key, auto_increment = false)]
    gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    serial: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    kind: String,
    finder: Option<Vec<u8>>,
    enrolment: Vec<u8>,
    made_ms: i64,
});
table!(mark_outcome, "mark_outcome", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    gtin: String,
    serial: Vec<u8>,
    at_ms: i64,
    record: Vec<u8>,
});
