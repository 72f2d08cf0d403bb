//! A report as it arrives: a form with photos (`multipart/form-data`, RFC 7578), or one without (`x-www-form-urlencoded`).
//!
//! ```text
//! token    first, so that nobody without a page of this server has a picture decoded
//! what     a choice          photos   0 to 5 files          where, contact   one line each
//! ```
//! Photos are taken one by one while they arrive. After the first fault the rest of the form is still read, so that what
//! was typed is not lost; bytes of photos that are no longer wanted are let go as they come.

use crate::app::AppState;
use crate::http::ApiError;
use crate::scan::FORM_BYTES_MAX;
use crate::scan::reader::form_value;
use crate::scan::token::{PageToken, ScanSecret};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::{StatusCode, header};
use tokio::sync::OwnedSemaphorePermit;
use tracelight_photos::{COUNT_MAX, SENT_BYTES_MAX};
use tracelight_web_ui::scan::REPORT_TEXT_CHARS_MAX;
use tracelight_web_ui::scan::model::{PhotoFault, PhotosFault, ReportFault, ReportRetry, ReportWhat};

/// Bytes of a whole form. More than five photos at their bound, so that a sixth is told as a sixth.
pub const SENT_FORM_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Fields of a form; further ones are not read.
const FIELDS_MAX: usize = 32;

/// What was entered.
pub struct Sent {
    /// The page that it was entered on.
    pub token: PageToken,
    what: Option<ReportWhat>,
    /// Where it was bought.
    pub place: String,
    /// How to reach the person.
    pub contact: String,
    /// Pictures of our own, made of what was sent.
    pub photos: Vec<Vec<u8>>,
    photo_fault: Option<PhotosFault>,
}

impl Sent {
    /// Reads a form.
    ///
    /// # Errors
    /// 400 for a form that was not made by this server or that ends too early, 413 for one without bounds.
    pub async fn read(request: Request, state: &AppState, secret: &ScanSecret) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            return Self::with_photos(request, state, secret).await;
        }
        let body = axum::body::to_bytes(request.into_body(), FORM_BYTES_MAX).await;
        let body =
            body.map_err(|_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the form is too long"))?;
        let form = String::from_utf8_lossy(&body);
        let text = |name| form_value(&form, name).unwrap_or_default().trim().to_owned();
        Ok(Self {
            token: secret.open(&text("token")).map_err(|_| foreign())?,
            what: ReportWhat::from_name(&text("what")),
            place: text("where"),
            contact: text("contact"),
            photos: Vec::new(),
            photo_fault: None,
        })
    }

    async fn with_photos(request: Request, state: &AppState, secret: &ScanSecret) -> Result<Self, ApiError> {
        let mut fields = Multipart::from_request(request, state).await.map_err(|_| cut_off())?;
        let first = fields.next_field().await.map_err(|_| cut_off())?.ok_or_else(foreign)?;
        if first.name() != Some("token") {
            return Err(ApiError::invalid("token", "the form's token stands before everything else"));
        }
        let token = text(first).await.map_err(|_| cut_off())?;
        let mut sent = Self::empty(secret.open(&token).map_err(|_| foreign())?);
        let mut desk = Desk { state, count: 0, place: None };
        for _ in 1..FIELDS_MAX {
            let read = match fields.next_field().await {
                Ok(Some(field)) => sent.field(field, &mut desk).await,
                Ok(None) => break,
                Err(error) => Err(error),
            };
            match read {
                Ok(()) => {}
                // What was read before the bound is shown again.
                Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                    sent.photo_fault = Some(PhotosFault { number: 0, fault: PhotoFault::TooLarge });
                    break;
                }
                Err(_) => return Err(cut_off()),
            }
        }
        if sent.photo_fault.is_some() {
            sent.photos.clear();
        }
        Ok(sent)
    }

    fn empty(token: PageToken) -> Self {
        let (place, contact) = (String::new(), String::new());
        Self { token, what: None, place, contact, photos: Vec::new(), photo_fault: None }
    }

    async fn field(&mut self, field: Field<'_>, desk: &mut Desk<'_>) -> Result<(), MultipartError> {
        match field.name() {
            Some("photos") => desk.photo(self, field).await?,
            Some("what") => self.what = ReportWhat::from_name(&text(field).await?),
            Some("where") => self.place = text(field).await?,
            Some("contact") => self.contact = text(field).await?,
            _ => {}
        }
        Ok(())
    }

    /// What is wrong, if anything: the first thing in the order of the form.
    pub fn fault(&self) -> Result<ReportWhat, ReportFault> {
        let what = self.what.ok_or(ReportFault::NothingChosen)?;
        let long = |text: &str| text.chars().count() > REPORT_TEXT_CHARS_MAX;
        match self.photo_fault {
            Some(fault) => Err(ReportFault::Photos(fault)),
            None if long(&self.place) || long(&self.contact) => Err(ReportFault::TextTooLong),
            None => Ok(what),
        }
    }

    /// What was typed, to be shown again.
    pub fn retry(&self, fault: ReportFault) -> ReportRetry {
        let cut = |text: &str| text.chars().take(REPORT_TEXT_CHARS_MAX).collect();
        ReportRetry { fault, what: self.what, place: cut(&self.place), contact: cut(&self.contact) }
    }
}

/// The photos of one form.
struct Desk<'a> {
    state: &'a AppState,
    count: usize,
    place: Option<OwnedSemaphorePermit>,
}

impl Desk<'_> {
    async fn photo(&mut self, sent: &mut Sent, mut field: Field<'_>) -> Result<(), MultipartError> {
        let Some(first) = field.chunk().await? else { return Ok(()) };
        // Nothing chosen is one file without a name or a byte.
        if first.is_empty() && field.file_name().is_none_or(str::is_empty) {
            return Ok(());
        }
        self.count += 1;
        if sent.photo_fault.is_some() {
            return Ok(());
        }
        if let Err(fault) = self.take(sent, first.to_vec(), &mut field).await? {
            sent.photo_fault = Some(PhotosFault { number: u32::try_from(self.count).unwrap_or(u32::MAX), fault });
        }
        Ok(())
    }

    async fn take(
        &mut self,
        sent: &mut Sent,
        mut bytes: Vec<u8>,
        field: &mut Field<'_>,
    ) -> Result<Result<(), PhotoFault>, MultipartError> {
        if self.count > COUNT_MAX {
            return Ok(Err(PhotoFault::TooMany));
        }
        let desk = &self.state.shop.photos;
        if self.place.is_none() {
            self.place = desk.place();
        }
        if self.place.is_none() {
            return Ok(Err(PhotoFault::Busy));
        }
        while let Some(chunk) = field.chunk().await? {
            if bytes.len() + chunk.len() > SENT_BYTES_MAX {
                return Ok(Err(PhotoFault::TooLarge));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(desk.take(bytes).await.map(|kept| sent.photos.push(kept.jpeg)))
    }
}

/// A field of text. Longer than a form without photos is no text of ours; it is cut and then found too long.
async fn text(mut field: Field<'_>) -> Result<String, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = FORM_BYTES_MAX.saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn foreign() -> ApiError {
    ApiError::invalid("token", "the form was not made by this server")
}

fn cut_off() -> ApiError {
    let detail = "the form ended before its end. Hint: send it again; without photos it is short";
    ApiError::invalid("form", detail)
}
