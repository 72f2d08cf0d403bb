//! Names of commands, so that a command that is sent twice is done once.

use crate::Error;

/// Bytes of a name.
pub const ONCE_BYTES_MAX: usize = 200;

/// The `Idempotency-Key` of one command: the same name with the same command again gives the first result, with another
/// command it is refused (`idempotency_conflict`).
///
/// A name of the caller's own (the number of its document) also survives a restart of the caller; a random one only serves the
/// attempts of one call. Names are those of one API key: under another key, a new one of the same program too, the same name is another
/// command. A key that is rotated stays the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once(String);

impl Once {
    /// A name of the caller's: 1 to [`ONCE_BYTES_MAX`] visible ASCII characters.
    ///
    /// # Errors
    /// [`Error::BadName`].
    pub fn named(name: &str) -> Result<Self, Error> {
        let visible = name.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && name.trim() == name;
        if (1..=ONCE_BYTES_MAX).contains(&name.len()) && visible {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::BadName)
        }
    }

    /// A name of 128 random bits.
    ///
    /// # Errors
    /// [`Error::Setup`] when the operating system gives no randomness.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Self(hex::encode(bytes)))
    }

    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_header() {
        for good in ["x", "PO-4711 / 2", &"x".repeat(ONCE_BYTES_MAX)] {
            assert_eq!(Once::named(good).expect("a name").as_str(), good);
        }
        for bad in ["", " x", "x\n", "单", &"x".repeat(ONCE_BYTES_MAX + 1)] {
            assert!(matches!(Once::named(bad), Err(Error::BadName)), "{bad:?}");
        }
        assert_ne!(Once::random().expect("randomness"), Once::random().expect("randomness"));
    }
}
