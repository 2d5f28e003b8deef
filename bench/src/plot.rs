use crate::Failure;
use crate::result::Measured;
use crate::shape::Shape;
use crate::tool::{Name, Request};
use plotters::prelude::*;
use std::path::Path;

/// The cost of a task by the size of the graph, for each tool: both axes logarithmic.
pub fn cost_by_size(all: &[Measured], path: &Path) -> Result<(), Failure> {
    let mut lines: Vec<(Name, Vec<(f64, f64)>)> = Vec::new();
    for name in Name::ALL {
        let points: Vec<(f64, f64)> = all
            .iter()
            .filter(|measured| {
                let case = &measured.case;
                case.shape == Shape::Flat && case.request == Request::Run && case.work == crate::graph::Work::Nothing
            })
            .filter_map(|measured| {
                let count = measured.case.count as f64;
                Some((count, measured.median(name)? * 1e6 / count))
            })
            .collect();
        if !points.is_empty() {
            lines.push((name, points));
        }
    }
    draw(&lines, path).map_err(|error| Failure::Plot(error.to_string()))
}

fn draw(lines: &[(Name, Vec<(f64, f64)>)], path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let (least, most) = points().fold((f64::MAX, 1.0_f64), |(least, most), (_, cost)| (least.min(*cost), most.max(*cost)));
    let largest = points().fold(1.0_f64, |largest, (count, _)| largest.max(*count));
    if points().next().is_none() {
        return Ok(());
    }
    let root = SVGBackend::new(path, (800, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Cost of a task by size of the graph", ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((1.0..largest * 1.5).log_scale(), (least / 2.0..most * 2.0).log_scale())?;
    chart.configure_mesh().x_desc("tasks").y_desc("microseconds a task").draw()?;
    for (index, (name, points)) in lines.iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        chart
            .draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(3))?
            .label(name.word())
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 20, y)], color.stroke_width(2)));
    }
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
    root.present()?;
    Ok(())
}
