//! `GET /privacy`: what is kept of a reader, with the very times that the sweeps hold ([`crate::run`]).

use super::page::frame;
use super::place::PLACES_MS_MAX;
use super::reader::Asked;
use super::token::{CHECKED_COOKIE_S, DEVICES_MS_MAX};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::ApiError;
use crate::store::{CONTACT_AFTER_MS, CONTACT_MS_MAX};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tracelight_web_ui::scan::{KeptDays, PRIVACY_URL, PrivacyPage, render_privacy_page};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

fn kept() -> KeptDays {
    KeptDays {
        devices: DEVICES_MS_MAX / DAY_MS,
        places: PLACES_MS_MAX / DAY_MS,
        checked: u64::from(CHECKED_COOKIE_S) * 1_000 / DAY_MS,
        contacts: CONTACT_AFTER_MS / DAY_MS,
        contacts_at_most: CONTACT_MS_MAX / DAY_MS,
    }
}

/// `GET /privacy`. It needs neither database nor chain.
pub async fn page(State(state): State<AppState>, asked: Asked) -> Response {
    let reader = match asked.reader(None, now_ms()) {
        Ok(reader) => reader,
        Err(error) => return ApiError::unavailable(error.to_string()).into_response(),
    };
    let mut frame = frame(&reader, None);
    frame.other_language_url = format!("{PRIVACY_URL}?lang={}", reader.lang.other().tag());
    let alliance = state.alliance.genesis.name.clone();
    let contact = state.config.privacy_contact.clone();
    asked.answer(StatusCode::OK, render_privacy_page(&PrivacyPage { frame, alliance, contact, kept: kept() }))
}

#[cfg(test)]
mod tests;
