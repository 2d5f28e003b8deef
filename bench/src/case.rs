use crate::graph::Work;
use crate::shape::Shape;
use crate::tool::{Name, Request};

/// One row of the table: the same question to several tools.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called.
    pub title: String,
    /// The graph.
    pub shape: Shape,
    /// How many tasks.
    pub count: usize,
    /// What a task does.
    pub work: Work,
    /// What is asked.
    pub request: Request,
    /// Who is asked.
    pub tools: Vec<Name>,
    /// Where the cost of a task is what counts.
    pub per_task: bool,
    /// How much of a peer's time is to be reached, at most.
    pub goal: Option<(Name, f64)>,
}

/// What is measured. `most` bounds the graphs.
pub fn all(most: usize) -> Vec<Case> {
    use Name::{Infra, Just, Make, Ninja, Task};
    let mut cases = vec![
        case("one task, cold", Shape::Flat, 1, Work::Nothing, Request::Run, &Name::ALL).goal(Make, 1.0),
        case("list 10 tasks", Shape::Flat, 10, Work::Nothing, Request::List, &Name::ALL).goal(Make, 1.5),
        case("list 1,000 tasks", Shape::Flat, 1_000, Work::Nothing, Request::List, &Name::ALL).goal(Make, 1.0),
    ];
    for count in [100, 1_000, 10_000] {
        for shape in Shape::ALL {
            let title = format!("{count} no-op tasks, {}", shape.word());
            let row = case(&title, shape, count, Work::Nothing, Request::Run, &[Infra, Make, Ninja, Just, Task]).per_task();
            cases.push(if count == 10_000 { row.goal(Ninja, 0.05) } else { row });
        }
    }
    for shape in Shape::ALL {
        let title = format!("100000 no-op tasks, {}", shape.word());
        cases.push(case(&title, shape, 100_000, Work::Nothing, Request::Run, &[Infra]).per_task());
    }
    let program = case("100 programs, flat", Shape::Flat, 100, Work::Program, Request::Run, &Name::ALL);
    cases.push(program.per_task().goal(Make, 1.2));
    let program = case("1000 programs, flat", Shape::Flat, 1_000, Work::Program, Request::Run, &[Infra, Make, Ninja, Just]);
    cases.push(program.per_task().goal(Make, 1.2));
    cases.retain(|case| case.count <= most);
    cases
}

fn case(title: &str, shape: Shape, count: usize, work: Work, request: Request, tools: &[Name]) -> Case {
    let tools = tools.to_vec();
    Case { title: title.to_owned(), shape, count, work, request, tools, per_task: false, goal: None }
}

impl Case {
    fn goal(mut self, peer: Name, ratio: f64) -> Self {
        self.goal = Some((peer, ratio));
        self
    }

    const fn per_task(mut self) -> Self {
        self.per_task = true;
        self
    }
}
