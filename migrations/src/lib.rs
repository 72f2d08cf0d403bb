//! The tables, as steps that lead from an empty database to the present one, for SQLite and MySQL/MariaDB.
//!
//! * One statement a step: neither engine rolls back DDL, so a step that was interrupted either happened or did not.
//! * A step asks first whether its work is done, so running it again is harmless.
//! * A released step never changes; a change is a new step (expand, deploy, contract).
//! * [`Engine`] differences are in one place: types and table options.
//!
//! Text is compared byte for byte (`utf8mb4_bin`): the engines' own default folds `aB1` and `Ab1` into one. Lots and
//! serials, which are case-sensitive by GS1 (General Specifications 7.11), are `VARBINARY`. Times are milliseconds since
//! 1970. Keys are made by the application. Every table with the prefix `rm_` is a cache of the chain and may be emptied;
//! the others hold what exists nowhere else.

mod access;
mod accounts;
mod advice;
mod alerts;
mod closing;
mod epcis;
mod findings;
mod graph;
mod holograms;
mod imports;
mod labels;
mod lists;
mod map;
mod marks;
mod memory;
mod notices;
mod operation;
mod read_model;
mod recalls;
mod reports;
mod resolver;
mod scanning;
mod shopper;
mod towns;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

/// Runs the steps. `migrate` of the server calls it; SQLite servers call it at every start.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        all().map(|step| Box::new(*step) as Box<dyn MigrationTrait>).collect()
    }
}

/// Every step, in the order of time.
fn all() -> impl Iterator<Item = &'static Step> {
    let rooms = [
        read_model::STEPS,
        operation::STEPS,
        scanning::STEPS,
        imports::STEPS,
        epcis::STEPS,
        resolver::STEPS,
        closing::STEPS,
        access::STEPS,
        graph::STEPS,
        notices::STEPS,
        marks::STEPS,
        reports::STEPS,
        accounts::STEPS,
        lists::STEPS,
        recalls::STEPS,
        shopper::STEPS,
        map::STEPS,
        labels::STEPS,
        alerts::STEPS,
        holograms::STEPS,
        memory::STEPS,
        towns::STEPS,
        advice::STEPS,
        findings::STEPS,
    ];
    rooms.into_iter().flatten()
}

/// Every table that is a cache of the chain, in an order in which they can be emptied.
pub const READ_MODEL_TABLES: &[&str] = read_model::TABLES;

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Unique, and in the order of time: date, number, name.
    name: &'static str,
    ddl: Ddl,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Ddl {
    /// Makes a table. Column types are written as MySQL knows them; see [`columns`].
    Table { table: &'static str, columns: &'static str },
    /// Adds a column to a table that is there; it may be null, or has a default.
    Column { table: &'static str, column: &'static str, kind: &'static str },
    /// Takes a column away, with what it held.
    Dropped { table: &'static str, column: &'static str },
    /// Makes an index.
    Index { index: &'static str, table: &'static str, columns: &'static str, unique: Unique },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unique {
    Yes,
    No,
}

const fn table(name: &'static str, table: &'static str, columns: &'static str) -> Step {
    Step { name, ddl: Ddl::Table { table, columns } }
}

const fn column(name: &'static str, table: &'static str, column: &'static str, kind: &'static str) -> Step {
    Step { name, ddl: Ddl::Column { table, column, kind } }
}

const fn dropped(name: &'static str, table: &'static str, column: &'static str) -> Step {
    Step { name, ddl: Ddl::Dropped { table, column } }
}

const fn index(name: &'static str, index: &'static str, table: &'static str, columns: &'static str) -> Step {
    Step { name, ddl: Ddl::Index { index, table, columns, unique: Unique::No } }
}

const fn unique(name: &'static str, index: &'static str, table: &'static str, columns: &'static str) -> Step {
    Step { name, ddl: Ddl::Index { index, table, columns, unique: Unique::Yes } }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let sql = match self.ddl {
            Ddl::Table { table, columns: text } => {
                let options = match backend {
                    DbBackend::MySql => " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
                    _ => "",
                };
                format!("CREATE TABLE IF NOT EXISTS {table} ({}){options}", columns(backend, text))
            }
            Ddl::Column { table, column, kind } => {
                if manager.has_column(table, column).await? {
                    return Ok(());
                }
                format!("ALTER TABLE {table} ADD COLUMN {column} {}", columns(backend, kind))
            }
            Ddl::Dropped { table, column } => {
                if !manager.has_column(table, column).await? {
                    return Ok(());
                }
                format!("ALTER TABLE {table} DROP COLUMN {column}")
            }
            Ddl::Index { index, table, columns, unique } => {
                if manager.has_index(table, index).await? {
                    return Ok(());
                }
                let unique = if unique == Unique::Yes { "UNIQUE " } else { "" };
                format!("CREATE {unique}INDEX {index} ON {table} ({columns})")
            }
        };
        manager.get_connection().execute_raw(Statement::from_string(backend, sql)).await?;
        Ok(())
    }
}

/// MySQL's column types in the engine's own words. SQLite knows one type of bytes, and would give `VARBINARY` the affinity
/// of a number.
fn columns(backend: DbBackend, text: &str) -> String {
    if backend == DbBackend::MySql {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("VARBINARY(") {
        out.push_str(before);
        out.push_str("BLOB");
        rest = after.split_once(')').map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out.replace("MEDIUMBLOB", "BLOB").replace("SMALLINT", "INTEGER")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_step_has_its_own_name_and_they_stand_in_their_order() {
        let names: Vec<&str> = all().map(|step| step.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn the_list_of_read_model_tables_is_that_of_the_steps() {
        let made = |step: &Step| match step.ddl {
            Ddl::Table { table, .. } => Some(table),
            Ddl::Column { .. } | Ddl::Dropped { .. } | Ddl::Index { .. } => None,
        };
        let steps: BTreeSet<&str> = read_model::STEPS.iter().filter_map(made).collect();
        assert_eq!(steps, READ_MODEL_TABLES.iter().copied().collect());
        assert!(steps.iter().all(|table| table.starts_with("rm_")));
        let others = all().skip(read_model::STEPS.len());
        assert!(others.filter_map(made).all(|table| !table.starts_with("rm_")));
    }

    #[test]
    fn sqlite_gets_its_own_word_for_bytes() {
        let text = "a VARBINARY(20) NOT NULL, b MEDIUMBLOB, c VARCHAR(9), PRIMARY KEY (a)";
        assert_eq!(columns(DbBackend::Sqlite, text), "a BLOB NOT NULL, b BLOB, c VARCHAR(9), PRIMARY KEY (a)");
        assert_eq!(columns(DbBackend::MySql, text), text);
    }
}
