use super::Graph;
use std::collections::VecDeque;

/// Between the left edges of two columns.
pub(super) const COLUMN: usize = 264;
/// Between the tops of two rows.
pub(super) const ROW: usize = 52;
/// Between two parts that have nothing to do with each other.
const GAP: usize = 40;
/// How often the order within columns is made better.
const SWEEPS: usize = 6;

/// Where each task is drawn, and how large it all is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The left upper corner of each task.
    pub places: Vec<(usize, usize)>,
    pub width: usize,
    pub height: usize,
}

/// Callers stand left of what they call. Parts without a link between them stand side by side.
pub(super) fn layout(graph: &Graph) -> Layout {
    let count = graph.tasks.len();
    let (mut down, mut up) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for link in graph.links.iter().filter(|link| link.from < count && link.to < count) {
        down[link.from].push(link.to);
        up[link.to].push(link.from);
    }
    let level = levels(&down, &up);
    let mut parts: Vec<(Vec<usize>, Layout)> = parts(&down, &up)
        .into_iter()
        .map(|part| {
            let layout = part_layout(&part, &level, &down, &up);
            (part, layout)
        })
        .collect();
    parts.sort_by_key(|(part, layout)| (std::cmp::Reverse(layout.height), part.first().copied()));
    packed(count, &parts)
}

/// How far each task is from those that nothing calls, on the longest way.
fn levels(down: &[Vec<usize>], up: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = up.iter().map(Vec::len).collect();
    let mut level = vec![0; down.len()];
    let mut ready: VecDeque<usize> = (0..down.len()).filter(|task| open[*task] == 0).collect();
    while let Some(task) = ready.pop_front() {
        for next in &down[task] {
            level[*next] = level[*next].max(level[task] + 1);
            open[*next] -= 1;
            if open[*next] == 0 {
                ready.push_back(*next);
            }
        }
    }
    level
}

/// The tasks that hang together.
fn parts(down: &[Vec<usize>], up: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut seen = vec![false; down.len()];
    let mut parts = Vec::new();
    for start in 0..down.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let (mut part, mut at) = (vec![start], 0);
        while let Some(task) = part.get(at).copied() {
            at += 1;
            for next in down[task].iter().chain(&up[task]) {
                if !std::mem::replace(&mut seen[*next], true) {
                    part.push(*next);
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}

/// Columns by level; within a column, each task near the middle of its neighbours.
fn part_layout(part: &[usize], level: &[usize], down: &[Vec<usize>], up: &[Vec<usize>]) -> Layout {
    let first = part.iter().map(|task| level[*task]).min().unwrap_or(0);
    let columns_count = part.iter().map(|task| level[*task] - first + 1).max().unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); columns_count];
    for task in part {
        columns[level[*task] - first].push(*task);
    }
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let mut row = vec![0.0_f64; level.len()];
    let spread = |column: &[usize], row: &mut Vec<f64>| {
        let start = as_float(tallest - column.len()) / 2.0;
        for (index, task) in column.iter().enumerate() {
            row[*task] = start + as_float(index);
        }
    };
    columns.iter().for_each(|column| spread(column, &mut row));
    for sweep in 0..SWEEPS {
        let neighbours = if sweep % 2 == 0 { up } else { down };
        let order: Vec<usize> = if sweep % 2 == 0 { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for index in order {
            let middle = |task: &usize| -> f64 {
                let near = &neighbours[*task];
                if near.is_empty() { row[*task] } else { near.iter().map(|near| row[*near]).sum::<f64>() / as_float(near.len()) }
            };
            let mut keyed: Vec<(f64, usize)> = columns[index].iter().map(|task| (middle(task), *task)).collect();
            keyed.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
            columns[index] = keyed.into_iter().map(|(_, task)| task).collect();
            let column = columns[index].clone();
            spread(&column, &mut row);
        }
    }
    let places = part.iter().map(|task| ((level[*task] - first) * COLUMN, as_pixels(row[*task]))).collect();
    Layout { places, width: columns_count * COLUMN, height: tallest * ROW }
}

/// Parts in rows, about as wide as high and a half.
fn packed(count: usize, parts: &[(Vec<usize>, Layout)]) -> Layout {
    let area: usize = parts.iter().map(|(_, layout)| layout.width * (layout.height + GAP)).sum();
    let widest = parts.iter().map(|(_, layout)| layout.width).max().unwrap_or(0);
    let wanted = (area + area / 2).isqrt().max(widest);
    let mut whole = Layout { places: vec![(0, 0); count], width: 0, height: 0 };
    let (mut x, mut y, mut tallest) = (0, 0, 0);
    for (part, layout) in parts {
        if x > 0 && x + layout.width > wanted {
            (x, y, tallest) = (0, y + tallest + GAP, 0);
        }
        for (task, (left, top)) in part.iter().zip(&layout.places) {
            whole.places[*task] = (x + left, y + top);
        }
        x += layout.width;
        tallest = tallest.max(layout.height);
        whole.width = whole.width.max(x);
        whole.height = whole.height.max(y + tallest);
    }
    whole
}

fn as_float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row is small and not negative")]
fn as_pixels(row: f64) -> usize {
    (row * as_float(ROW)).max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::super::example::{bootstrap, layers, task};
    use super::*;

    fn overlaps(layout: &Layout) -> bool {
        let near = |a: &(usize, usize), b: &(usize, usize)| a.0.abs_diff(b.0) < COLUMN && a.1.abs_diff(b.1) < ROW;
        layout.places.iter().enumerate().any(|(index, a)| layout.places[..index].iter().any(|b| near(a, b)))
    }

    #[test]
    fn callers_stand_left_of_what_they_call() {
        for graph in [bootstrap(), layers(300)] {
            let layout = layout(&graph);
            assert!(!overlaps(&layout));
            for link in &graph.links {
                assert!(layout.places[link.from].0 < layout.places[link.to].0);
            }
            assert!(layout.places.iter().all(|(x, y)| x + COLUMN <= layout.width && y + ROW <= layout.height));
        }
    }

    #[test]
    fn tasks_without_links_fill_a_page_and_no_column() {
        let graph = Graph { tasks: (0..300).map(|number| task(&format!("t{number}"), "")).collect(), ..Graph::default() };
        let layout = layout(&graph);
        assert!(!overlaps(&layout));
        assert!(layout.width < 3 * layout.height && layout.height < 3 * layout.width, "{} x {}", layout.width, layout.height);
    }

    #[test]
    fn nothing_is_an_empty_page() {
        assert_eq!(layout(&Graph::default()), Layout::default());
    }
}
