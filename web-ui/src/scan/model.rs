//! What the scan pages show, as plain data. The server fills these structs; the pages draw nothing that is not in them.
//!
//! Text that people entered (names, places, reasons) is plain text in whatever language it was registered: the pages
//! escape it and mark foreign runs with `lang`. Times are Unix milliseconds in UTC; the pages show them in the zone of
//! [`Frame::utc_offset_minutes`]. Dates that are printed on a pack are text, in the print's own form.
//!
//! URLs must be same-origin paths or `https:` (and come from the server's own router): the pages escape them but do not
//! judge their scheme.

use tracelight_api::rest::report::{Finding, ReportStatus};

pub use super::kept::model::{Keep, KeepForm, KeptPage, Said};
pub use super::marks::model::{MarkCard, MarkFound, PIN_FIELD_CHARS_MAX, PinFault, PinForm};
pub use super::place::PlacePage;
pub use crate::i18n::Lang;
pub use crate::verdict_text::{ProductKind, Verdict};

/// What all pages share: who reads, on what, and where the links lead.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The page's language.
    pub lang: Lang,
    /// The word for the reader's machine.
    pub device: Device,
    /// Host as in the address bar, without scheme, for "you are on".
    pub host: String,
    /// The time of the answer.
    pub now_ms: i64,
    /// Offset of the shown times from UTC, in minutes; 480 in China. Held to one day either way.
    pub utc_offset_minutes: i32,
    /// This page in the other language.
    pub other_language_url: String,
    /// The report form for this code. `None` leaves every report button and link out.
    pub report_url: Option<String>,
    /// The page for typing a code; also the action of the form on it (GET, field `code`).
    pub code_entry_url: String,
    /// The list of published recalls; also the action of the search on it (GET, field `q`).
    pub recalls_url: String,
    /// What is kept about a reader.
    pub privacy_url: Option<String>,
}

/// What the reader holds. A guess from the user agent; it changes one word only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// "phone", and the guess when unsure.
    Phone,
    /// "device".
    Computer,
}

/// The answer to one scan.
#[derive(Clone, Debug)]
pub struct ScanPage {
    /// Reader and links.
    pub frame: Frame,
    /// The verdict, from `tracelight_domain::verdict`.
    pub verdict: Verdict,
    /// What the code stands for, if anything is known.
    pub product: Option<ProductFacts>,
    /// The code and what is printed beside it.
    pub code: CodeFacts,
    /// The steps that may be shown to a shopper, oldest first. Empty hides the card.
    pub journey: Vec<JourneyStep>,
    /// Checks that were counted before this one.
    pub earlier: EarlierChecks,
    /// Needed for [`Verdict::Recalled`].
    pub recall: Option<RecallFacts>,
    /// The fact behind [`Verdict::Suspicious`].
    pub suspicion: Option<Suspicion>,
    /// When the sale was recorded, for [`Verdict::SoldOrDispensed`].
    pub sold_at_ms: Option<i64>,
    /// The block the answer rests on.
    pub chain: Option<ChainPoint>,
    /// How the reader's device can check the answer. `None`: there is nothing to check (an outage, for example).
    pub check: Option<CheckLinks>,
    /// Where the equal buttons post to. `None` shows the facts without buttons.
    pub answer: Option<AnswerForm>,
    /// What the pack's marks proved, and the form for its PIN. `None`: the page says nothing about marks.
    pub marks: Option<MarkCard>,
    /// The form that makes a receipt of this answer.
    pub keep: Option<KeepForm>,
    /// For [`Verdict::UnknownCode`]: what was asked for, and what is wrong with it.
    pub typed: Option<TypedCode>,
    /// The page's script, [`super::checker_js`] under a name with its hash. `None`: the page has no script at all.
    pub script_url: Option<String>,
    /// This page's own URL, for "Try again".
    pub retry_url: String,
    /// For [`Verdict::CannotCheckNow`]: the number that finds this failure in the logs.
    pub incident: Option<String>,
}

/// The product behind the code.
#[derive(Clone, Debug)]
pub struct ProductFacts {
    /// Name as registered.
    pub name: String,
    /// Strength and pack, "100 ml, 2.4 g".
    pub detail: Option<String>,
    /// The maker, and where: "Qinhe Pharma, Xi'an".
    pub maker: String,
    /// The maker alone, for sentences: "Qinhe Pharma".
    pub maker_short: String,
    /// Medicine or food.
    pub kind: ProductKind,
    /// Approval number as printed.
    pub approval: Option<String>,
    /// The maker's free number as printed. Digits and `+` of it make the `tel:` link.
    pub hotline: Option<String>,
}

/// The code, in its parts.
#[derive(Clone, Debug, Default)]
pub struct CodeFacts {
    /// GTIN-14.
    pub gtin: String,
    /// Serial. Shown in groups of four; copies without spaces.
    pub serial: String,
    /// Lot as printed.
    pub lot: Option<String>,
    /// Expiry or best-before as printed, "2027-10".
    pub expiry: Option<String>,
    /// Date of making as printed.
    pub made: Option<String>,
    /// The canonical path of the code, `/01/<gtin>/21/<serial>`, to keep and to give to the checker.
    pub path: String,
}

/// One step of the journey. Consumers see partners' roles and cities; only the maker is named.
#[derive(Clone, Debug)]
pub struct JourneyStep {
    /// What happened.
    pub what: StepKind,
    /// City, if known.
    pub place: Option<String>,
    /// When it happened.
    pub at_ms: i64,
    /// Who stands for it.
    pub signed: Signed,
    /// How the step stands now.
    pub state: StepState,
}

/// What happened to the pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Applied to the pack and read on the line.
    Made,
    /// Batch released and sealed on the chain.
    Sealed,
    /// Left a custodian, not yet received.
    OnTheWay,
    /// Received by a partner, who holds it since.
    Held(PartnerRole),
    /// Sold or dispensed.
    Sold(PartnerRole),
    /// The batch was recalled.
    Recalled,
    /// Taken out of use.
    TakenOut,
}

/// A partner's part in the trade, the only thing about a partner that a shopper sees besides the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerRole {
    /// Marketing authorisation holder or food maker.
    Maker,
    /// Wholesaler.
    Wholesaler,
    /// Logistics company.
    Logistics,
    /// Pharmacy.
    Pharmacy,
    /// Hospital.
    Hospital,
    /// Food shop.
    Shop,
    /// Authority.
    Regulator,
}

/// Who stands for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Read by the line's camera.
    Line,
    /// Giver and taker have signed.
    BothSides,
    /// One member has signed.
    OneSide,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Passed.
    Passed,
    /// The pack is here.
    Now,
    /// Withdrawn by its author; the correction is the next step.
    Withdrawn,
    /// Stopped by a recall.
    Recalled,
}

/// Checks that were counted before this one, as the server knows them.
#[derive(Clone, Debug, Default)]
pub struct EarlierChecks {
    /// How many.
    pub count: u32,
    /// The ones that are listed, oldest first. At most [`super::EARLIER_SHOWN_MAX`] are drawn.
    pub listed: Vec<EarlierCheck>,
}

/// One earlier check: hour and rough area only.
#[derive(Clone, Debug)]
pub struct EarlierCheck {
    /// When; the page shows the hour.
    pub at_ms: i64,
    /// Rough area, if the person shared it.
    pub place: Option<String>,
}

/// A recall that covers this pack.
#[derive(Clone, Debug)]
pub struct RecallFacts {
    /// What is wrong, in Chinese, one sentence with its full stop.
    pub reason_zh: String,
    /// What is wrong, in English, one sentence with its full stop.
    pub reason_en: String,
    /// Class I is the gravest.
    pub class: RecallClass,
    /// When it was opened.
    pub opened_at_ms: i64,
    /// Lots covered, as printed. Empty leaves the list out.
    pub lots: Vec<String>,
    /// What whoever has used it should look out for and do, in the page's language.
    pub advice: Option<String>,
}

/// The class of a recall, as in the Chinese rules (一级, 二级, 三级).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallClass {
    /// May cause serious harm.
    I,
    /// May cause temporary or reversible harm.
    II,
    /// Unlikely to cause harm.
    III,
}

/// The fact that makes a code look copied. A fact, never a score.
#[derive(Clone, Debug)]
pub enum Suspicion {
    /// A pack that carried this code was examined and was a fake.
    FoundFake,
    /// Two places, too far apart for the time between.
    TooFast {
        /// Earlier place.
        from: EarlierCheck,
        /// Later place.
        to: EarlierCheck,
        /// Distance between the areas' middles.
        km: u32,
    },
    /// Many checks in a short time.
    TooMany {
        /// Checks.
        count: u32,
        /// Within so many hours.
        hours: u32,
    },
    /// Checked by more people than one pack meets.
    Strangers {
        /// Different devices.
        devices: u32,
    },
    /// Checked in areas far apart within a few days.
    TooFar {
        /// Areas.
        areas: u32,
    },
    /// Checked elsewhere before it had come to an outlet.
    BeforeSale,
    /// Checked where this pack was not sent.
    WrongMarket {
        /// Area of the check, when it has a name.
        place: Option<String>,
    },
    /// Checked by strangers after it had been sold.
    AfterSale,
    /// Codes next to it were checked at the same time.
    Burst {
        /// Neighbouring codes.
        neighbours: u32,
    },
    /// Somebody said that an earlier check was not theirs, or that the print differs.
    Disowned,
}

/// A final block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainPoint {
    /// Height.
    pub height: u64,
    /// Time of the block.
    pub as_of_ms: i64,
}

/// How a device checks the answer.
#[derive(Clone, Debug)]
pub struct CheckLinks {
    /// The proof, as bytes. Same origin.
    pub bundle_url: String,
    /// Hash of the alliance's genesis, lower-case hex.
    pub genesis_hash: String,
    /// The proof with its checker in one page that needs no network; `None` where this server has no checker to put into it.
    pub offline_url: Option<String>,
    /// The checker; `None` leaves the download only.
    pub assets: Option<CheckerAssets>,
}

/// The checker's files. Same origin, names with a content hash.
#[derive(Clone, Debug)]
pub struct CheckerAssets {
    /// The wasm-bindgen module (ES module, `--target web`).
    pub js_url: String,
    /// The program.
    pub wasm_url: String,
    /// Module and program as transferred, in kilobytes, rounded up. At most 60 starts the check without a tap.
    pub kb: u32,
}

/// The form behind the equal buttons. Buttons send `answer` = [`Answer::name`]; `token` goes along.
#[derive(Clone, Debug)]
pub struct AnswerForm {
    /// POST target.
    pub post_url: String,
    /// One-time token of this page, against replays.
    pub token: String,
    /// POST target of the "seen" signal that a browser with scripts sends once the page is really looked at
    /// (same token, no `answer`). `None` sends nothing.
    pub seen_url: Option<String>,
}

/// What a reader can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The print agrees with the record.
    Match,
    /// The print differs.
    Differs,
    /// The earlier check, or the sale, was mine.
    Mine,
    /// It was not mine.
    NotMine,
}

impl Answer {
    /// All, in the order of the buttons.
    pub const ALL: [Self; 4] = [Self::Match, Self::Differs, Self::Mine, Self::NotMine];

    /// The form value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Differs => "differs",
            Self::Mine => "mine",
            Self::NotMine => "not_mine",
        }
    }

    /// Reads a form value.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.name() == name)
    }
}

/// The page after an equal button.
#[derive(Clone, Debug)]
pub struct AnswerPage {
    /// Reader and links.
    pub frame: Frame,
    /// What was answered.
    pub answer: Answer,
    /// Back to the verdict.
    pub back_url: String,
    /// The product, for its hotline and its kind.
    pub product: Option<ProductFacts>,
    /// The question for the rough place. `None` leaves it out.
    pub place: Option<PlaceForm>,
}

/// The question for the rough place, behind an answer.
#[derive(Clone, Debug)]
pub struct PlaceForm {
    /// The page's token.
    pub token: String,
    /// The script that asks, [`super::place_js`] under a name with its hash.
    pub script_url: String,
}

/// A code as somebody typed it.
#[derive(Clone, Debug, Default)]
pub struct TypedCode {
    /// As typed, for the field. The server cuts it to [`super::CODE_CHARS_MAX`] characters.
    pub text: String,
    /// The first thing that is wrong.
    pub fault: Option<CodeFault>,
}

/// What is wrong with a typed code. Positions count the characters that are not spaces, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Nothing was typed.
    Empty,
    /// The check digit does not fit the others.
    CheckDigit {
        /// Digits before it.
        others: usize,
        /// What would fit.
        expected: char,
        /// What stands there.
        found: char,
    },
    /// A character that no code holds at this place.
    NotAllowed {
        /// Where.
        position: usize,
        /// What stands there.
        found: char,
    },
    /// Too few or too many digits in the product number.
    Length {
        /// Digits found.
        found: usize,
        /// Digits expected.
        expected: usize,
    },
    /// The product number is there, the serial is not.
    NoSerial,
}

/// The page for typing a code.
#[derive(Clone, Debug)]
pub struct CodeEntryPage {
    /// Reader and links.
    pub frame: Frame,
    /// What was typed before, if anything.
    pub typed: TypedCode,
    /// The script that reads a code with the camera, [`super::camera_js`] under a name with its hash. `None`: no camera.
    pub camera_url: Option<String>,
}

/// Published recalls, newest first.
#[derive(Clone, Debug)]
pub struct RecallsPage {
    /// Reader and links.
    pub frame: Frame,
    /// What was looked for; empty for all.
    pub asked: String,
    /// Those of this page.
    pub found: Vec<PublishedRecall>,
    /// The next page.
    pub older_url: Option<String>,
    /// The same list as Atom.
    pub atom_url: String,
    /// And as JSON Feed.
    pub json_url: String,
    /// The number of an outage on our side. Then there is no list.
    pub outage: Option<String>,
}

/// A recall that is in force, or was wound up: its lot stays recalled.
#[derive(Clone, Debug)]
pub struct PublishedRecall {
    /// The product's name in the page's language.
    pub product: String,
    /// The lot's maker.
    pub maker: String,
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// How grave.
    pub class: RecallClass,
    /// When a second person approved it.
    pub published_at_ms: i64,
    /// When it was wound up.
    pub closed_at_ms: Option<i64>,
    /// Why, when this server has the text.
    pub reason: Option<String>,
    /// What whoever has used it should look out for and do.
    pub advice: Option<String>,
    /// The maker's telephone number.
    pub hotline: Option<String>,
    /// This recall alone.
    pub url: String,
}

/// What a product's number leads to.
#[derive(Clone, Debug)]
pub struct LinksPage {
    /// Reader and links.
    pub frame: Frame,
    /// The product, if it is known.
    pub name: Option<String>,
    /// Its identifier as a path, `/01/…`.
    pub identifier: String,
    /// The links.
    pub rows: Vec<LinkRow>,
}

/// One link of a list.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// What the link is called.
    pub title: String,
    /// Where it leads.
    pub url: String,
    /// Its type, such as `gs1:epil`.
    pub kind: String,
    /// Languages of the target, such as `en, zh-CN`.
    pub languages: String,
}

/// The report form.
#[derive(Clone, Debug)]
pub struct ReportPage {
    /// Reader and links.
    pub frame: Frame,
    /// POST target. Fields: `token`, `what` ([`ReportWhat::name`]), `where`, `contact`, and `photos` when offered.
    pub post_url: String,
    /// One-time token.
    pub token: String,
    /// The product, if the report is about a known one.
    pub product: Option<ProductFacts>,
    /// The code, if the report is about one.
    pub code: Option<CodeFacts>,
    /// Whether the server takes photos (the form is then `multipart/form-data`).
    pub photos: Photos,
    /// What was wrong with the last try, and what was entered then.
    pub retry: Option<ReportRetry>,
}

/// Whether photos are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Photos {
    /// Up to five.
    Offered,
    /// The question is left out.
    NotOffered,
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportWhat {
    /// The pack looks different.
    Looks,
    /// Lot or expiry does not match.
    Print,
    /// The seal was open or damaged.
    Seal,
    /// Where it was sold.
    Seller,
    /// Something else.
    Other,
}

impl ReportWhat {
    /// All, in the order of the form.
    pub const ALL: [Self; 5] = [Self::Looks, Self::Print, Self::Seal, Self::Seller, Self::Other];

    /// The form value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Looks => "looks",
            Self::Print => "print",
            Self::Seal => "seal",
            Self::Seller => "seller",
            Self::Other => "other",
        }
    }

    /// Reads a form value.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

/// A report that was not accepted, so that nothing has to be entered twice.
#[derive(Clone, Debug)]
pub struct ReportRetry {
    /// What was wrong.
    pub fault: ReportFault,
    /// The choice that was made.
    pub what: Option<ReportWhat>,
    /// The place that was entered.
    pub place: String,
    /// The contact that was entered.
    pub contact: String,
}

/// Why a report was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFault {
    /// The first question has no answer.
    NothingChosen,
    /// A text is longer than [`super::REPORT_TEXT_CHARS_MAX`].
    TextTooLong,
    /// A photo.
    Photos(PhotosFault),
}

/// Which photo was not taken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotosFault {
    /// From 1, in the order in which they were chosen; 0 for all of them.
    pub number: u32,
    /// Why.
    pub fault: PhotoFault,
}

/// Why a photo was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoFault {
    /// There are more than five.
    TooMany,
    /// Too many bytes.
    TooLarge,
    /// HEIC or AVIF.
    Heic,
    /// Another kind of file.
    NotAPicture,
    /// Too many pixels.
    TooManyPixels,
    /// A picture that cannot be read to its end.
    Damaged,
    /// Too many people send photos just now.
    Busy,
    /// There is no room for photos.
    Full,
}

/// How a report stands, for whoever has its number.
#[derive(Clone, Debug)]
pub struct CasePage {
    /// Reader and links.
    pub frame: Frame,
    /// The number that was typed; empty before one was.
    pub typed: String,
    /// The case of this number.
    pub found: Option<CaseView>,
    /// Number of the incident, when nothing could be looked up.
    pub outage: Option<String>,
}

/// What the person who reported is told.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// Its number, as the receipt has it.
    pub case_number: String,
    /// When it was received.
    pub received_at_ms: i64,
    /// Where it stands.
    pub status: ReportStatus,
    /// What came out.
    pub finding: Option<Finding>,
    /// When that was last changed.
    pub changed_at_ms: Option<i64>,
    /// What the maker or the regulator answers; empty before they do.
    pub reply: String,
}

/// The page after a report.
#[derive(Clone, Debug)]
pub struct ReceiptPage {
    /// Reader and links.
    pub frame: Frame,
    /// Case number, "TL-26-4K7M-93".
    pub case_number: String,
    /// When it was received.
    pub received_at_ms: i64,
    /// Photos that came with it.
    pub photos: u32,
    /// The receipt as PDF, if the server makes one.
    pub pdf_url: Option<String>,
    /// Where the case can be looked up with its number.
    pub case_url: Option<String>,
    /// The consumers' hotline as printed, "12315".
    pub hotline: Option<String>,
}
