//! Roughly where somebody checks, when they say so: after the answer, on a tap, and never exactly.
//!
//! ```text
//! browser    asks the person, cuts latitude and longitude to two decimals (1 km), posts them in the body
//! here       makes a cell of H3 resolution 5 of them (250 square kilometres, 10 km to an edge), and forgets them
//! kept       the cell with the check, for PLACES_MS_MAX; then the check stays and the cell goes
//! ```
//! The numbers stand in no address, no log and no row: a body is never logged, and the cell is made before anything else is done
//! with them. A place counts for a check that was counted from the same page by the same device, and for no other. The rules
//! of [`tracelight_domain::risk`] see the middle of the cell, as a place that a person shared; whoever holds the code reads which town
//! it is near to.

use super::handlers::see_other;
use super::page::frame;
use super::reader::{Asked, form_value};
use super::{ANSWER_TIMEOUT, Outage, secret};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::ApiError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use h3o::{CellIndex, LatLng, Resolution};
use tracelight_domain::risk::{Place, Source};
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::model::PlacePage;
use tracelight_web_ui::scan::render_place_page;

/// How long a cell is kept: 30 days.
pub const PLACES_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;
/// How fine cells are. Never finer than 6.
pub const RESOLUTION: Resolution = Resolution::Five;
/// How far a cell reaches from its middle, in kilometres.
const REACH_KM: u16 = 10;
/// Characters of one number: `-179.99`.
const NUMBER_CHARS_MAX: usize = 7;

/// `POST /scan/place`
pub async fn tell(State(state): State<AppState>, asked: Asked, form: String) -> Response {
    if asked.cross_site {
        return ApiError::forbidden("this form works from the scan page only").into_response();
    }
    let now = now_ms();
    if let Err(too_often) = state.shop.limits.checks.of_network(asked.network, now) {
        return too_often.into_response();
    }
    let told = async {
        let secret = secret(&state).await?;
        let page = secret.open(&form_value(&form, "token").unwrap_or_default()).ok();
        let Some((page, subject)) = page.and_then(|page| Some((page.clone(), page.subject?))) else {
            return Ok(ApiError::invalid("token", "the form was not made by this server").into_response());
        };
        if page.is_too_old(now) {
            return Ok(see_other(&subject.path()));
        }
        let cell = match cell_of(&form) {
            Ok(cell) => cell,
            Err(error) => return Ok(error.into_response()),
        };
        let device = secret.device_of(&page, asked.device());
        let number = secret.page_number(page.nonce, device.as_ref());
        let kept = tokio::time::timeout(ANSWER_TIMEOUT, state.store.keep_place(number, cell));
        if !kept.await.map_err(|_| Outage::Slow)?? {
            let detail = "no check was counted from this page. Hint: answer its question first";
            return Ok(ApiError::invalid("token", detail).into_response());
        }
        state.shop.held.let_go(&subject, state.changed()).await;
        let reader = asked.reader(Some((secret, &subject)), now)?;
        let mut frame = frame(&reader, Some(&subject));
        frame.other_language_url = format!("{}?lang={}", subject.path(), reader.lang.other().tag());
        let near = name_of(cell, reader.lang).map(str::to_owned);
        let html = render_place_page(&PlacePage { frame, back_url: subject.path(), near });
        Ok::<_, Outage>(asked.answer(StatusCode::OK, html))
    };
    told.await.unwrap_or_else(|outage| ApiError::unavailable(outage.to_string()).into_response())
}

/// The cell of what was sent. What is wrong is said without repeating it.
fn cell_of(form: &str) -> Result<u64, ApiError> {
    let number = |name: &str, max: f64| {
        let text = form_value(form, name).unwrap_or_default();
        let cut = text.len() <= NUMBER_CHARS_MAX && text.split_once('.').is_none_or(|(_, part)| part.len() <= 2);
        let value = text.parse::<f64>().ok().filter(|value| cut && value.is_finite() && value.abs() <= max);
        value.ok_or_else(|| ApiError::invalid(name, format!("expected degrees with at most two decimals, up to {max}")))
    };
    let (lat, lon) = (number("lat", 90.0)?, number("lon", 180.0)?);
    let place = LatLng::new(lat, lon).map_err(|_| ApiError::invalid("lat", "this is no place"))?;
    Ok(u64::from(place.to_cell(RESOLUTION)))
}

/// The rough place that a cell is; a number that is no cell is none.
#[must_use]
pub fn place_of(cell: u64) -> Option<Place> {
    let middle = LatLng::from(CellIndex::try_from(cell).ok()?);
    Some(about(middle.lat(), middle.lng(), REACH_KM, Source::Shared))
}

/// What the area of a cell is called; one far from any town has no name.
#[must_use]
pub fn name_of(cell: u64, lang: Lang) -> Option<&'static str> {
    let town = tracelight_map::towns::near(CellIndex::try_from(cell).ok()?)?;
    Some(match lang {
        Lang::Zh => town.zh,
        Lang::En => town.en,
    })
}

/// The place around these degrees.
#[must_use]
pub fn about(lat: f64, lon: f64, reach_km: u16, source: Source) -> Place {
    let thousandths = |degrees: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "within 180,000")]
        let rounded = (degrees * 1_000.0).round() as i32;
        rounded
    };
    Place { lat_mdeg: thousandths(lat), lon_mdeg: thousandths(lon), reach_km, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c14_a_place_becomes_a_cell_of_its_area_and_its_middle_is_some_kilometres_away() {
        let cell = cell_of("lat=39.91&lon=116.40").expect("Beijing");
        assert_eq!(cell_of("lat=39.92&lon=116.40").expect("a kilometre north"), cell);
        let index = CellIndex::try_from(cell).expect("a cell");
        assert!(u8::from(index.resolution()) <= 6);
        let place = place_of(cell).expect("a place");
        let exact = Place { lat_mdeg: 39_910, lon_mdeg: 116_400, reach_km: 0, source: Source::Shared };
        assert_eq!(place.km_apart(&exact), 0, "within its reach");
        assert!(place_of(0).is_none() && place_of(u64::MAX).is_none());
    }

    #[test]
    fn c14_a_place_that_is_exact_or_none_is_refused_and_not_repeated() {
        for (bad, field) in [
            ("lat=39.9087&lon=116.40", "lat"),
            ("lat=39.91&lon=116.3975", "lon"),
            ("lat=91&lon=1", "lat"),
            ("lat=1&lon=181", "lon"),
            ("lat=nan&lon=1", "lat"),
            ("lat=1e1&lon=inf", "lon"),
            ("lon=1", "lat"),
        ] {
            let error = cell_of(bad).expect_err(bad).0;
            assert_eq!(error.field.as_deref(), Some(field), "{bad}");
            assert!(!format!("{error:?}").contains("3975") && !format!("{error:?}").contains("9087"));
        }
    }
}
