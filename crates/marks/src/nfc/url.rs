//! The message within the address that a tag shows to a phone.
//!
//! ```text
//! separate, encrypted   ?picc_data=FD91…DF40&enc=CEE9…8962&cmac=ECC1E7F6C6C73BF6
//! separate, in clear    ?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3
//! bulk                  ?e=FD91…DF40CEE9…8962ECC1E7F6C6C73BF6     PICC data 16 bytes, file data, MAC 8 bytes
//! ```
//! The names are the tags' own, so they are configured. The MAC is over the text between two places of the address as the tag
//! mirrored it: nothing, or from the value of a parameter up to the MAC's own value, names and separators included. Tags
//! mirror hexadecimal digits in upper case; where an address has been changed to lower case on its way, these, and only
//! these, are put back. A parameter that is there twice is refused: two readers could take one each.

use super::sun::{MAC_BYTES, Message, Picc, SunError, Uid};
use super::{Counter, sun};
use crate::bytes::unhex;
use thiserror::Error;

/// Bytes of an address. Tags have 256 for all of it; some phones and sites add parameters.
pub const URL_BYTES_MAX: usize = 2_048;
/// Parameters of an address.
const PARAMETERS_MAX: usize = 32;

/// Why there is no message in an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UrlError {
    /// Longer than [`URL_BYTES_MAX`].
    #[error("an address of {0} bytes, expected at most {URL_BYTES_MAX}")]
    TooLong(usize),
    /// More than 32 parameters.
    #[error("an address of more than {PARAMETERS_MAX} parameters")]
    TooMany,
    /// Not there.
    #[error("parameter `{0}` is missing")]
    Missing(String),
    /// There more than once.
    #[error("parameter `{0}` is there twice")]
    Twice(String),
    /// Not hexadecimal digits, or not as many as the parameter has.
    #[error("parameter `{name}` is not {expected}")]
    Value {
        /// The parameter.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The MAC does not come behind what it is over.
    #[error("the MAC's parameter `{0}` stands before what the MAC is over")]
    Order(String),
    /// The parts are there and are no message.
    #[error("the parameters are no message: {0}")]
    Message(#[from] SunError),
}

/// Where the text begins that the MAC is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MacFrom {
    /// At the MAC itself: it is over nothing but the session's keys.
    Mac,
    /// At the value of this parameter.
    Parameter(String),
}

/// The names of parameters that each hold one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separate {
    /// Encrypted PICC data.
    pub picc: String,
    /// UID in clear; read when there are no encrypted PICC data.
    pub uid: String,
    /// Counter in clear.
    pub counter: String,
    /// Encrypted file data, for tags that mirror some; then they have to be there.
    pub file: Option<String>,
    /// The MAC.
    pub mac: String,
    /// Where its text begins.
    pub mac_from: MacFrom,
}

/// One parameter that holds all parts; the MAC is over the digits of the file data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Its name.
    pub parameter: String,
}

/// How the tags write their address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A parameter for each part.
    Separate(Separate),
    /// One for all.
    Bulk(Bulk),
}

impl Layout {
    /// `picc_data`, or `uid` and `ctr`, and `cmac` over nothing: what AN12196 begins with.
    #[must_use]
    pub fn without_file() -> Self {
        Self::Separate(Separate {
            picc: "picc_data".into(),
            uid: "uid".into(),
            counter: "ctr".into(),
            file: None,
            mac: "cmac".into(),
            mac_from: MacFrom::Mac,
        })
    }

    /// The same with file data in `enc`, from which on the MAC is.
    #[must_use]
    pub fn with_file() -> Self {
        let from = MacFrom::Parameter("enc".into());
        match Self::without_file() {
            Self::Separate(names) => Self::Separate(Separate { file: Some("enc".into()), mac_from: from, ..names }),
            bulk @ Self::Bulk(_) => bulk,
        }
    }

    /// Reads an address, or a query alone.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(&self, url: &str) -> Result<Message, UrlError> {
        if url.len() > URL_BYTES_MAX {
            return Err(UrlError::TooLong(url.len()));
        }
        let query = url.split_once('?').map_or(url, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let parameters: Vec<(&str, &str)> =
            query.split('&').take(PARAMETERS_MAX + 1).map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
        if parameters.len() > PARAMETERS_MAX {
            return Err(UrlError::TooMany);
        }
        let query = Query(parameters);
        match self {
            Self::Separate(names) => names.read(&query),
            Self::Bulk(bulk) => bulk.read(&query),
        }
    }
}

impl Separate {
    fn read(&self, query: &Query<'_>) -> Result<Message, UrlError> {
        let picc = if query.find(&self.picc)?.is_some() {
            Picc::encrypted(&query.hex(&self.picc)?)?
        } else {
            let uid = query.exactly(&self.uid, "the 14 digits of a UID")?;
            let counter = query.exactly(&self.counter, "the 6 digits of a counter")?;
            Picc::Plain { uid: Uid(uid), counter: Counter::from_big_endian(counter) }
        };
        let file = self.file.as_ref().map(|name| query.hex(name)).transpose()?;
        let mac: [u8; MAC_BYTES] = query.exactly(&self.mac, "the 16 digits of a MAC")?;
        Ok(Message::new(picc, file, mac, self.mac_input(query)?)?)
    }

    /// The text from the value that the MAC begins at, up to the MAC's own value.
    fn mac_input(&self, query: &Query<'_>) -> Result<Vec<u8>, UrlError> {
        let MacFrom::Parameter(from) = &self.mac_from else { return Ok(Vec::new()) };
        let (Some(first), Some(mac)) = (query.find(from)?, query.find(&self.mac)?) else {
            return Err(UrlError::Missing(from.clone()));
        };
        if first >= mac {
            return Err(UrlError::Order(self.mac.clone()));
        }
        let mut text = String::new();
        for (index, (name, value)) in query.0.iter().enumerate().take(mac).skip(first) {
            if index > first {
                text.extend(["&", name, "="]);
            }
            if self.mirrors_digits(name) {
                text.push_str(&value.to_ascii_uppercase());
            } else {
                text.push_str(value);
            }
        }
        text.extend(["&", &self.mac, "="]);
        Ok(text.into_bytes())
    }

    fn mirrors_digits(&self, name: &str) -> bool {
        [&self.picc, &self.uid, &self.counter].into_iter().chain(&self.file).any(|known| known == name)
    }
}

impl Bulk {
    fn read(&self, query: &Query<'_>) -> Result<Message, UrlError> {
        let all = query.hex(&self.parameter)?;
        let wrong = || UrlError::Value {
            name: self.parameter.clone(),
            expected: "16 bytes of PICC data, whole blocks of file data and 8 bytes of MAC",
        };
        let (front, mac) = all.split_last_chunk::<MAC_BYTES>().ok_or_else(wrong)?;
        // 24 bytes of PICC data leave half a block.
        if front.len() >= 24 && front.len() % 16 == 8 {
            return Err(UrlError::Message(SunError::Lrp));
        }
        let (picc, file) = front.split_at_checked(16).ok_or_else(wrong)?;
        let file = (!file.is_empty()).then(|| file.to_vec());
        let input = file.iter().flatten().fold(String::new(), |text, byte| text + &format!("{byte:02X}"));
        Ok(sun::Message::new(Picc::encrypted(picc)?, file, *mac, input.into_bytes())?)
    }
}

struct Query<'a>(Vec<(&'a str, &'a str)>);

impl Query<'_> {
    fn find(&self, name: &str) -> Result<Option<usize>, UrlError> {
        let mut found = self.0.iter().enumerate().filter(|(_, (known, _))| *known == name).map(|(index, _)| index);
        let first = found.next();
        if found.next().is_some() { Err(UrlError::Twice(name.to_owned())) } else { Ok(first) }
    }

    fn hex(&self, name: &str) -> Result<Vec<u8>, UrlError> {
        let value = self.find(name)?.and_then(|index| self.0.get(index));
        let (_, value) = value.ok_or_else(|| UrlError::Missing(name.to_owned()))?;
        let wrong = || UrlError::Value { name: name.to_owned(), expected: "hexadecimal digits, two for a byte" };
        unhex(value).ok_or_else(wrong)
    }

    fn exactly<const N: usize>(&self, name: &str, expected: &'static str) -> Result<[u8; N], UrlError> {
        let wrong = || UrlError::Value { name: name.to_owned(), expected };
        self.hex(name)?.try_into().map_err(|_| wrong())
    }
}
