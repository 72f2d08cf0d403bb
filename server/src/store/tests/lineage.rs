//! What tests of the graph need of the database: a second maker, and what bounds leave of a wide lineage.

use super::projection::insert_all;
use super::*;
use sea_orm::{ConnectionTrait as _, IntoActiveModel as _};
use tracelight_domain::state::{History, ObjectId, ObjectState, StateBody};
use tracelight_domain::trace::{Bounds, Direction, Gap, Sight};
use tracelight_proof::codec::Canonical as _;

on_both! {
    a_wide_lineage_is_read_in_parts_and_cut_at_the_bound
}

impl Store {
    /// Writes another maker into the read model: the chain of the tests has one manufacturer.
    pub(crate) async fn give_lot(&self, lot: &BatchId, maker: MemberId) {
        let values = [maker.to_string().into(), lot.gtin.to_string().into(), lot.lot.as_bytes().to_vec().into()];
        let statement = sql(self.writer(), "UPDATE rm_batch SET maker = ? WHERE gtin = ? AND lot = ?", values);
        let done = self.writer().execute_raw(statement).await.expect("the database works");
        assert_eq!(done.rows_affected(), 1, "{lot} is there");
    }
}

impl Store {
    /// Writes a lineage of so many lots into the read model: one lot into 128 others of the same maker, these into the rest.
    pub(crate) async fn put_lineage(&self, root: &BatchId, maker: MemberId, lots: usize) {
        let named = |at: usize| match at {
            0 => root.clone(),
            _ => BatchId { gtin: root.gtin, lot: Lot::parse(&format!("N{at:05}")).expect("a lot of constants") },
        };
        let mut rows = Rows::default();
        rows.add(root, Vec::new(), (1..=128).map(named).collect());
        for at in 1..lots {
            let from = if at <= 128 { 0 } else { 1 + at % 128 };
            let into = if at <= 128 {
                (129..lots).filter(|other| 1 + other % 128 == at).map(named).collect()
            } else {
                Vec::new()
            };
            rows.add(&named(at), vec![named(from)], into);
        }
        for lot in &mut rows.lots {
            lot.maker = sea_orm::Set(maker.to_string());
        }
        rows.write(self).await;
    }
}

/// Rows of a sealed lot with its lineage.
#[derive(Default)]
struct Rows {
    lots: Vec<entity::rm_batch::ActiveModel>,
    lineages: Vec<entity::rm_object::ActiveModel>,
}

impl Rows {
    fn add(&mut self, lot: &BatchId, made_from: Vec<BatchId>, made_into: Vec<BatchId>) {
        let row = entity::rm_batch::Model {
            gtin: lot.gtin.to_string(),
            lot: lot.lot.as_bytes().to_vec(),
            maker: gln(1).to_string(),
            made_on: "2026-10-01".to_owned(),
            expires_on: "2028-09-30".to_owned(),
            recalled: None,
            reg_tx: vec![0; 32],
            reg_height: 1,
            reg_ms: 1,
            seal_tx: None,
            seal_height: None,
            seal_ms: None,
            tree_root: None,
            unit_count: Some(1),
            count_salt: None,
            rejected: None,
            sampled: None,
        };
        self.lots.push(row.into_active_model());
        let state = ObjectState { history: History::EMPTY, body: StateBody::Lineage { made_from, made_into } };
        let object_key = ObjectId::Lineage(lot.clone()).to_bytes();
        let row = entity::rm_object::Model { object_key, state: state.to_bytes() };
        self.lineages.push(row.into_active_model());
    }

    async fn write(self, store: &Store) {
        let txn = store.begin().await.expect("a transaction");
        insert_all::<entity::rm_batch::Entity, _>(&txn, self.lots).await.expect("written");
        insert_all::<entity::rm_object::Entity, _>(&txn, self.lineages).await.expect("written");
        txn.commit().await.expect("committed");
    }
}

fn gln(number: u64) -> MemberId {
    MemberId::build("6901234", number).expect("a GLN of constants")
}

fn lot(gtin: u64, name: &str) -> BatchId {
    let gtin = Gtin::build(0, "6901234", gtin).expect("a GTIN of constants");
    BatchId { gtin, lot: Lot::parse(name).expect("a lot of constants") }
}

/// One lot into 25, each of these into 25 of another product: more than one list of keys holds, of several products.
async fn a_wide_lineage_is_read_in_parts_and_cut_at_the_bound(store: Store) {
    let root = lot(1, "root");
    let second: Vec<BatchId> = (0..25).map(|at| lot(at % 3, &format!("b{at}"))).collect();
    let mut rows = Rows::default();
    rows.add(&root, Vec::new(), second.clone());
    for (at, id) in second.iter().enumerate() {
        let third: Vec<BatchId> = (0..25).map(|to| lot(5, &format!("c{at}-{to}"))).collect();
        rows.add(id, vec![root.clone()], third.clone());
        for leaf in &third {
            rows.add(leaf, vec![id.clone()], Vec::new());
        }
    }
    rows.write(&store).await;
    let graph = async |bounds| {
        let found = store.lot_graph(&root, Direction::Forward, Sight::All, bounds).await;
        found.expect("the database works").expect("it is there")
    };
    let all = graph(Bounds::GRAPH).await;
    assert_eq!((all.walked.nodes.len(), all.walked.links.len()), (1 + 25 + 625, 25 + 625));
    assert!(all.walked.cut.is_empty());
    assert!(all.told.gaps.iter().all(|gap| matches!(gap, Gap::InNoCase { units: 1, .. })));
    let few = graph(Bounds { lots_max: 100, ..Bounds::GRAPH }).await;
    assert_eq!(few.walked.nodes.len(), 100);
    let left_out: usize = few.walked.cut.iter().map(|(_, lots)| lots).sum();
    assert_eq!(left_out, 1 + 25 + 625 - 100);
    let none = store.lot_graph(&lot(9, "none"), Direction::Both, Sight::All, Bounds::GRAPH).await;
    assert_eq!(none.expect("the database works"), None);
    let hidden = store.lot_graph(&root, Direction::Both, Sight::Of(gln(2)), Bounds::GRAPH).await;
    assert_eq!(hidden.expect("the database works"), None);
}
