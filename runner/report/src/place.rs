use std::collections::BTreeMap;

/// Where tasks are declared: the file, as the repository knows it, and the line from 1.
pub type Places = BTreeMap<String, (String, usize)>;
