//! What is said of a pack's marks beside the verdict, as plain data.

/// Characters of the field for a PIN: the longest PIN, with a space or dash behind each.
pub const PIN_FIELD_CHARS_MAX: usize = 64;

/// The card of marks.
#[derive(Clone, Debug, Default)]
pub struct MarkCard {
    /// What a mark that was shown proved.
    pub found: Option<MarkFound>,
    /// The form for a covered PIN, when the code has one.
    pub form: Option<PinForm>,
    /// Where the questions about its hologram are, when the product has any.
    pub hologram_url: Option<String>,
}

/// What a mark proved. It is about the mark and this visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkFound {
    /// The PIN is the code's, and was shown for the first time.
    PinFirst,
    /// The PIN is the code's, and was shown before.
    PinBefore {
        /// When the first time was.
        at_ms: i64,
        /// How often it was shown, this time included.
        count: u32,
    },
    /// It is not the code's PIN.
    PinDiffers {
        /// Tries that are left.
        left: u32,
    },
    /// No tries are left; right and wrong PINs get this.
    PinSpent,
    /// The code has no PIN on record.
    PinUnknown,
    /// The tag is the code's, and answered anew.
    TagFresh,
    /// The tag's answer was shown before; a reload does that.
    TagUsed {
        /// When this answer or a later one was first seen.
        at_ms: i64,
    },
    /// The tag says that its seal was cut.
    TagOpened,
    /// The tag is not the one that is on record.
    TagDiffers,
    /// Nothing can be said of the tag.
    TagUnreadable,
    /// What was seen fits the hologram. Imitations can, too.
    HologramFits,
    /// It does not fit.
    HologramDiffers,
    /// Too few questions were answered.
    HologramOpen,
    /// The check did not come to an end; a fault of ours.
    NotNow,
    /// Too many in a short time.
    TooOften {
        /// After how many seconds it can be tried again.
        seconds: u32,
    },
    /// The verdict counts, whatever the mark says.
    Outranked,
}

impl MarkFound {
    /// Is it about a hologram?
    pub const fn is_of_a_hologram(self) -> bool {
        matches!(self, Self::HologramFits | Self::HologramDiffers | Self::HologramOpen)
    }

    /// Is it about an NFC tag?
    pub const fn is_of_a_tag(self) -> bool {
        matches!(self, Self::TagFresh | Self::TagUsed { .. } | Self::TagOpened | Self::TagDiffers | Self::TagUnreadable)
    }
}

/// The form for a PIN.
#[derive(Clone, Debug)]
pub struct PinForm {
    /// POST target; fields `pin` and `token`.
    pub post_url: String,
    /// The page's token.
    pub token: String,
    /// As typed, when it did not fit.
    pub typed: String,
    /// What is wrong with what was typed.
    pub fault: Option<PinFault>,
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinFault {
    /// No PIN can be this; it was no try.
    NoPin,
}
