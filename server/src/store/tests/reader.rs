//! Snapshots: one moment for all reads, and no connection that stays behind.

use super::*;

on_both! {
    a_snapshot_sees_one_moment_and_writers_go_on
    a_dropped_snapshot_gives_its_connection_back
}

async fn secret(store: &Store, name: &str, fresh: u8) -> [u8; 32] {
    store.shared_secret(name, [fresh; 32], 1).await.expect("it works")
}

async fn secrets(store: &Store) -> i64 {
    let count = sql(store.reader(), "SELECT COUNT(*) AS n FROM server_secret", []);
    let row = store.reader().query_one_raw(count).await.expect("counted").expect("a row");
    row.try_get("", "n").expect("a number")
}

async fn a_snapshot_sees_one_moment_and_writers_go_on(store: Store) {
    secret(&store, "one", 1).await;
    let moment = store.snapshot().await.expect("a snapshot");
    assert_eq!(secrets(&moment).await, 1);
    secret(&store, "two", 2).await;
    assert_eq!((secrets(&moment).await, secrets(&store).await), (1, 2));
    let same = moment.snapshot().await.expect("the same");
    assert_eq!(secrets(&same).await, 1, "of a snapshot it is the same moment");
    drop((moment, same));
    assert_eq!(secrets(&store.snapshot().await.expect("another")).await, 2);
}

async fn a_dropped_snapshot_gives_its_connection_back(store: Store) {
    for at in 0..3 * CONNECTIONS_MAX {
        let moment = store.snapshot().await.expect("a connection is free");
        assert_eq!(secrets(&moment).await, 0, "{at}");
    }
}
