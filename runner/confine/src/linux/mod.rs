//! Linux. The runner's side is `spawner` and `running`; the other process is `entry`, `master`, `worker` and `child`.

pub(crate) mod child;
pub(crate) mod descendants;
pub(crate) mod entry;
pub(crate) mod landlock_rules;
pub(crate) mod master;
pub(crate) mod messages;
pub(crate) mod order;
pub(crate) mod privileges;
pub(crate) mod probe;
pub(crate) mod rulesets;
pub(crate) mod running;
pub(crate) mod signals;
pub(crate) mod spawner;
pub(crate) mod system_calls;
pub(crate) mod worker;
