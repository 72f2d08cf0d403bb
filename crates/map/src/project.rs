//! Hexagons on paper: equirectangular, true to scale along the middle latitude.
//!
//! ```text
//! x = (longitude from the middle meridian) * cos(middle latitude)        y = -latitude
//! ```
//! Why not Web Mercator: it grows without end towards the poles, and there are no tiles to match. One scale bar holds along
//! the middle of the map, where it is drawn for. The middle meridian is that of the narrowest arc that holds all areas, so a map across
//! 180 degrees is not torn, and each outline keeps near its own middle. The hexagon of a pole becomes the strip that it is on such a
//! map. Nothing is drawn but areas, meridians, parallels: no coast, no border, no name.
//!
//! Lengths are tenths of a unit; [`WIDTH`] units are the width of every map.

use super::mdeg;
use h3o::{CellIndex, LatLng};
use tracelight_api::rest::map::{MapDrawing, MapLine, MapOutline};

/// Width in units. On a wide screen a unit is about a pixel.
pub const WIDTH: f64 = 720.0;
const HEIGHT_MIN: f64 = 360.0;
const HEIGHT_MAX: f64 = 640.0;
/// Tenths of a unit that the narrowest outline is wide, where a coarser level can make it so: what a finger or a pointer hits.
pub const ACROSS_MIN: i32 = 250;
/// Tenths of a unit.
const TENTHS: f64 = 10.0;
/// Kilometres of a degree of a meridian.
const DEGREE_KM: f64 = 111.195;
/// Meridians across a map at most.
const LINES_MAX: f64 = 6.0;
/// Degrees between meridians and between parallels.
const STEPS: [f64; 13] = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 90.0];
/// Share of the width that a scale bar takes at most.
const SCALE_SHARE: f64 = 0.22;

/// A point of the map before it is scaled: degrees.
type Point = (f64, f64);

/// Where the middle is.
#[derive(Clone, Copy, Debug)]
struct Middle {
    lon: f64,
    /// Cosine of the middle latitude; never so small that a map of a pole is a line.
    cos: f64,
}

/// What is seen, in degrees of the map.
#[derive(Clone, Copy, Debug)]
struct Frame {
    west: f64,
    north: f64,
    width: f64,
    height: f64,
    /// Units of a degree.
    scale: f64,
}

/// Draws hexagons. `None` when there is none.
#[must_use]
pub fn drawn(cells: &[CellIndex]) -> Option<MapDrawing> {
    let middle = middle_of(cells)?;
    let outlines: Vec<(Vec<Point>, Point)> = cells.iter().map(|cell| outline(*cell, middle)).collect();
    let frame = frame_of(&outlines)?;
    let outlines = outlines.iter().map(|(points, middle)| {
        let points: Vec<[i32; 2]> = points.iter().map(|point| frame.place(*point)).collect();
        MapOutline { across: across(&points), middle: frame.place(*middle), points }
    });
    let (scale, scale_km) = frame.scale_bar();
    Some(MapDrawing {
        width: tenths(frame.width * frame.scale),
        height: tenths(frame.height * frame.scale),
        outlines: outlines.collect(),
        lines: frame.lines(middle),
        scale,
        scale_km,
    })
}

/// The middle of the narrowest arc that holds all of them, and of their latitudes.
fn middle_of(cells: &[CellIndex]) -> Option<Middle> {
    let middles: Vec<LatLng> = cells.iter().map(|cell| LatLng::from(*cell)).collect();
    let mut lons: Vec<f64> = middles.iter().map(|middle| middle.lng()).collect();
    lons.sort_by(f64::total_cmp);
    let (first, last) = (*lons.first()?, *lons.last()?);
    // The widest gap, and where it ends: the arc begins there. The gap over 180 degrees comes first.
    let (mut gap, mut begin) = (first + 360.0 - last, first);
    for pair in lons.windows(2) {
        if let [west, east] = pair
            && east - west > gap
        {
            (gap, begin) = (east - west, *east);
        }
    }
    let lats = || middles.iter().map(|middle| middle.lat());
    let lat = f64::midpoint(lats().fold(90.0, f64::min), lats().fold(-90.0, f64::max));
    Some(Middle { lon: around(begin + (360.0 - gap) / 2.0), cos: lat.to_radians().cos().max(0.05) })
}

/// An angle between -180 and 180.
fn around(degrees: f64) -> f64 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}

/// Corners and middle of a hexagon, or of a pentagon.
fn outline(cell: CellIndex, middle: Middle) -> (Vec<Point>, Point) {
    let own = LatLng::from(cell);
    let own_east = around(own.lng() - middle.lon);
    let corners = cell.boundary();
    let mut points: Vec<Point> =
        corners.iter().map(|corner| (own_east + around(corner.lng() - own.lng()), corner.lat())).collect();
    let mut lat = own.lat();
    if let Some(pole) = pole_in(cell) {
        // Its corners stand all round the pole: from the west edge to the east edge, then along the pole.
        for point in &mut points {
            point.0 = around(point.0);
        }
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        let edge = points.first().map_or(pole, |first| first.1);
        points.insert(0, (-180.0, edge));
        points.extend([(180.0, edge), (180.0, pole), (-180.0, pole)]);
        lat = f64::midpoint(pole, edge);
    }
    let place = |(east, lat): Point| (east * middle.cos, -lat);
    (points.into_iter().map(place).collect(), place((own_east, lat)))
}

/// The latitude of the pole that a cell holds.
fn pole_in(cell: CellIndex) -> Option<f64> {
    let holds = |lat: f64| LatLng::new(lat, 0.0).is_ok_and(|pole| pole.to_cell(cell.resolution()) == cell);
    [90.0, -90.0].into_iter().find(|lat| holds(*lat))
}

/// A frame around all outlines: room at the edges, so that one area does not fill the map, and a height that fits a page.
fn frame_of(outlines: &[(Vec<Point>, Point)]) -> Option<Frame> {
    let points = || outlines.iter().flat_map(|(points, _)| points.iter().copied());
    points().next()?;
    let (west, east) =
        (points().map(|one| one.0).fold(f64::MAX, f64::min), points().map(|one| one.0).fold(f64::MIN, f64::max));
    let (north, south) =
        (points().map(|one| one.1).fold(f64::MAX, f64::min), points().map(|one| one.1).fold(f64::MIN, f64::max));
    let widest = outlines.iter().map(|(points, _)| {
        let xs = || points.iter().map(|one| one.0);
        xs().fold(f64::MIN, f64::max) - xs().fold(f64::MAX, f64::min)
    });
    let room = widest.fold(0.0, f64::max).min(60.0) * 0.6;
    let (width, height) = (east - west + 2.0 * room, south - north + 2.0 * room);
    let scale = (WIDTH / width).min(HEIGHT_MAX / height);
    let (full_width, full_height) = (WIDTH / scale, height.max(HEIGHT_MIN / scale));
    Some(Frame {
        west: f64::midpoint(west, east) - full_width / 2.0,
        north: f64::midpoint(north, south) - full_height / 2.0,
        width: full_width,
        height: full_height,
        scale,
    })
}

fn tenths(units: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "a map is some thousand tenths wide; far outside it saturates")]
    let rounded = (units * TENTHS).round() as i32;
    rounded
}

fn across(points: &[[i32; 2]]) -> i32 {
    let span = |axis: usize| {
        let values = || points.iter().filter_map(move |point| point.get(axis).copied());
        values().max().unwrap_or_default() - values().min().unwrap_or_default()
    };
    span(0).min(span(1))
}

impl Frame {
    fn place(&self, (x, y): Point) -> [i32; 2] {
        [tenths((x - self.west) * self.scale), tenths((y - self.north) * self.scale)]
    }

    /// Length of the bar, and what it stands for: 1, 2 or 5 with noughts, in kilometres.
    fn scale_bar(&self) -> (i32, u32) {
        let longest_km = WIDTH * SCALE_SHARE / self.scale * DEGREE_KM;
        let mut km = 1u32;
        for next in [1u32, 10, 100, 1_000].into_iter().flat_map(|one| [one, 2 * one, 5 * one]) {
            if f64::from(next) <= longest_km {
                km = next;
            }
        }
        (tenths(f64::from(km) / DEGREE_KM * self.scale), km)
    }

    /// Meridians and parallels, a few of each.
    fn lines(&self, middle: Middle) -> Vec<MapLine> {
        let east = self.width / middle.cos;
        let step = STEPS.into_iter().find(|step| east.max(self.height) / step <= LINES_MAX).unwrap_or(90.0);
        let (west, north) = (middle.lon + self.west / middle.cos, -self.north);
        let mut lines = Vec::new();
        let mut lon = (west / step).ceil() * step;
        while lon <= west + east {
            let at = tenths((lon - west) * middle.cos * self.scale);
            lines.push(MapLine { meridian: true, mdeg: mdeg(around(lon)), at });
            lon += step;
        }
        let mut lat = (north / step).floor() * step;
        while lat >= north - self.height {
            if lat.abs() <= 90.0 {
                lines.push(MapLine { meridian: false, mdeg: mdeg(lat), at: tenths((north - lat) * self.scale) });
            }
            lat -= step;
        }
        lines
    }
}
