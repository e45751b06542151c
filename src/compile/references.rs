//! refs
/// x
pub struct SqlFinding; /// x
pub struct SqlReferences; /// x
pub fn check_references() {}
