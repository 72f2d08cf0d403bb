//! A bar for each day, its parts on each other; the same as a legend with sums, and as a table.
//!
//! Drawn with nothing but the page. A part is known by its place in the bar, its outline and the legend, not by its colour alone; what a bar
//! says stands in its title, and the table has every number.

use leptos::prelude::*;

use super::ui::Ui;

/// Units of the drawing; wide screens draw a unit as about a pixel.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 220;
/// Room for the words of the axis.
const LEFT: u64 = 44;
const BELOW: u64 = 30;
const ABOVE: u64 = 12;
/// Thousandths of a day's room that its bar takes.
const BAR: u64 = 780;

/// A part of each bar.
pub struct Series {
    /// Class of its colour.
    pub class: &'static str,
    /// What it is.
    pub words: &'static str,
}

/// A day.
pub struct Bar {
    /// What it is called below the axis.
    pub short: String,
    /// What it is called in the table.
    pub words: String,
    /// Its parts, in the order of the series.
    pub parts: Vec<u64>,
}

/// What a chart is called, in words.
pub struct Words {
    /// What it shows, as a sentence.
    pub label: String,
    /// Head of the table's first column.
    pub first: &'static str,
    /// What opens the table.
    pub table: &'static str,
}

/// The chart, its legend and its table.
pub fn bars(ui: Ui, words: &Words, series: &[Series], bars: &[Bar]) -> AnyView {
    let top = ceiling(bars.iter().map(|bar| bar.parts.iter().sum::<u64>()).max().unwrap_or_default());
    let count = (bars.len() as u64).max(1);
    let room = (WIDTH - LEFT) * 1_000 / count;
    let drawn = bars.iter().zip(0u64..).map(|(bar, at)| {
        let x = LEFT * 1_000 + at * room + room * (1_000 - BAR) / 2_000;
        one(ui, bar, series, (x, room * BAR / 1_000), top)
    });
    let drawn = drawn.collect_view();
    // The last day is today; as many others as have room.
    let every = count.div_ceil(4).max(1);
    let names = bars.iter().zip(0u64..).filter(|(_, at)| (count - 1 - at).is_multiple_of(every)).map(|(bar, at)| {
        let x = thousandths(LEFT * 1_000 + at * room + room / 2);
        let last = at + 1 == count;
        let class = if last && count > 1 { "ct end" } else { "ct mid" };
        let x = if last && count > 1 { WIDTH.to_string() } else { x };
        view! { <g><text class=class x=x y=(HEIGHT - 8).to_string()>{bar.short.clone()}</text></g> }
    });
    let names = names.collect_view();
    let lines = [top, top / 2, 0].map(|value| {
        let y = HEIGHT - BELOW - height_of(value, top) / 1_000;
        view! {
            <g>
                <path class="ax" d=format!("M{LEFT} {y}H{WIDTH}")/>
                <text class="ct end" x=(LEFT - 8).to_string() y=(y + 5).to_string()>{ui.number(value)}</text>
            </g>
        }
    });
    let label = words.label.clone();
    view! {
        <svg class="chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>{lines.into_iter().collect_view()} {drawn} {names}</svg>
        {legend(ui, series, bars)}
        {table(ui, words, series, bars)}
    }
    .into_any()
}

/// A bar from below, in thousandths of a unit.
fn one(ui: Ui, bar: &Bar, series: &[Series], (x, width): (u64, u64), top: u64) -> AnyView {
    let mut y = (HEIGHT - BELOW) * 1_000;
    let mut title = bar.words.clone();
    let mut parts = Vec::new();
    for (series, count) in series.iter().zip(&bar.parts).filter(|(_, count)| **count > 0) {
        let height = height_of(*count, top);
        y = y.saturating_sub(height);
        title.push_str(&format!(" · {} {}", series.words, ui.number(*count)));
        let (x, y, width, height) = (thousandths(x), thousandths(y), thousandths(width), thousandths(height));
        parts.push(view! { <g><rect class=series.class x=x y=y width=width height=height/></g> });
    }
    view! { <g><title>{title}</title>{parts}</g> }.into_any()
}

fn height_of(count: u64, top: u64) -> u64 {
    let room = (HEIGHT - BELOW - ABOVE) * 1_000;
    u64::try_from(u128::from(count) * u128::from(room) / u128::from(top.max(1))).unwrap_or(room).min(room)
}

fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

/// The next 2, 4, 10, 20, 40, 100, ...: its half is whole.
fn ceiling(most: u64) -> u64 {
    let mut power = 1u64;
    loop {
        for step in [2, 4, 10] {
            let top = power.saturating_mul(step);
            if top >= most || top == u64::MAX {
                return top;
            }
        }
        power = power.saturating_mul(10);
    }
}

fn legend(ui: Ui, series: &[Series], bars: &[Bar]) -> AnyView {
    let items = series.iter().enumerate().map(|(at, series)| {
        let sum: u64 = bars.iter().filter_map(|bar| bar.parts.get(at)).sum();
        let swatch = format!("sw {}", series.class);
        view! {
            <li><svg class=swatch viewBox="0 0 14 14" aria-hidden="true"><rect class=series.class width="14" height="14"/></svg>
                <span><b>{ui.number(sum)}</b> <small>{series.words}</small></span></li>
        }
    });
    view! { <ul class="legend chartkey">{items.collect_view()}</ul> }.into_any()
}

/// Days without anything are left out: they are the rows that nobody looks for.
fn table(ui: Ui, words: &Words, series: &[Series], bars: &[Bar]) -> AnyView {
    let heads = series.iter().map(|series| view! { <th class="n" scope="col">{series.words}</th> });
    let shown = bars.iter().rev().filter(|bar| bar.parts.iter().any(|count| *count > 0));
    let rows = shown.map(|bar| {
        let cells = bar.parts.iter().map(|count| view! { <td class="n">{ui.number(*count)}</td> });
        view! { <tr><th scope="row">{bar.words.clone()}</th>{cells.collect_view()}</tr> }
    });
    let (rows, heads, label) = (rows.collect_view(), heads.collect_view(), words.label.clone());
    view! {
        <details>
            <summary>{words.table}</summary>
            <div class="wide" tabindex="0" role="region" aria-label=words.table>
                <table class="days" aria-label=label>
                    <thead><tr><th scope="col">{words.first}</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, ceiling, height_of};

    #[test]
    fn the_axis_ends_above_the_highest_bar_and_its_half_is_whole() {
        for (most, top) in [(0, 2), (1, 2), (3, 4), (5, 10), (11, 20), (399, 400), (401, 1_000)] {
            assert_eq!(ceiling(most), top);
        }
        assert_eq!(ceiling(u64::MAX), u64::MAX);
        assert!(height_of(u64::MAX, 2) <= HEIGHT * 1_000);
    }
}
