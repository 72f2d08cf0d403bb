//! The order of acknowledgements of one connection. Pure.

use super::AckToken;
use std::collections::VecDeque;

/// Messages that wait for their acknowledgement, in order of receipt, each with what the library needs for it.
#[derive(Debug)]
pub(super) struct AckOrder<T> {
    generation: u64,
    next: u64,
    waiting: VecDeque<(u64, T, bool)>,
}

impl<T> Default for AckOrder<T> {
    fn default() -> Self {
        Self { generation: 0, next: 0, waiting: VecDeque::new() }
    }
}

impl<T> AckOrder<T> {
    /// A new connection: nothing of the old one may be acknowledged any more.
    pub(super) fn reconnected(&mut self) {
        self.generation += 1;
        self.next = 0;
        self.waiting.clear();
    }

    pub(super) fn received(&mut self, what: T) -> AckToken {
        let token = AckToken { generation: self.generation, number: self.next };
        self.waiting.push_back((self.next, what, false));
        self.next += 1;
        token
    }

    /// Forgets the message that was received last: it was dropped.
    pub(super) fn dropped(&mut self, token: AckToken) {
        if token.generation != self.generation {
            return;
        }
        self.waiting.retain(|(number, ..)| *number != token.number);
    }

    /// Marks a message and returns all that may be acknowledged now, in order.
    pub(super) fn acknowledge(&mut self, token: AckToken) -> Vec<T> {
        if token.generation != self.generation {
            return Vec::new();
        }
        if let Some((.., done)) = self.waiting.iter_mut().find(|(number, ..)| *number == token.number) {
            *done = true;
        }
        let mut ready = Vec::new();
        while self.waiting.front().is_some_and(|(.., done)| *done) {
            ready.extend(self.waiting.pop_front().map(|(_, what, _)| what));
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_leave_in_the_order_of_receipt_and_never_for_an_old_connection() {
        let mut order = AckOrder::default();
        let [a, b, c] = ["a", "b", "c"].map(|what| order.received(what));
        assert_eq!(order.acknowledge(b), Vec::<&str>::new());
        assert_eq!(order.acknowledge(a), ["a", "b"]);
        assert_eq!(order.acknowledge(a), Vec::<&str>::new());
        order.reconnected();
        assert_eq!(order.acknowledge(c), Vec::<&str>::new());
        let [d, e] = ["d", "e"].map(|what| order.received(what));
        // A message without an acknowledgement (QoS 0) is nobody's token.
        order.dropped(AckToken { generation: u64::MAX, number: e.number });
        order.dropped(d);
        assert_eq!(order.acknowledge(e), ["e"]);
    }
}
