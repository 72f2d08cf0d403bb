//! The map as SVG: hexagons that the server has placed, meridians, parallels, a scale bar and north; no coast, no border, no name.
//!
//! An area's shade, and its number or its dots, say how much there is; the links lie over the shapes, in the order of the
//! table, and are left out where a finger could not hit them: the table beside has them all.

use leptos::prelude::*;
use tracelight_api::rest::map::{CheckMap, MapArea, MapDrawing, MapLine, MapOutline, MapTown};

use crate::console::load::PageData;
use crate::console::texts::map::MapTexts;
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// Counts from which on a shade begins.
const SHADES: [u64; 4] = [1, 5, 20, 100];
/// Tenths of a unit from which on an outline has room for its number.
const NUMBER_MIN: i32 = 340;
/// How wide a hexagon of a resolution is on average, in kilometres.
const ACROSS_KM: [u32; 6] = [2_000, 830, 310, 120, 45, 17];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Address of an area's codes.
pub fn cell_url(data: &PageData, area: &MapArea) -> String {
    format!("{}#codes", data.address.with("cell", &area.cell))
}

/// A place in degrees, to the tenth: no area is finer.
pub fn degrees(ui: Ui, lat_mdeg: i32, lon_mdeg: i32) -> String {
    let tenth = |mdeg: i32| {
        let tenths = (mdeg.unsigned_abs() + 50) / 100;
        format!("{}.{}°", tenths / 10, tenths % 10)
    };
    let (lat, lon) = (tenth(lat_mdeg), tenth(lon_mdeg));
    match ui.lang {
        Lang::Zh => {
            let (north, east) =
                (if lat_mdeg < 0 { "南纬" } else { "北纬" }, if lon_mdeg < 0 { "西经" } else { "东经" });
            format!("{north} {lat}，{east} {lon}")
        }
        Lang::En => {
            let (north, east) = (if lat_mdeg < 0 { "S" } else { "N" }, if lon_mdeg < 0 { "W" } else { "E" });
            format!("{lat} {north}, {lon} {east}")
        }
    }
}

/// What a place is called: the town that it is near to, else its degrees.
pub fn place_words(ui: Ui, near: Option<&MapTown>, lat_mdeg: i32, lon_mdeg: i32) -> String {
    match near {
        Some(town) => fill(MapTexts::of(ui.lang).near, &[("place", &ui.name(&town.en, &town.zh))]),
        None => degrees(ui, lat_mdeg, lon_mdeg),
    }
}

/// How large an area is, and whether it is what is left of one.
pub fn area_words(ui: Ui, area: &MapArea) -> String {
    let t = MapTexts::of(ui.lang);
    let km = ACROSS_KM.get(usize::from(area.resolution)).copied().unwrap_or_default();
    let size = fill(t.across, &[("n", &ui.number(km.into()))]);
    match (area.rest, ui.lang) {
        (false, _) => size,
        (true, Lang::Zh) => format!("{size}，{}", t.rest),
        (true, Lang::En) => format!("{size}, {}", t.rest),
    }
}

/// `2026-11-03` as people say it.
pub fn day_words(ui: Ui, day: &str) -> String {
    let mut parts = day.split('-').skip(1);
    let (Some(month), Some(date)) = (parts.next(), parts.next()) else { return day.to_owned() };
    match ui.lang {
        Lang::Zh => format!("{month}-{date}"),
        Lang::En => {
            let month = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
            format!("{} {}", date.trim_start_matches('0'), month.copied().unwrap_or_default())
        }
    }
}

/// The map and what its shades mean.
pub fn drawing(ui: Ui, data: &PageData, map: &CheckMap) -> Option<AnyView> {
    let t = MapTexts::of(ui.lang);
    let drawing = map.drawing.as_ref()?;
    // Of a choice of one result everything counts; of all results, what is suspicious.
    let by_outcome = data.address.query("outcome").is_some();
    let count = |area: &MapArea| if by_outcome { area.counts.checks } else { area.counts.suspicious };
    let parts: Vec<(&MapArea, &MapOutline)> = map.areas.iter().zip(&drawing.outlines).collect();
    // Larger areas lie under the smaller ones within them.
    let mut below = parts.clone();
    below.sort_by_key(|(area, _)| (area.resolution, !area.rest));
    let cell = data.address.query("cell").unwrap_or_default().to_owned();
    let shapes =
        below.iter().map(|(area, outline)| shape(ui, area, outline, count(area), area.cell == cell)).collect_view();
    let links = parts.iter().map(|(area, outline)| link(ui, data, area, outline)).collect_view();
    let sums =
        map.areas.iter().fold((0, 0), |sums, area| (sums.0 + area.counts.checks, sums.1 + area.counts.suspicious));
    let values =
        [("areas", map.areas.len() as u64), ("checks", sums.0), ("n", sums.1)].map(|(name, n)| (name, ui.number(n)));
    let label = fill(t.label, &values.each_ref().map(|(name, value)| (*name, value.as_str())));
    let view_box = format!("0 0 {} {}", units(drawing.width), units(drawing.height));
    let lines = drawing.lines.iter().map(|line| grid(ui, drawing, line)).collect_view();
    Some(
        view! {
            <svg class="g mapsvg" viewBox=view_box role="group" aria-label=label>
                {lines}
                {shapes}
                {bar(t, drawing)}
                {links}
            </svg>
            {key(t, by_outcome, map.areas.iter().any(|area| area.rest))}
        }
        .into_any(),
    )
}

/// Tenths of a unit as units.
fn units(tenths: i32) -> String {
    format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

fn corners(outline: &MapOutline) -> String {
    let points = outline.points.iter().map(|[x, y]| format!("{},{}", units(*x), units(*y)));
    points.collect::<Vec<_>>().join(" ")
}

/// The number of the shade: 0 for nothing.
fn shade(count: u64) -> usize {
    SHADES.iter().filter(|from| count >= **from).count()
}

fn shape(ui: Ui, area: &MapArea, outline: &MapOutline, count: u64, chosen: bool) -> AnyView {
    let shade = shade(count);
    let class = format!("m{shade}{}{}", if area.rest { " rest" } else { "" }, if chosen { " on" } else { "" });
    let [x, y] = outline.middle;
    let inside = if count > 0 && outline.across >= NUMBER_MIN && !area.rest {
        view! { <g><text class="mn" x=units(x) y=units(y + 55)>{ui.number(count)}</text></g> }.into_any()
    } else {
        dots(outline, if area.rest { 0 } else { shade })
    };
    view! { <g class="ms" aria-hidden="true"><polygon class=class points=corners(outline)/>{inside}</g> }.into_any()
}

/// As many dots as the shade's number, in a row.
fn dots(outline: &MapOutline, shade: usize) -> AnyView {
    let [x, y] = outline.middle;
    let (radius, step) = (outline.across / 18, outline.across / 6);
    let shade = i32::try_from(shade).unwrap_or_default();
    let dots = (0..shade).map(|at| {
        let x = x + at * step - (shade - 1) * step / 2;
        view! { <g><circle class="md" cx=units(x) cy=units(y) r=units(radius)/></g> }
    });
    view! { <g>{dots.collect_view()}</g> }.into_any()
}

fn link(ui: Ui, data: &PageData, area: &MapArea, outline: &MapOutline) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let href = cell_url(data, area);
    let (checks, suspicious) = (ui.number(area.counts.checks), ui.number(area.counts.suspicious));
    let place = place_words(ui, area.near.as_ref(), area.lat_mdeg, area.lon_mdeg);
    let words = format!("{place} · {} {suspicious} · {} {checks}", t.h_suspicious, t.h_checks);
    let label = words.clone();
    view! {
        <g class="maplink"><a href=href aria-label=label><title>{words}</title><polygon points=corners(outline)/></a></g>
    }
    .into_any()
}

fn grid(ui: Ui, drawing: &MapDrawing, line: &MapLine) -> AnyView {
    let at = units(line.at);
    let side = match (line.meridian, line.mdeg < 0, ui.lang) {
        (true, false, Lang::Zh) => "东经",
        (true, true, Lang::Zh) => "西经",
        (false, false, Lang::Zh) => "北纬",
        (false, true, Lang::Zh) => "南纬",
        (true, false, Lang::En) => "E",
        (true, true, Lang::En) => "W",
        (false, false, Lang::En) => "N",
        (false, true, Lang::En) => "S",
    };
    let (whole, part) = (line.mdeg.unsigned_abs() / 1_000, line.mdeg.unsigned_abs() % 1_000);
    let digits = format!("{part:03}");
    let part = if part == 0 { String::new() } else { format!(".{}", digits.trim_end_matches('0')) };
    let words = match ui.lang {
        Lang::Zh => format!("{side} {whole}{part}°"),
        Lang::En => format!("{whole}{part}° {side}"),
    };
    let path = match line.meridian {
        true => format!("M{at} 0V{}", units(drawing.height)),
        false => format!("M0 {at}H{}", units(drawing.width)),
    };
    // A name at the very edge would be cut off.
    let room = if line.meridian { drawing.width - 700 } else { drawing.height - 700 };
    let named = (200..room).contains(&line.at);
    let (x, y) = match line.meridian {
        true => (units(line.at + 40), "15".to_owned()),
        false => ("4".to_owned(), units(line.at - 40)),
    };
    let name = named.then(|| view! { <g><text class="gl" x=x y=y>{words}</text></g> });
    view! { <g aria-hidden="true"><path class="grid" d=path/>{name}</g> }.into_any()
}

/// The scale bar and north, in the corner below.
fn bar(t: &'static MapTexts, drawing: &MapDrawing) -> AnyView {
    let (left, low) = (drawing.width - drawing.scale - 160, drawing.height - 160);
    let path = format!("M{} {}v8h{}v-8", units(left), units(low - 80), units(drawing.scale));
    let words = fill(t.km, &[("n", &drawing.scale_km.to_string())]);
    let (x, y) = (units(left + drawing.scale), units(low - 140));
    let north = units(drawing.width - 160);
    view! {
        <g aria-hidden="true">
            <path class="scale" d=path/>
            <text class="gl end" x=x y=y>{words}</text>
            <path class="scale" d=format!("M{north} 44V18m-5 8 5-8 5 8")/>
            <text class="gl end" x=units(drawing.width - 260) y="36">{t.north}</text>
        </g>
    }
    .into_any()
}

/// What the shades and the dots mean.
fn key(t: &'static MapTexts, by_outcome: bool, rest: bool) -> AnyView {
    let words = ["1–4", "5–19", "20–99", "100+"];
    let shades = [t.key_none].into_iter().chain(words).zip(0usize..).map(|(words, shade)| {
        let dots = (0..shade).map(|at| {
            let x = 15 + 6 * at as i32 - 3 * (shade as i32 - 1);
            view! { <g><circle class="md" cx=x.to_string() cy="13" r="2"/></g> }
        });
        view! {
            <li><svg class="mk" viewBox="0 0 30 26" width="30" height="26" aria-hidden="true">
                <polygon class=format!("m{shade}") points="8,1 22,1 29,13 22,25 8,25 1,13"/>{dots.collect_view()}
            </svg> <small>{words}</small></li>
        }
    });
    let rest = rest.then(|| view! { <li><small>{t.key_rest}</small></li> });
    let title = if by_outcome { t.key_checks } else { t.key_suspicious };
    view! { <ul class="mapkey"><li><small>{title}</small></li> {shades.collect_view()} {rest}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::{day_words, degrees, shade, units};
    use crate::console::ui::Ui;
    use crate::i18n::Lang;

    #[test]
    fn r6_places_days_and_shades_are_said_in_both_languages() {
        let en = Ui { lang: Lang::En, now_ms: 0, utc_offset_minutes: 480 };
        let zh = Ui { lang: Lang::Zh, ..en };
        assert_eq!(degrees(en, 39_940, -116_351), "39.9° N, 116.4° W");
        assert_eq!(degrees(zh, -16_500, 179_951), "南纬 16.5°，东经 180.0°");
        assert_eq!((day_words(en, "2026-11-03"), day_words(zh, "2026-11-03")), ("3 Nov".into(), "11-03".into()));
        assert_eq!([0, 1, 4, 5, 20, 99, 100].map(shade), [0, 1, 1, 2, 3, 3, 4]);
        assert_eq!((units(-5), units(1_234)), ("-0.5".into(), "123.4".into()));
    }
}
