use rusqlite::Connection;

/// Columns that a journal of an earlier version lacks, by their tables.
const ADDED: [(&str, &str); 3] = [("runs", "about"), ("steps", "needs"), ("steps", "digest")];

/// Adds what is missing. The rows of earlier versions have nothing there.
pub(crate) fn add_missing(connection: &Connection) -> rusqlite::Result<()> {
    for (table, column) in ADDED {
        if has_table(connection, table)? && !has_column(connection, table, column)? {
            let added = connection.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column} TEXT"));
            // Another process may have been faster.
            added.or_else(|error| if has_column(connection, table, column)? { Ok(()) } else { Err(error) })?;
        }
    }
    Ok(())
}

/// Whether there is the table.
pub(crate) fn has_table(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    count(connection, "SELECT count(*) FROM sqlite_schema WHERE name = ?1", &[table])
}

fn has_column(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
    count(connection, "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2", &[table, column])
}

fn count(connection: &Connection, sql: &str, names: &[&str]) -> rusqlite::Result<bool> {
    connection.query_row(sql, rusqlite::params_from_iter(names), |row| row.get::<_, i64>(0)).map(|count| count > 0)
}
