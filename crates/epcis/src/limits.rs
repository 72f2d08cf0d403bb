//! Bounds on what is read. Everything over them is refused by name before memory is spent on it.

/// How much of somebody's document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body. The parsed tree takes about ten times as much memory.
    pub bytes_max: usize,
    /// JSON values or XML nodes in it.
    pub nodes_max: u32,
    /// Levels of nesting. A whole document without extensions takes nine.
    pub depth_max: usize,
    /// Events of one capture; over it is CaptureLimitExceededException.
    pub events_max: usize,
    /// Violations that are reported for one event; the rest of them are left out.
    pub violations_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 16 * 1024 * 1024,
            nodes_max: 2_000_000,
            depth_max: 48,
            events_max: 10_000,
            violations_max: 32,
        }
    }
}

/// What is done with a document that its schema lets pass and that is still doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// A GS1 key that cannot be one: wrong check digit, qualifier out of place, serial with a foreign character. The EPCIS
    /// standard takes any URI for an id, and GS1's own examples hold such keys, so they are only noted unless asked for.
    pub keys: Severity,
    /// Elements of XML in another order than the XSD has them. Many senders do it, and nothing is ambiguous.
    pub element_order: Severity,
}

impl Policy {
    /// Refuses all that can be refused: for our own members' systems.
    pub const STRICT: Self = Self { keys: Severity::Refuse, element_order: Severity::Refuse };
}

/// Refuse or note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Severity {
    /// Accepted, with a remark beside the event.
    #[default]
    Note,
    /// Refused.
    Refuse,
}
