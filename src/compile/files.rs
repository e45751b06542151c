//! Where compiled SQL is kept.

use crate::manifest::{Node, NodeKind};
use std::path::{Path, PathBuf};

/// The file of a node's SQL below `compiled` or `run`: the package, then the file it stands in. A node that shares its file
/// with others, such as a generic test, has the file as its folder. The batch of a model that is called `batch` has a file
/// of its own in a folder called like the model (`get_target_write_path` of dbt's `ParsedNode`).
pub fn compiled_file(node: &Node, batch: Option<&str>) -> PathBuf {
    let package = match node.unique_id != node.unique_id.without_domain() {
        true => Path::new(node.domain.as_str()).join(&*node.package_name),
        false => PathBuf::from(&*node.package_name),
    };
    let file = package.join(&node.original_file_path);
    if matches!(node.kind, NodeKind::UnitTest(_)) {
        let folder = Path::new(&node.original_file_path).parent().unwrap_or(Path::new(""));
        return file.join(folder).join(format!("{}.sql", node.name));
    }
    let file = match Path::new(&node.path).file_name() == Path::new(&node.original_file_path).file_name() {
        true => file,
        false => file.join(&node.path),
    };
    match (batch, file.file_stem(), file.extension()) {
        (Some(batch), Some(stem), extension) => {
            let extension = extension.unwrap_or_default().to_string_lossy();
            let name = format!("{}_{batch}.{extension}", stem.to_string_lossy());
            file.with_extension("").join(name)
        }
        _ => file,
    }
}
