//! The grid that a label is drawn on: its smallest step is one dot of the printer.
//!
//! Everything on a label stands at whole dots, and a module of a symbol is a whole number of dots wide, so that no printer
//! has to round: rounding is what makes bars of unequal width. A PDF has no dots; its grid is [`Grid::SHEET`].

/// Dots of a label printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// 203 dpi: 8 dots a millimetre.
    Dpi203,
    /// 300 dpi: 12 dots a millimetre (Zebra, ZPL II Programming Guide, `^JM`).
    Dpi300,
    /// 600 dpi: 24 dots a millimetre.
    Dpi600,
}

impl Resolution {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dpi203, Self::Dpi300, Self::Dpi600];

    /// The resolution with this number of dots an inch, as printers are sold.
    #[must_use]
    pub fn of_dpi(dpi: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|resolution| resolution.dpi() == dpi)
    }

    /// Dots an inch, as printers are sold.
    #[must_use]
    pub const fn dpi(self) -> u16 {
        match self {
            Self::Dpi203 => 203,
            Self::Dpi300 => 300,
            Self::Dpi600 => 600,
        }
    }

    /// The grid of such a printer.
    #[must_use]
    pub const fn grid(self) -> Grid {
        Grid(match self {
            Self::Dpi203 => 8,
            Self::Dpi300 => 12,
            Self::Dpi600 => 24,
        })
    }
}

/// Dots of one millimetre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid(u16);

impl Grid {
    /// Hundredths of a millimetre, for outputs without dots of their own.
    pub const SHEET: Self = Self(100);

    /// Whole dots nearest to a length. Lengths are those of labels: nought to a few hundred millimetres.
    #[must_use]
    pub fn dots(self, mm: f32) -> u32 {
        // A float becomes the nearest integer of its type, negative ones nought: no length can wrap.
        (mm * f32::from(self.0)).round() as u32
    }

    /// Dots that a length has at least: the smallest module that is not smaller than `mm`.
    #[must_use]
    pub fn dots_at_least(self, mm: f32) -> u32 {
        // 0.5 mm of 8 dots is 4 dots, not 5, whatever the last bit of the product says.
        (mm * f32::from(self.0) - 0.001).ceil() as u32
    }

    /// Dots that a length has at most.
    #[must_use]
    pub fn dots_at_most(self, mm: f32) -> u32 {
        (mm * f32::from(self.0) + 0.001).floor() as u32
    }

    /// Millimetres of so many dots.
    #[must_use]
    pub fn mm(self, dots: u32) -> f32 {
        // A label has at most some ten thousand dots, exact in f32.
        dots as f32 / f32::from(self.0)
    }
}
