use serde::Serialize;

/// How the tasks of a graph depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// None depends on any.
    Flat,
    /// Each depends on the one before.
    Chain,
    /// Layers as wide as the square root of the whole; each task depends on two of the layer before.
    Layered,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Flat, Self::Chain, Self::Layered];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Chain => "chain",
            Self::Layered => "layered",
        }
    }

    /// What each of `count` tasks depends on.
    pub fn needs(self, count: usize) -> Vec<Vec<usize>> {
        let width = count.isqrt().max(1);
        (0..count)
            .map(|task| match self {
                Self::Flat => vec![],
                Self::Chain => task.checked_sub(1).into_iter().collect(),
                Self::Layered if task < width => vec![],
                Self::Layered => {
                    let (layer, place) = (task / width - 1, task % width);
                    let mut needs = vec![layer * width + place, layer * width + (place + 1) % width];
                    needs.dedup();
                    needs
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_depend_on_earlier_ones_only() {
        for shape in Shape::ALL {
            for count in [1, 2, 3, 10, 100, 1000] {
                for (task, needs) in shape.needs(count).into_iter().enumerate() {
                    assert!(needs.iter().all(|need| *need < task), "{shape:?} {count}: {task} needs {needs:?}");
                }
            }
        }
    }
}
