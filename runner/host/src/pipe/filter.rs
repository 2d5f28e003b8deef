//! Filters: a thread of their own, which reads from one channel and writes to the next.

use super::flow::{Flow, Receiver, Sender, Stop};
use bytes::{Buf as _, Bytes};
use flate2::bufread::{GzEncoder, MultiGzDecoder};
use infra_event::{ErrorCode, TaskError};
use std::io::{self, BufReader, Read};

/// What is done to the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Gzip(u32),
    Zstd(i32),
    Gunzip,
    Unzstd,
    Decompress,
}

/// What is read and written at once.
const PIECE: usize = 128 << 10;
/// The gzip header's magic (RFC 1952) and the zstd frame's (RFC 8878).
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// At the default level; higher ones would ask whoever unpacks it for much memory.
const WINDOW: u32 = 27;

/// Runs filters one after the other, until the end or until a neighbour stops.
pub(super) fn run(filters: &[Filter], input: Receiver, output: &Sender) -> Result<(), Stop> {
    let mut reader: Box<dyn Read> = Box::new(Incoming { receiver: input, piece: Bytes::new(), ended: false });
    for filter in filters {
        reader = apply(*filter, reader).map_err(|error| stop(&error))?;
    }
    loop {
        let mut piece = vec![0; PIECE];
        let mut filled = 0;
        while filled < PIECE {
            match reader.read(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(length) => filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(stop(&error)),
            }
        }
        if filled == 0 {
            return output.blocking_send(Flow::End).map_err(|_| Stop::BrokenOff);
        }
        piece.truncate(filled);
        output.blocking_send(Flow::Data(piece.into())).map_err(|_| Stop::BrokenOff)?;
    }
}

/// How long what is packed is, up to `most`; none where it is damaged.
#[must_use]
pub fn unpacked(packed: &[u8], most: u64) -> Option<u64> {
    let reader = apply(Filter::Decompress, Box::new(io::Cursor::new(packed.to_vec()))).ok()?;
    io::copy(&mut reader.take(most), &mut io::sink()).ok()
}

fn apply(filter: Filter, mut reader: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    Ok(match filter {
        Filter::Gzip(level) => Box::new(GzEncoder::new(BufReader::with_capacity(PIECE, reader), flate2::Compression::new(level))),
        Filter::Zstd(level) => {
            let mut encoder = zstd::stream::read::Encoder::new(reader, level)?;
            encoder.include_checksum(true)?;
            Box::new(encoder)
        }
        Filter::Gunzip | Filter::Unzstd | Filter::Decompress => {
            let mut head = [0; ZSTD.len()];
            let mut known = 0;
            while known < head.len() {
                match reader.read(&mut head[known..])? {
                    0 => break,
                    length => known += length,
                }
            }
            let found = match &head[..known] {
                head if head.starts_with(&GZIP) => Some(Filter::Gunzip),
                head if head.starts_with(&ZSTD) => Some(Filter::Unzstd),
                _ => None,
            };
            let whole = Read::chain(io::Cursor::new(head[..known].to_vec()), reader);
            match (filter, found) {
                (Filter::Gunzip | Filter::Decompress, Some(Filter::Gunzip)) => {
                    Box::new(MultiGzDecoder::new(BufReader::with_capacity(PIECE, whole)))
                }
                (Filter::Unzstd | Filter::Decompress, Some(Filter::Unzstd)) => {
                    let mut decoder = zstd::stream::read::Decoder::new(whole)?;
                    decoder.window_log_max(WINDOW)?;
                    Box::new(decoder)
                }
                (wanted, _) => return Err(io::Error::new(io::ErrorKind::InvalidData, Unknown(wanted))),
            }
        }
    })
}

/// What does not begin as it should.
#[derive(Debug)]
struct Unknown(Filter);

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Filter::Gunzip => "it does not begin as gzip does",
            Filter::Unzstd => "it does not begin as zstd does",
            _ => "it begins neither as gzip nor as zstd does",
        })
    }
}

impl std::error::Error for Unknown {}

/// The source has been broken off.
#[derive(Debug, thiserror::Error)]
#[error("the source was broken off")]
struct BrokenOff;

fn stop(error: &io::Error) -> Stop {
    if error.get_ref().is_some_and(|inner| inner.is::<BrokenOff>()) {
        return Stop::BrokenOff;
    }
    let message = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed data ends too early: it is truncated".to_owned(),
        _ => format!("the compressed data is damaged: {error}"),
    };
    Stop::Failed(TaskError::new(ErrorCode::INVALID, message).hint("take another copy of it"))
}

struct Incoming {
    receiver: Receiver,
    piece: Bytes,
    ended: bool,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.ended {
            match self.receiver.blocking_recv() {
                Some(Flow::Data(piece)) => self.piece = piece,
                Some(Flow::End) => self.ended = true,
                None => return Err(io::Error::other(BrokenOff)),
            }
        }
        let length = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::super::flow::channel;
    use super::*;

    /// What comes out; none where it was broken off or is wrong.
    fn through(filters: &[Filter], input: &[u8], ends: bool) -> Option<Vec<u8>> {
        let ((sender, receiver), (output, mut results)) = (channel(), channel());
        let input = input.to_vec();
        let feeding = std::thread::spawn(move || {
            for piece in input.chunks(1000) {
                if sender.blocking_send(Flow::Data(Bytes::copy_from_slice(piece))).is_err() {
                    return;
                }
            }
            if ends {
                let _ = sender.blocking_send(Flow::End);
            }
        });
        let collecting = std::thread::spawn(move || {
            let mut all = Vec::new();
            loop {
                match results.blocking_recv() {
                    Some(Flow::Data(piece)) => all.extend_from_slice(&piece),
                    Some(Flow::End) => return Some(all),
                    None => return None,
                }
            }
        });
        let result = run(filters, receiver, &output);
        drop(output);
        feeding.join().unwrap();
        let all = collecting.join().unwrap();
        assert_eq!(result.is_ok(), all.is_some());
        all
    }

    fn text() -> Vec<u8> {
        (0..200_000_u32).flat_map(|number| (number / 3).to_le_bytes()).collect()
    }

    #[test]
    fn what_is_compressed_comes_back() {
        for (pack, unpack) in [(Filter::Gzip(6), Filter::Gunzip), (Filter::Zstd(3), Filter::Unzstd)] {
            let packed = through(&[pack], &text(), true).unwrap();
            assert!(packed.len() < text().len() / 2);
            assert!(through(&[unpack], &packed, true).unwrap() == text());
            assert!(through(&[Filter::Decompress], &packed, true).unwrap() == text());
            assert!(through(&[pack, unpack], &[], true).unwrap().is_empty());
        }
    }

    #[test]
    fn a_compressed_end_that_is_missing_is_missed() {
        for (pack, unpack) in [(Filter::Gzip(6), Filter::Gunzip), (Filter::Zstd(3), Filter::Unzstd)] {
            let packed = through(&[pack], &text(), true).unwrap();
            for length in [0, 1, 10, packed.len() / 2, packed.len() - 1] {
                assert!(through(&[unpack], &packed[..length], true).is_none(), "{unpack:?} {length}");
                assert!(through(&[Filter::Decompress], &packed[..length], true).is_none());
            }
            let mut damaged = packed.clone();
            damaged[packed.len() / 2] ^= 0xff;
            assert!(through(&[unpack], &damaged, true).is_none(), "{unpack:?}");
        }
        assert_eq!(through(&[Filter::Decompress], b"neither the one nor the other", true), None);
    }

    #[test]
    fn a_source_that_is_broken_off_has_no_end() {
        let packed = through(&[Filter::Gzip(6)], &text(), true).unwrap();
        assert!(through(&[Filter::Gzip(6)], &text(), false).is_none());
        assert!(through(&[Filter::Gunzip], &packed, false).is_none());
    }
}
