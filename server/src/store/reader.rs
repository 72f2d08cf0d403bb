//! Who answers the statements that read: a pool, from which each statement takes a connection, or one transaction that reads.
//!
//! A pool tries a connection after each use, and on SQLite each statement and each trial wakes the connection's own thread. A page that
//! takes ten statements spends more on that than on the statements, so it reads in a snapshot.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait as _,
};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Reader {
    /// A connection for each statement.
    Pool(DatabaseConnection),
    /// One moment of the database. Nothing is written here; dropping it ends it.
    Snapshot(Arc<DatabaseTransaction>),
}

impl Reader {
    /// One moment of the database: the one of its first read.
    pub async fn snapshot(&self) -> Result<Self, DbErr> {
        match self {
            Self::Pool(pool) => Ok(Self::Snapshot(Arc::new(pool.begin().await?))),
            Self::Snapshot(_) => Ok(self.clone()),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Pool(pool) => pool.get_database_backend(),
            Self::Snapshot(txn) => txn.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(pool) => pool.execute_raw(statement).await,
            Self::Snapshot(txn) => txn.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(pool) => pool.execute_unprepared(text).await,
            Self::Snapshot(txn) => txn.execute_unprepared(text).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(pool) => pool.query_one_raw(statement).await,
            Self::Snapshot(txn) => txn.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(pool) => pool.query_all_raw(statement).await,
            Self::Snapshot(txn) => txn.query_all_raw(statement).await,
        }
    }
}
