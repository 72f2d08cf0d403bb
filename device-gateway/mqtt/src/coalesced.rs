//! A connection whose writes wait until nothing else is to be done: until it is read from.
//!
//! The client library writes and flushes every acknowledgement for itself, each a call into the kernel, a packet, and a wake-up of
//! the broker. It reads whenever it has nothing to send. So what was written is sent then, all of it together, and no later
//! than that; at [`OUT_BYTES_MAX`] it is sent at once.

use bytes::{Buf as _, BytesMut};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that wait. A message of the largest size that MQTT knows goes through in parts.
const OUT_BYTES_MAX: usize = 256 * 1024;

/// The connection.
pub(super) struct Coalesced<S> {
    inner: S,
    out: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Coalesced<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, out: BytesMut::new() }
    }

    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(context, &self.out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.advance(written);
        }
        Pin::new(&mut self.inner).poll_flush(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Coalesced<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // What cannot be sent yet is tried again when there is room: that wakes the same task.
        if let Poll::Ready(Err(error)) = self.drain(context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.inner).poll_read(context, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Coalesced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.out.len() >= OUT_BYTES_MAX {
            ready!(self.drain(context))?;
        }
        let count = bytes.len().min(OUT_BYTES_MAX);
        self.out.extend_from_slice(bytes.get(..count).unwrap_or(bytes));
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    #[tokio::test]
    async fn what_was_written_leaves_together_when_it_is_read_from_and_in_order() {
        let (near, mut far) = duplex(16);
        let mut near = Coalesced::new(near);
        for part in [&b"one "[..], b"two ", b"and three, which is more than the pipe holds"] {
            near.write_all(part).await.expect("it waits");
            near.flush().await.expect("nothing to do");
        }
        let mut found = [0; 1];
        let unread = tokio::time::timeout(std::time::Duration::from_millis(50), far.read(&mut found));
        assert!(unread.await.is_err(), "nothing has left");
        let reading = tokio::spawn(async move {
            let mut answer = [0; 2];
            near.read_exact(&mut answer).await.map(|_| answer)
        });
        let mut all = vec![0; 52];
        far.read_exact(&mut all).await.expect("all of it comes, though it did not fit at once");
        assert_eq!(all, b"one two and three, which is more than the pipe holds");
        far.write_all(b"ok").await.expect("the other way");
        assert_eq!(&reading.await.expect("no panic").expect("an answer"), b"ok");
    }

    #[tokio::test]
    async fn too_much_leaves_at_once_and_a_broken_connection_is_told() {
        let (near, mut far) = duplex(1 << 20);
        let mut near = Coalesced::new(near);
        let block = vec![7; OUT_BYTES_MAX];
        near.write_all(&block).await.expect("it waits");
        near.write_all(b"more").await.expect("it makes room first");
        let mut first = vec![0; OUT_BYTES_MAX];
        far.read_exact(&mut first).await.expect("sent without a read");
        drop(far);
        assert!(near.read(&mut [0; 1]).await.is_err(), "what waits cannot be sent");
    }
}
