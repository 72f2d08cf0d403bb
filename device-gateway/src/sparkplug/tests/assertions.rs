//! The 299 assertions of Sparkplug 3.0: which of them are a host's, which a host can check of an edge node, and where.
//! What is left is the duty of edge nodes and brokers alone.

use std::collections::BTreeSet;

/// What a host has to do, by the test (or the helper of tests) that shows it.
const OURS: &[(&str, &[&str])] = &[
    (
        "state_is_will_and_birth_of_the_same_moment_retained_at_qos_1_and_never_goes_back",
        &[
            "components-ph-state",
            "conformance-primary-host",
            "host-topic-phid-birth-message",
            "host-topic-phid-birth-payload",
            "host-topic-phid-birth-payload-timestamp",
            "host-topic-phid-birth-qos",
            "host-topic-phid-birth-required",
            "host-topic-phid-birth-retain",
            "host-topic-phid-birth-sub-required",
            "host-topic-phid-birth-topic",
            "host-topic-phid-death-payload",
            "host-topic-phid-death-payload-timestamp-connect",
            "host-topic-phid-death-payload-timestamp-disconnect-clean",
            "host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet",
            "host-topic-phid-death-qos",
            "host-topic-phid-death-required",
            "host-topic-phid-death-retain",
            "host-topic-phid-death-topic",
            "intro-sparkplug-host-state",
            "message-flow-hid-sparkplug-state-message-delivered",
            "message-flow-phid-sparkplug-clean-session-311",
            "message-flow-phid-sparkplug-clean-session-50",
            "message-flow-phid-sparkplug-state-publish",
            "message-flow-phid-sparkplug-state-publish-payload",
            "message-flow-phid-sparkplug-state-publish-payload-timestamp",
            "message-flow-phid-sparkplug-subscription",
            "operational-behavior-host-application-connect-birth",
            "operational-behavior-host-application-connect-birth-payload",
            "operational-behavior-host-application-connect-birth-qos",
            "operational-behavior-host-application-connect-birth-retained",
            "operational-behavior-host-application-connect-birth-topic",
            "operational-behavior-host-application-connect-will",
            "operational-behavior-host-application-connect-will-payload",
            "operational-behavior-host-application-connect-will-qos",
            "operational-behavior-host-application-connect-will-retained",
            "operational-behavior-host-application-connect-will-topic",
            "operational-behavior-host-application-death-payload",
            "operational-behavior-host-application-death-qos",
            "operational-behavior-host-application-death-retained",
            "operational-behavior-host-application-death-topic",
            "operational-behavior-host-application-disconnect-intentional",
            "operational-behavior-host-application-host-id",
            "operational-behavior-host-application-multi-server-timestamp",
            "operational-behavior-host-application-termination",
            "operational-behavior-primary-application-state-with-multiple-servers-state",
            "payloads-state-birth",
            "payloads-state-birth-payload",
            "payloads-state-subscribe",
            "payloads-state-will-message",
            "payloads-state-will-message-payload",
            "payloads-state-will-message-qos",
            "payloads-state-will-message-retain",
        ],
    ),
    (
        "rebirths",
        &[
            "operational-behavior-data-commands-ncmd-metric-name",
            "operational-behavior-data-commands-ncmd-metric-value",
            "operational-behavior-data-commands-ncmd-rebirth-name",
            "operational-behavior-data-commands-ncmd-rebirth-value",
            "operational-behavior-data-commands-ncmd-rebirth-verb",
            "operational-behavior-data-commands-ncmd-verb",
            "payloads-ncmd-qos",
            "payloads-ncmd-retain",
            "payloads-ncmd-seq",
            "payloads-ncmd-timestamp",
            "topics-ncmd-mqtt",
            "topics-ncmd-payload",
            "topics-ncmd-timestamp",
            "topics-ncmd-topic",
        ],
    ),
    (
        "a_device_that_died_is_stale_by_the_time_in_its_message_and_comes_back_with_a_birth",
        &[
            "operational-behavior-edge-node-termination-host-action-ddeath-devices-offline",
            "operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale",
        ],
    ),
    (
        "a_session_is_birth_data_by_alias_and_by_name_and_death",
        &[
            "operational-behavior-edge-node-termination-host-action-ndeath-devices-offline",
            "operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale",
            "operational-behavior-edge-node-termination-host-action-ndeath-node-offline",
            "operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale",
        ],
    ),
    (
        "numbers_wrap_and_what_is_out_of_order_waits_for_what_is_missing",
        &[
            "operational-behavior-host-reordering-param",
            "operational-behavior-host-reordering-rebirth",
            "operational-behavior-host-reordering-start",
            "operational-behavior-host-reordering-success",
        ],
    ),
];

/// What an edge node has to do and this host relies on and checks, by the test that shows what happens otherwise.
const CHECKED: &[(&str, &[&str])] = &[
    (
        "topics_read_as_the_specification_says_and_nothing_else_does",
        &[
            "intro-device-id-chars",
            "intro-device-id-string",
            "intro-edge-node-id-chars",
            "intro-edge-node-id-string",
            "intro-group-id-chars",
            "intro-group-id-string",
            "message-flow-device-birth-publish-dbirth-topic",
            "message-flow-edge-node-birth-publish-nbirth-topic",
            "message-flow-edge-node-birth-publish-will-message-topic",
            "topic-structure",
            "topic-structure-namespace-a",
            "topic-structure-namespace-device-id-associated-message-types",
            "topic-structure-namespace-device-id-non-associated-message-types",
            "topic-structure-namespace-valid-device-id",
            "topic-structure-namespace-valid-edge-node-id",
            "topic-structure-namespace-valid-group-id",
            "topics-dbirth-topic",
            "topics-ddata-topic",
            "topics-ddeath-topic",
            "topics-nbirth-topic",
            "topics-ndata-topic",
            "topics-ndeath-topic",
        ],
    ),
    (
        "a_session_is_birth_data_by_alias_and_by_name_and_death",
        &[
            "message-flow-device-birth-publish-dbirth-match-edge-node-topic",
            "message-flow-device-birth-publish-nbirth-wait",
            "message-flow-edge-node-birth-publish-will-message-payload-bdSeq",
            "payloads-alias-data-cmd-requirement",
            "payloads-dbirth-order",
            "payloads-ddata-order",
            "payloads-metric-datatype-not-req",
            "payloads-nbirth-bdseq-repeat",
            "payloads-ndata-order",
            "payloads-ndeath-bdseq",
            "payloads-ndeath-seq",
            "principles-birth-certificates-order",
            "topics-nbirth-bdseq-matching",
            "topics-ndeath-payload",
            "topics-ndeath-seq",
        ],
    ),
    (
        "what_is_wrong_is_named_and_does_no_harm",
        &[
            "message-flow-device-birth-publish-dbirth-payload",
            "message-flow-device-birth-publish-dbirth-retained",
            "message-flow-edge-node-birth-publish-nbirth-payload",
            "message-flow-edge-node-birth-publish-nbirth-payload-bdSeq",
            "message-flow-edge-node-birth-publish-nbirth-payload-seq",
            "message-flow-edge-node-birth-publish-nbirth-retained",
            "message-flow-edge-node-birth-publish-will-message-payload",
            "payloads-alias-birth-requirement",
            "payloads-alias-uniqueness",
            "payloads-dbirth-retain",
            "payloads-ddata-retain",
            "payloads-metric-datatype-req",
            "payloads-metric-datatype-value",
            "payloads-metric-datatype-value-type",
            "payloads-name-requirement",
            "payloads-nbirth-bdseq",
            "payloads-nbirth-retain",
            "payloads-nbirth-seq",
            "payloads-ndata-retain",
            "payloads-propertyset-keys-array-size",
            "payloads-propertyset-values-array-size",
            "payloads-sequence-num-req-nbirth",
            "topics-nbirth-bdseq-included",
            "topics-nbirth-seq-num",
        ],
    ),
    (
        "numbers_wrap_and_what_is_out_of_order_waits_for_what_is_missing",
        &[
            "message-flow-device-birth-publish-dbirth-payload-seq",
            "payloads-dbirth-seq",
            "payloads-dbirth-seq-inc",
            "payloads-ddata-seq",
            "payloads-ddata-seq-inc",
            "payloads-ddeath-seq",
            "payloads-ddeath-seq-inc",
            "payloads-ddeath-seq-number",
            "payloads-ndata-seq",
            "payloads-ndata-seq-inc",
            "payloads-sequence-num-always-included",
            "payloads-sequence-num-incrementing",
            "topics-dbirth-seq",
            "topics-ddata-seq-num",
            "topics-ddeath-seq-num",
            "topics-ndata-seq-num",
        ],
    ),
    (
        "a_device_that_died_is_stale_by_the_time_in_its_message_and_comes_back_with_a_birth",
        &["operational-behavior-device-ddeath", "payloads-ddeath-timestamp"],
    ),
];

/// Not ours, by the beginning of the id.
const NOT_OURS: &[(&str, &str)] = &[
    ("conformance-mqtt-", "the broker's"),
    ("topics-dcmd-", "this host sends no commands to devices"),
    ("payloads-dcmd-", "this host sends no commands to devices"),
    ("operational-behavior-data-commands-dcmd-", "this host sends no commands to devices"),
    ("operational-behavior-primary-application-state-with-multiple-servers-state-subs", "one broker for each gateway"),
    ("operational-behavior-primary-application-", "an edge node's, with several brokers"),
    ("case-sensitivity-", "advice to whoever names edge nodes and metrics"),
    ("intro-edge-node-id-uniqueness", "whoever names edge nodes"),
    ("topic-structure-namespace-", "whoever names edge nodes"),
    ("message-flow-device-", "an edge node's"),
    ("message-flow-edge-node-", "an edge node's"),
    ("operational-behavior-data-commands-rebirth-", "an edge node's"),
    ("operational-behavior-data-publish-", "an edge node's"),
    ("operational-behavior-edge-node-", "an edge node's"),
    ("payloads-dataset-", "an edge node's; this host keeps data sets as bytes and reads nothing in them"),
    ("payloads-template-", "an edge node's; this host keeps templates as bytes and reads nothing in them"),
    ("payloads-", "an edge node's"),
    ("principles-", "an edge node's"),
    ("topics-", "an edge node's"),
];

#[test]
fn every_assertion_has_its_place() {
    let Some(path) = tracelight_testkit::data::shared_data("sparkplug/assertions.json") else { return };
    let text = std::fs::read_to_string(path).expect("a file");
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list");
    let id =
        |entry: &serde_json::Value| entry["id"].as_str().and_then(|id| id.strip_prefix("tck-id-")).map(str::to_owned);
    let mut open: BTreeSet<String> = list.iter().filter_map(id).collect();
    assert_eq!(open.len(), 299);
    let tests = concat!(include_str!("../tests.rs"), include_str!("../topic.rs"));
    for (test, ids) in OURS.iter().chain(CHECKED) {
        assert!(tests.contains(&format!("fn {test}(")), "there is no test `{test}`");
        for id in *ids {
            assert!(open.remove(*id), "`{id}` stands twice, or is no assertion");
        }
    }
    let count = |table: &[(&str, &[&str])]| table.iter().map(|(_, ids)| ids.len()).sum::<usize>();
    assert_eq!((count(OURS), count(CHECKED)), (76, 79));
    for id in &open {
        assert!(NOT_OURS.iter().any(|(front, _)| id.starts_with(front)), "`{id}` has no place");
    }
    for (front, _) in NOT_OURS {
        assert!(open.iter().any(|id| id.starts_with(front)), "nothing begins with `{front}`");
    }
}
