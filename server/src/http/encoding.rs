//! Encodings of a body (RFC 9110, 8.4 and 12.5.3).

/// An encoding that this server has bodies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
    /// As it is.
    Plain,
}

impl Encoding {
    /// Those that a client takes by its `Accept-Encoding`, best first; plain is always the last.
    #[must_use]
    pub fn taken(accepted: &str) -> Vec<Self> {
        let takes = |encoding: &Self| {
            accepted.split(',').any(|part| {
                let mut parts = part.split(';').map(str::trim);
                parts.next() == encoding.name() && !parts.any(|parameter| parameter == "q=0")
            })
        };
        let mut taken: Vec<_> = [Self::Brotli, Self::Gzip].into_iter().filter(takes).collect();
        taken.push(Self::Plain);
        taken
    }

    /// The best that a client takes.
    #[must_use]
    pub fn best(accepted: &str) -> Self {
        Self::taken(accepted).first().copied().unwrap_or(Self::Plain)
    }

    /// In `Content-Encoding`.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain => None,
        }
    }

    /// Of a file's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_encoding_that_is_taken_comes_first() {
        assert_eq!(Encoding::taken("gzip, deflate, br"), [Encoding::Brotli, Encoding::Gzip, Encoding::Plain]);
        assert_eq!(Encoding::taken("br;q=0, gzip"), [Encoding::Gzip, Encoding::Plain]);
        assert_eq!(Encoding::taken(""), [Encoding::Plain]);
        assert_eq!((Encoding::best("gzip, br"), Encoding::best("zstd")), (Encoding::Brotli, Encoding::Plain));
    }
}
