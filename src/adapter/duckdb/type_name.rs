//! Names of DuckDB's types as `DESCRIBE` prints them, from the engine's own description of a result.

use super::settings::quoted;
use ::duckdb::core::{LogicalTypeHandle, LogicalTypeId};

/// A type with its children, detached from the engine.
#[derive(Debug, Clone)]
pub(super) struct ColumnType {
    pub(super) name: String,
    pub(super) id: LogicalTypeId,
    pub(super) children: Vec<ColumnType>,
}

impl ColumnType {
    /// Reads a type. The values of an enum are not part of what the crate tells: its name is `ENUM` alone.
    pub(super) fn read(handle: &LogicalTypeHandle) -> Self {
        let id = handle.id();
        let count = match id {
            LogicalTypeId::List | LogicalTypeId::Array => 1,
            LogicalTypeId::Map => 2,
            LogicalTypeId::Struct | LogicalTypeId::Union => handle.num_children(),
            _ => 0,
        };
        let children: Vec<ColumnType> = (0..count).map(|index| ColumnType::read(&handle.child(index))).collect();
        let name = match handle.get_alias().filter(|alias| !alias.is_empty()) {
            Some(alias) => alias,
            None => name(handle, id, &children),
        };
        ColumnType { name, id, children }
    }

    /// Whether the crate cannot read values of this type (it panics at some): they are fetched as text.
    pub(super) fn is_unreadable(&self) -> bool {
        use LogicalTypeId as T;
        matches!(
            self.id,
            T::Bit | T::TimeTZ | T::TimeNs | T::Bignum | T::Variant | T::Unsupported | T::Any | T::Invalid
        ) || self.children.iter().any(ColumnType::is_unreadable)
    }

    /// Whether the name lacks something that only `DESCRIBE` says.
    pub(super) fn is_incomplete(&self) -> bool {
        use LogicalTypeId as T;
        // The values of an enum, the length of an array, and which names of fields are keywords that need quotes.
        matches!(self.id, T::Enum | T::Array | T::Geometry | T::Struct | T::Union)
            || self.children.iter().any(ColumnType::is_incomplete)
    }
}

fn name(handle: &LogicalTypeHandle, id: LogicalTypeId, children: &[ColumnType]) -> String {
    use LogicalTypeId as T;
    let simple = match id {
        T::Boolean => "BOOLEAN",
        T::Tinyint => "TINYINT",
        T::Smallint => "SMALLINT",
        T::Integer | T::IntegerLiteral => "INTEGER",
        T::Bigint => "BIGINT",
        T::Hugeint => "HUGEINT",
        T::UTinyint => "UTINYINT",
        T::USmallint => "USMALLINT",
        T::UInteger => "UINTEGER",
        T::UBigint => "UBIGINT",
        T::UHugeint => "UHUGEINT",
        T::Float => "FLOAT",
        T::Double => "DOUBLE",
        T::Date => "DATE",
        T::Time => "TIME",
        T::TimeNs => "TIME_NS",
        T::TimeTZ => "TIME WITH TIME ZONE",
        T::Timestamp => "TIMESTAMP",
        T::TimestampS => "TIMESTAMP_S",
        T::TimestampMs => "TIMESTAMP_MS",
        T::TimestampNs => "TIMESTAMP_NS",
        T::TimestampTZ => "TIMESTAMP WITH TIME ZONE",
        T::Interval => "INTERVAL",
        T::Varchar | T::StringLiteral => "VARCHAR",
        T::Blob => "BLOB",
        T::Bit => "BIT",
        T::Bignum => "BIGNUM",
        T::Uuid => "UUID",
        T::Enum => "ENUM",
        T::Geometry => "GEOMETRY",
        T::Variant => "VARIANT",
        T::SqlNull => "\"NULL\"",
        T::Decimal => return format!("DECIMAL({},{})", handle.decimal_width(), handle.decimal_scale()),
        T::List | T::Array | T::Struct | T::Map | T::Union => return nested(handle, id, children),
        _ => "UNKNOWN",
    };
    simple.to_string()
}

fn nested(handle: &LogicalTypeHandle, id: LogicalTypeId, children: &[ColumnType]) -> String {
    let child = |index: usize| children.get(index).map_or("", |child| child.name.as_str());
    match id {
        LogicalTypeId::List | LogicalTypeId::Array => format!("{}[]", child(0)),
        LogicalTypeId::Map => format!("MAP({}, {})", child(0), child(1)),
        _ => {
            let field = |index: usize| {
                let name = handle.try_child_name(index).unwrap_or_default();
                format!("{} {}", quoted(&name), child(index))
            };
            let fields: Vec<String> = (0..children.len()).map(field).collect();
            let word = if id == LogicalTypeId::Union { "UNION" } else { "STRUCT" };
            format!("{word}({})", fields.join(", "))
        }
    }
}

/// The statement that tells the types of what `sql` gives.
pub(super) fn describe_sql(sql: &str) -> String {
    format!("DESCRIBE {}", sql.trim_end().trim_end_matches(';'))
}
